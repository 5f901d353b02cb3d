//! What memory promises, whichever keeps it: one list, run over every backend.

use attach_gateway::{
    adapters::memory::{Kept, Memory, MemoryError, MemoryFilter, TailFilter, weaviate},
    config::WeaviateConfig,
    domain::{
        id::{Owner, SessionId, TaskId},
        memory::{EventBody, EventKind, MemoryEvent, query::Query},
        time::UnixMillis,
    },
};

use crate::support::{database::any, weaviate::Weaviate};

/// A backend, and what brings what was written to where it is searched.
struct Bench {
    memory: Memory,
    weaviate: Option<weaviate::Weaviate>,
}

impl Bench {
    fn of(memory: Memory) -> Self {
        let weaviate = match &memory {
            Memory::Weaviate(weaviate) => Some(weaviate.clone()),
            _ => None,
        };
        Self { memory, weaviate }
    }

    async fn settle(&self) {
        if let Some(weaviate) = &self.weaviate {
            while weaviate
                .forward(UnixMillis::now(), 0.0)
                .await
                .unwrap()
                .is_any
            {}
        }
    }

    async fn write(&self, events: &[MemoryEvent]) {
        let kept = self.memory.write(events).await.unwrap();
        assert_eq!(kept, events.len() as u64);
        self.settle().await;
    }

    async fn recent(&self, owner: &Owner, filter: MemoryFilter) -> Vec<String> {
        let filter = MemoryFilter {
            limit: 100,
            ..filter
        };
        let page = self.memory.recent(owner, &filter).await.unwrap();
        page.events
            .iter()
            .map(|event| text(&event.fields))
            .collect()
    }

    async fn found(&self, owner: &Owner, words: &str) -> Vec<String> {
        let query = Query::parse(words).unwrap();
        let found = self.memory.search(owner, &query, 10).await.unwrap();
        found.iter().map(|event| text(&event.fields)).collect()
    }
}

fn text(fields: &serde_json::Map<String, serde_json::Value>) -> String {
    fields["text"].as_str().unwrap().to_owned()
}

/// Runs `test` over every backend there is.
async fn every(test: impl AsyncFn(Bench)) {
    rows(&test).await;
    any(async |home| {
        let server = Weaviate::start();
        let config = WeaviateConfig {
            url: server.url().parse().unwrap(),
            api_key: None,
        };
        let weaviate = weaviate::Weaviate::new(&config, home.open().await, None).unwrap();
        test(Bench::of(Memory::Weaviate(weaviate))).await;
    })
    .await;
}

/// Runs `test` over those that keep events in the database. The Weaviate of these
/// tests looks for nothing by itself; the real one does in the integration tier.
async fn rows(test: impl AsyncFn(Bench)) {
    any(async |home| test(Bench::of(Memory::Rows(home.open().await))).await).await;
}

fn ada() -> Owner {
    Owner::new("https://i", "auth0|a")
}

fn bob() -> Owner {
    Owner::new("https://i", "auth0|b")
}

fn event(owner: &Owner, at: i64, text: &str) -> MemoryEvent {
    let body = EventBody {
        text: Some(text.to_owned()),
        ..EventBody::default()
    };
    let session = SessionId("s".into());
    MemoryEvent::new(EventKind::Log, owner.clone(), session, UnixMillis(at), body)
}

#[actix_web::test]
async fn an_event_is_kept_once_and_is_its_owners_alone() {
    every(async |bench| {
        let mut one = event(&ada(), 1, "one \"quoted\" }{ é 日");
        one.body.metadata = Some(serde_json::json!({ "a": [1, { "b": null }] }));
        one.body.title = Some("plan".to_owned());
        bench
            .memory
            .write(&[one.clone(), one.clone()])
            .await
            .unwrap();
        bench.settle().await;
        bench.memory.write(&[one.clone()]).await.unwrap();
        bench.settle().await;
        assert_eq!(bench.recent(&ada(), MemoryFilter::default()).await.len(), 1);
        let read = bench.memory.get(one.id, &ada()).await.unwrap();
        assert_eq!((read.id, read.at), (one.id, UnixMillis(1)));
        assert_eq!(read.fields["metadata"], one.body.metadata.unwrap());
        assert_eq!(read.fields["title"], "plan");
        assert_eq!(read.fields["user"], "auth0|a");
        let others = bench.memory.get(one.id, &bob()).await;
        assert!(matches!(others, Err(MemoryError::NotFound)));
        let erased = bench.memory.erase(one.id, &bob()).await;
        assert!(matches!(erased, Err(MemoryError::NotFound)));
        assert_eq!(bench.recent(&bob(), MemoryFilter::default()).await.len(), 0);
    })
    .await;
}

