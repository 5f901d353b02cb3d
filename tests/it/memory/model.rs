//! The rows of memory against a model: whatever happens in whatever order, each
//! owner reads, pages and finds what a list in memory says.

use attach_gateway::{
    adapters::memory::{Memory, MemoryFilter},
    domain::{
        id::{Owner, SessionId},
        memory::{EventBody, EventKind, MemoryEvent, query::Query, words::words},
        time::UnixMillis,
    },
};

use crate::support::{
    database::{Home, any},
    dice::Dice,
};

const WORDS: [&str; 8] = ["oak", "elm", "ash", "yew", "fir", "Éire", "日", "x_y"];

struct World<'h> {
    home: &'h Home,
    memory: Memory,
    owners: Vec<Owner>,
    events: Vec<MemoryEvent>,
    dice: Dice,
    now: i64,
}

impl<'h> World<'h> {
    /// A new one; on a server it has the people of others to itself, too.
    async fn new(home: &'h Home, seed: u64) -> Self {
        let db = home.open().await;
        let issuer = format!("https://i/{seed}");
        let owners = ["a", "b", "A"].map(|user| Owner::new(&*issuer, format!("auth0|{user}")));
        Self {
            home,
            memory: Memory::Rows(db),
            owners: owners.to_vec(),
            events: Vec::new(),
            dice: Dice::new(seed),
            now: 1_000_000 * (1 + seed as i64),
        }
    }

    fn owner(&mut self) -> Owner {
        self.dice.pick(&self.owners).unwrap().clone()
    }

    fn event(&mut self) -> MemoryEvent {
        let count = self.dice.roll(6);
        let text: Vec<_> = (0..count)
            .map(|_| *self.dice.pick(&WORDS).unwrap())
            .collect();
        self.now += self.dice.roll(2) as i64;
        let at = UnixMillis(self.now - self.dice.roll(3) as i64);
        let body = EventBody {
            text: Some(text.join(" ")),
            ..EventBody::default()
        };
        let (owner, session) = (self.owner(), SessionId("s".into()));
        MemoryEvent::new(EventKind::Document, owner, session, at, body)
    }

    async fn step(&mut self) {
        match self.dice.roll(10) {
            0..5 => self.write().await,
            5 => self.write_again().await,
            6 => self.erase_one().await,
            7 => drop(self.memory.index().await.unwrap()),
            8 if self.dice.roll(8) == 0 => self.erase_all().await,
            8 => self.expire().await,
            // Another gateway, where there can be one.
            9 if self.home.is_shared() && self.dice.roll(10) == 0 => {
                self.memory = Memory::Rows(self.home.open().await);
            }
            _ => self.look().await,
        }
    }

    async fn write(&mut self) {
        let batch: Vec<_> = (0..=self.dice.roll(5)).map(|_| self.event()).collect();
        let kept = self.memory.write(&batch).await.unwrap();
        assert_eq!(kept, batch.len() as u64);
        self.events.extend(batch);
    }

    async fn write_again(&mut self) {
        let some: Vec<_> = self.events.iter().rev().take(3).cloned().collect();
        assert_eq!(self.memory.write(&some).await.unwrap(), 0);
    }

    async fn erase_one(&mut self) {
        if let Some(event) = self.dice.pick(&self.events).cloned() {
            let other = self.owner();
            let erased = self.memory.erase(event.id, &other).await;
            assert_eq!(erased.is_ok(), other == event.owner);
            if erased.is_ok() {
                self.events.retain(|one| one.id != event.id);
            }
        }
    }

    async fn erase_all(&mut self) {
        let owner = self.owner();
        let own = self
            .events
            .iter()
            .filter(|event| event.owner == owner)
            .count();
        assert_eq!(self.memory.erase_all(&owner).await.unwrap(), own as u64);
        self.events.retain(|event| event.owner != owner);
    }

    async fn expire(&mut self) {
        let before = UnixMillis(self.now - 30);
        while self.memory.expire(before).await.unwrap() > 0 {}
        self.events.retain(|event| event.at >= before);
    }

