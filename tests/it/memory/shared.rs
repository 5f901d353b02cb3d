//! Memory of several gateways in one database.

use attach_gateway::{
    adapters::memory::{Memory, TailFilter},
    domain::{
        id::{Owner, SessionId, TaskId},
        memory::{EventBody, EventKind, MemoryEvent, query::Query},
        time::UnixMillis,
    },
};

use crate::support::database::Home;

fn event(user: &str, text: &str) -> MemoryEvent {
    let body = EventBody {
        text: Some(text.to_owned()),
        ..EventBody::default()
    };
    let (owner, session) = (Owner::new("https://i", user), SessionId("s".into()));
    MemoryEvent::new(EventKind::Log, owner, session, UnixMillis::now(), body)
}

#[actix_web::test]
async fn gateways_that_write_of_the_same_people_at_once_lose_and_miscount_nothing() {
    let Some(home) = Home::server().await else {
        return;
    };
    let memory = Memory::Rows(home.open().await);
    let (_, mut tail) = memory.tail(TailFilter::default(), 0).await.unwrap();
    let mut writers = Vec::new();
    for n in 0..4 {
        let memory = Memory::Rows(home.open().await);
        writers.push(tokio::spawn(async move {
            for round in 0..30 {
                let users = (0..12).map(|at| format!("u{}", (at * (n + 1) + round) % 12));
                let batch: Vec<_> = users.map(|user| event(&user, "oak and elm")).collect();
                assert_eq!(memory.write(&batch).await.unwrap(), 12);
                if round % 10 == 9 {
                    let before = UnixMillis(0);
                    assert_eq!(memory.expire(before).await.unwrap(), 0);
                    memory
                        .erase(batch[n as usize].id, &batch[n as usize].owner)
                        .await
                        .unwrap();
                }
            }
        }));
    }
    let mut seen = 0;
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        seen += tail.next().await.unwrap().len();
    }
    for writer in writers {
        writer.await.unwrap();
    }
    loop {
        match tail.next().await.unwrap().len() {
            0 => break,
            some => seen += some,
        }
    }
    let total = memory.total().await.unwrap();
    assert_eq!((total.people, total.events), (12, 4 * 30 * 12 - 4 * 3));
    assert!(seen as u64 >= total.events, "{seen}");
    let held = memory.holdings(None, 100).await.unwrap();
    for held in held {
        let page = memory.oldest(Some(&held.owner), None, 1000).await.unwrap();
        assert_eq!(page.events.len() as u64, held.events, "{held:?}");
    }
}

#[actix_web::test]
async fn two_who_erase_the_same_at_once_leave_nothing() {
    let Some(home) = Home::server().await else {
        return;
    };
    let gateways = [home.open().await, home.open().await].map(Memory::Rows);
    let batch: Vec<_> = (0..900).map(|_| event("ada", "oak")).collect();
    gateways[0].write(&batch).await.unwrap();
    let owner = &batch[0].owner;
    let (one, two) = tokio::join!(gateways[0].erase_all(owner), gateways[1].erase_all(owner));
    assert_eq!(one.unwrap() + two.unwrap(), 900);
    assert_eq!(gateways[0].total().await.unwrap().events, 0);
}

#[actix_web::test]
async fn events_that_were_moved_here_without_their_words_are_found_all_the_same() {
    let Some(home) = Home::server().await else {
        return;
    };
    let db = home.open().await;
    let memory = Memory::Rows(db.clone());
    let batch: Vec<_> = (0..450)
        .map(|n| event("ada", &format!("oak {n}")))
        .collect();
    memory.write(&batch).await.unwrap();
    memory.write(&[event("bob", "oak of bob")]).await.unwrap();
    let unworded = "update memory_event set words = null";
    db.write(move |mut conn| Box::pin(async move { conn.query(unworded).run().await }))
        .await
        .unwrap();
    let found = async |user: &str, words: &str| {
        let owner = Owner::new("https://i", user);
        let query = Query::parse(words).unwrap();
        memory.search(&owner, &query, 100).await.unwrap().len()
    };
    assert_eq!(found("ada", "440").await, 1);
    let left = "select count(*) from memory_event where words is null";
    assert_eq!(db.query(left).scalar::<i64>().await.unwrap(), 1, "bob's");
    while memory.index().await.unwrap() {}
    assert_eq!(db.query(left).scalar::<i64>().await.unwrap(), 0);
    assert_eq!(found("bob", "oak").await, 1);
}

/// A task that waits, without a gateway.
const TASK: &str = "
    insert into task (task_id, issuer, user_id, session_id, context_id, scopes, target, input,
                      state, due_at, created_at, updated_at)
    values ($1, 'https://i', 'ada', 's', 'c', '', 'coder', '{}', 'submitted', 1, 1, 1)";

const HISTORY: &str = "
    select seq, kind, state, data from task_event where task_id = $1 order by seq";

#[actix_web::test]
async fn documents_show_in_their_tasks_history_whoever_writes_them_at_once() {
    let Some(home) = Home::server().await else {
        return;
    };
    let db = home.open().await;
    let task = TaskId::fresh();
    db.write(move |mut conn| {
        Box::pin(async move { conn.query(TASK).bind(task.to_string()).run().await })
    })
    .await
    .unwrap();
    let writers = (0..8).map(|n| {
        let memory = Memory::Rows(db.clone());
        tokio::spawn(async move {
            let mut document = event("ada", "x");
            document.kind = EventKind::Document;
            document.body.task_id = Some(task);
            document.body.title = Some("a \"plan\"".to_owned());
            document.body.agent = Some(format!("agent {n}"));
            document.body.metadata = Some(serde_json::json!({ "nul": "\0", "back": "\\u0000" }));
            memory.keep(document, None).await.unwrap()
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let history = db.query(HISTORY).bind(task.to_string());
    let history: Vec<(i64, String, String, Option<String>)> = history.all().await.unwrap();
    let numbers: Vec<_> = history.iter().map(|line| line.0).collect();
    assert_eq!(numbers, (1..=9).collect::<Vec<_>>());
    for (_, kind, state, data) in &history[1..] {
        assert_eq!((&**kind, &**state), ("document", "submitted"));
        let data: serde_json::Value = serde_json::from_str(data.as_ref().unwrap()).unwrap();
        assert_eq!(data["title"], "a \"plan\"");
        assert!(data["agent"].as_str().unwrap().starts_with("agent "));
        data["mem_id"]
            .as_str()
            .unwrap()
            .parse::<uuid::Uuid>()
            .unwrap();
    }
}