#[actix_web::test]
async fn a_key_is_an_owners_and_keeps_the_first() {
    every(async |bench| {
        let (first, second) = (event(&ada(), 1, "first"), event(&ada(), 2, "second"));
        let key = || Some("k".to_owned());
        let kept = bench.memory.keep(first.clone(), key()).await.unwrap();
        assert_eq!(kept, Kept::Now(first.id));
        let again = bench.memory.keep(second.clone(), key()).await.unwrap();
        assert_eq!(again, Kept::Before(first.id));
        let his = event(&bob(), 3, "his");
        let kept = bench.memory.keep(his.clone(), key()).await.unwrap();
        assert_eq!(kept, Kept::Now(his.id));
        let kept = bench.memory.keep(second.clone(), None).await.unwrap();
        assert_eq!(kept, Kept::Now(second.id));
        bench.settle().await;
        let all = bench.recent(&ada(), MemoryFilter::default()).await;
        assert_eq!(all, ["second", "first"]);
    })
    .await;
}

#[actix_web::test]
async fn lists_are_the_newest_first_and_narrowed() {
    every(async |bench| {
        let task = TaskId::fresh();
        let mut events: Vec<_> = (0..5)
            .map(|n| event(&ada(), 10 + n, &n.to_string()))
            .collect();
        events[1].body.task_id = Some(task);
        events[2].session = SessionId("t".into());
        events[3].kind = EventKind::Document;
        events.push(event(&bob(), 12, "his"));
        bench.write(&events).await;
        let all = bench.recent(&ada(), MemoryFilter::default()).await;
        assert_eq!(all, ["4", "3", "2", "1", "0"]);
        let of_task = MemoryFilter {
            task: Some(task),
            ..MemoryFilter::default()
        };
        assert_eq!(bench.recent(&ada(), of_task).await, ["1"]);
        let session = Some(SessionId("t".into()));
        let of_session = MemoryFilter {
            session,
            ..MemoryFilter::default()
        };
        assert_eq!(bench.recent(&ada(), of_session).await, ["2"]);
        let kind = Some("document".to_owned());
        let of_kind = MemoryFilter {
            event: kind,
            ..MemoryFilter::default()
        };
        assert_eq!(bench.recent(&ada(), of_kind).await, ["3"]);
        let first = MemoryFilter {
            limit: 2,
            ..MemoryFilter::default()
        };
        let page = bench.memory.recent(&ada(), &first).await.unwrap();
        let before = page.next();
        assert!(before.is_some());
        let rest = bench
            .recent(
                &ada(),
                MemoryFilter {
                    before,
                    ..MemoryFilter::default()
                },
            )
            .await;
        assert_eq!(rest, ["2", "1", "0"]);
    })
    .await;
}

#[actix_web::test]
async fn everyones_events_come_oldest_first_and_in_pages() {
    every(async |bench| {
        let events: Vec<_> = (0..7)
            .map(|n| event(&[ada(), bob()][n % 2], 10 + n as i64 / 2, &n.to_string()))
            .collect();
        bench.write(&events).await;
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = bench.memory.oldest(None, after, 3).await.unwrap();
            seen.extend(page.events.iter().map(|event| text(&event.fields)));
            after = page.next();
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, ["0", "1", "2", "3", "4", "5", "6"]);
        let own = bench.memory.oldest(Some(&bob()), None, 10).await.unwrap();
        assert_eq!(own.events.len(), 3);
        let held = bench.memory.holdings(None, 10).await.unwrap();
        let held: Vec<_> = held
            .iter()
            .map(|held| (held.owner.clone(), held.events))
            .collect();
        assert_eq!(held, [(ada(), 4), (bob(), 3)]);
        let total = bench.memory.total().await.unwrap();
        assert_eq!((total.people, total.events), (2, 7));
    })
    .await;
}