    async fn look(&mut self) {
        let owner = self.owner();
        let mut own: Vec<_> = self
            .events
            .iter()
            .filter(|event| event.owner == owner)
            .collect();
        own.sort_by_key(|event| std::cmp::Reverse((event.at, event.id)));
        let expected: Vec<_> = own.iter().map(|event| event.id).collect();
        assert_eq!(self.pages(&owner).await, expected);
        let word = *self.dice.pick(&WORDS).unwrap();
        let query = Query::parse(word).unwrap();
        let found = self.memory.search(&owner, &query, 100).await.unwrap();
        let mut found: Vec<_> = found.into_iter().map(|event| event.id).collect();
        found.sort();
        let texts = own
            .iter()
            .map(|event| (event.id, event.body.text.as_deref().unwrap()));
        let has = |text| words(text).any(|one| query.words().contains(&one.into_owned()));
        let mut expected: Vec<_> = texts
            .filter(|(_, text)| has(*text))
            .map(|(id, _)| id)
            .collect();
        expected.sort();
        assert!(expected.len() <= 100, "as many as one search gives");
        assert_eq!(found, expected, "{word}");
    }

    /// The ids of all pages, of seven each.
    async fn pages(&self, owner: &Owner) -> Vec<uuid::Uuid> {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let filter = MemoryFilter {
                before,
                limit: 7,
                ..MemoryFilter::default()
            };
            let page = self.memory.recent(owner, &filter).await.unwrap();
            all.extend(page.events.iter().map(|event| event.id));
            before = page.next();
            if before.is_none() {
                return all;
            }
        }
    }
}

#[actix_web::test]
async fn memory_says_what_a_list_would_say() {
    any(async |home| {
        // The later ones are of later: what grows old of theirs is all of the earlier.
        for seed in 0..8 {
            let mut world = World::new(&home, seed).await;
            for _ in 0..120 {
                world.step().await;
            }
            world.look().await;
        }
    })
    .await;
}

/// Writes, searches and erases until it has done so often, and gives the ids that
/// are left.
async fn live(memory: Memory, owner: Owner, seed: u64) -> Vec<uuid::Uuid> {
    let mut dice = Dice::new(seed);
    let mut left = Vec::new();
    for _ in 0..40 {
        let text = format!("{} of {seed}", dice.pick(&WORDS).unwrap());
        let body = EventBody {
            text: Some(text),
            ..EventBody::default()
        };
        let (session, now) = (SessionId("s".into()), UnixMillis::now());
        let event = MemoryEvent::new(EventKind::Log, owner.clone(), session, now, body);
        left.push(event.id);
        memory.write(&[event]).await.unwrap();
        match dice.roll(6) {
            0 => drop(memory.index().await.unwrap()),
            1 => {
                let query = Query::parse("oak elm ash").unwrap();
                memory.search(&owner, &query, 10).await.unwrap();
            }
            2 => {
                let gone = left.swap_remove(dice.roll(left.len() as u64) as usize);
                memory.erase(gone, &owner).await.unwrap();
            }
            3 if dice.roll(4) == 0 => {
                let erased = memory.erase_all(&owner).await.unwrap();
                assert_eq!(erased, left.len() as u64);
                left.clear();
            }
            _ => {}
        }
    }
    left
}

#[actix_web::test]
async fn people_who_write_search_and_erase_at_once_do_not_meet() {
    any(async |home| {
        let world = World::new(&home, 0).await;
        let lives = world.owners.iter().enumerate().map(|(seed, owner)| {
            let life = live(world.memory.clone(), owner.clone(), seed as u64);
            (owner.clone(), tokio::spawn(life))
        });
        for (owner, life) in lives.collect::<Vec<_>>() {
            let mut left = life.await.unwrap();
            let query = Query::parse("of").unwrap();
            let found = world.memory.search(&owner, &query, 100).await.unwrap();
            let mut found: Vec<_> = found.into_iter().map(|event| event.id).collect();
            found.sort();
            left.sort();
            assert_eq!(found, left, "{owner:?}");
        }
    })
    .await;
}