#[actix_web::test]
async fn what_is_erased_is_gone_and_others_is_not() {
    every(async |bench| {
        let events: Vec<_> = (0..300).map(|n| event(&ada(), n, "quokka")).collect();
        bench.write(&events).await;
        bench.write(&[event(&bob(), 1, "quokka of bob")]).await;
        bench.memory.erase(events[7].id, &ada()).await.unwrap();
        let gone = bench.memory.get(events[7].id, &ada()).await;
        assert!(matches!(gone, Err(MemoryError::NotFound)));
        assert_eq!(bench.memory.erase_all(&ada()).await.unwrap(), 299);
        assert_eq!(bench.memory.erase_all(&ada()).await.unwrap(), 0);
        assert_eq!(bench.recent(&ada(), MemoryFilter::default()).await.len(), 0);
        assert_eq!(bench.recent(&bob(), MemoryFilter::default()).await.len(), 1);
        bench.write(&[event(&ada(), 1000, "a new quokka")]).await;
        assert_eq!(bench.found(&ada(), "quokka").await, ["a new quokka"]);
        assert_eq!(bench.found(&bob(), "quokka").await, ["quokka of bob"]);
    })
    .await;
}

#[actix_web::test]
async fn what_is_old_is_forgotten() {
    rows(async |bench| {
        let events: Vec<_> = (0..450).map(|n| event(&ada(), n, &n.to_string())).collect();
        bench.write(&events).await;
        let mut forgotten = 0;
        loop {
            match bench.memory.expire(UnixMillis(445)).await.unwrap() {
                0 => break,
                some => forgotten += some,
            }
        }
        assert_eq!(forgotten, 445);
        let left = bench.recent(&ada(), MemoryFilter::default()).await;
        assert_eq!(left, ["449", "448", "447", "446", "445"]);
        bench.memory.clean().await.unwrap();
    })
    .await;
}

#[actix_web::test]
async fn a_search_finds_its_owners_best_and_nothing_of_others() {
    rows(async |bench| {
        let mut events = vec![
            event(&ada(), 1, "the rate limiter keeps redis busy"),
            event(&ada(), 2, "redis redis"),
            event(&ada(), 3, "nothing of it"),
            event(&ada(), 4, "ÉIRE and 'quotes' & (signs) | !not:* \\ \0 end"),
            event(&bob(), 5, "redis of bob"),
        ];
        events[2].body.title = Some("limiter".to_owned());
        bench.write(&events).await;
        let found = bench.found(&ada(), "redis").await;
        assert_eq!(found, ["redis redis", "the rate limiter keeps redis busy"]);
        let found = bench.found(&ada(), "LIMITER's redis").await;
        assert_eq!(found.len(), 3);
        assert_eq!(found[0], "the rate limiter keeps redis busy");
        for words in ["éire", "quotes' | redis2", "signs & !x", "end:*"] {
            let found = bench.found(&ada(), words).await;
            assert_eq!(found.len(), 1, "{words}");
        }
        assert_eq!(bench.found(&bob(), "limiter").await, [""; 0]);
    })
    .await;
}

#[actix_web::test]
async fn a_tail_shows_what_was_there_and_then_what_comes() {
    every(async |bench| {
        let now = UnixMillis::now().0;
        let events: Vec<_> = (0..4)
            .map(|n| event(&ada(), now + n, &n.to_string()))
            .collect();
        bench.write(&events).await;
        let (newest, mut tail) = bench.memory.tail(TailFilter::default(), 2).await.unwrap();
        let texts: Vec<_> = newest.iter().map(|event| text(&event.fields)).collect();
        assert_eq!(texts, ["2", "3"]);
        assert!(tail.next().await.unwrap().is_empty());
        bench
            .write(&[event(&bob(), now + 4, "4"), event(&ada(), now + 5, "5")])
            .await;
        let mut texts = Vec::new();
        while texts.len() < 2 {
            let next = tail.next().await.unwrap();
            assert!(!next.is_empty());
            texts.extend(next.iter().map(|event| text(&event.fields)));
        }
        assert_eq!(texts, ["4", "5"]);
    })
    .await;
}

#[actix_web::test]
async fn memory_in_the_database_keeps_within_a_size() {
    any(async |home| {
        let memory = Memory::Rows(home.open().await);
        let events: Vec<_> = (0..900)
            .map(|n| event(&ada(), n, &"word ".repeat(20)))
            .collect();
        memory.write(&events).await.unwrap();
        let before = memory.total().await.unwrap().bytes.unwrap();
        while memory.shrink(before / 3).await.unwrap() > 0 {}
        let after = memory.total().await.unwrap();
        assert!(after.bytes.unwrap() <= before / 3, "{after:?}");
        assert!(after.events > 250, "no more than it must: {after:?}");
        assert_eq!(after.newest, Some(UnixMillis(899)));
        assert_eq!(after.oldest, Some(UnixMillis(900 - after.events as i64)));
    })
    .await;
}
