//! Users, what they write, and those who write on while others are measured.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use attach_gateway::{
    adapters::memory::{Memory, MemoryError, MemoryFilter, Remembered},
    domain::{
        id::{Owner, SessionId},
        memory::{EventBody, EventKind, MemoryEvent},
        time::UnixMillis,
    },
};
use tokio::task::JoinSet;

use crate::{
    Failure,
    figures::Times,
    text::{Dice, Language},
};

/// The month in which all of it happens.
pub const DAYS_MS: i64 = 30 * 86_400_000;
/// How many write at once, how much each at a time, and how soon again: what 200
/// chats a second leave behind.
const WRITERS: u64 = 4;
const BATCH: u64 = 20;
const PACE: Duration = Duration::from_millis(200);
const KINDS: [EventKind; 4] = [
    EventKind::Prompt,
    EventKind::Response,
    EventKind::Log,
    EventKind::Document,
];

/// Those whose memory it is.
pub struct Crowd {
    owners: Vec<Owner>,
    pub language: Arc<Language>,
    /// When the oldest events happen, and how long after it the next.
    pub from: UnixMillis,
    apart_ms: i64,
}

impl Crowd {
    pub fn new(users: u64, events: u64) -> Self {
        let owner = |n| Owner::new("https://issuer.example", format!("auth0|user-{n}"));
        Self {
            owners: (0..users).map(owner).collect(),
            language: Arc::new(Language::new()),
            from: UnixMillis(UnixMillis::now().0 - DAYS_MS),
            apart_ms: DAYS_MS / events as i64,
        }
    }

    pub fn owners(&self) -> &[Owner] {
        &self.owners
    }

    /// The events from the `first` on: of one user after the other.
    pub fn batch(&self, first: u64, count: u64) -> Vec<MemoryEvent> {
        let mut dice = Dice::new(first + 1);
        let event = |n: u64| {
            let at = UnixMillis(self.from.0 + n as i64 * self.apart_ms);
            self.event(&mut dice, n, at)
        };
        (first..first + count).map(event).collect()
    }

    fn event(&self, dice: &mut Dice, n: u64, at: UnixMillis) -> MemoryEvent {
        let users = self.owners.len() as u64;
        let owner = self.owners[(n % users) as usize].clone();
        let body = EventBody {
            request_id: Some(format!("{:032x}", u128::from(n))),
            model: Some("smollm2".to_owned()),
            role: Some("assistant".into()),
            text: Some(self.language.text(dice)),
            tokens: Some(120),
            ..EventBody::default()
        };
        let session = SessionId(format!("session-{}", n % (users * 7)).into());
        MemoryEvent::new(KINDS[(dice.below(4)) as usize], owner, session, at, body)
    }

    /// Ten, of all kinds.
    pub fn newest(&self) -> MemoryFilter {
        MemoryFilter {
            limit: 10,
            ..MemoryFilter::default()
        }
    }

    /// # Errors
    ///
    /// Something of somebody else was found.
    pub fn are_ones_own(&self, owner: &Owner, found: &[Remembered]) -> Result<(), Failure> {
        let is_own = |event: &Remembered| {
            event
                .fields
                .get("user")
                .is_some_and(|user| *user == *owner.user)
        };
        if found.iter().all(is_own) {
            return Ok(());
        }
        Err(format!("{owner:?} was shown what is another's").into())
    }

    /// Some who write 400 events a second for all but the last user, until they are to end.
    pub fn writers(&self, memory: &Memory) -> Writers {
        let (over, mut writing) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        for number in 0..WRITERS {
            let owners = self.owners[..self.owners.len() - 1].to_vec();
            let crowd = Self {
                owners,
                language: self.language.clone(),
                ..*self
            };
            writing.spawn(crowd.write(memory.clone(), number, over.clone()));
        }
        Writers { over, writing }
    }

    async fn write(
        self,
        memory: Memory,
        number: u64,
        over: Arc<AtomicBool>,
    ) -> Result<Times, MemoryError> {
        let (mut times, mut dice) = (Times::default(), Dice::new(number + 77));
        let mut pace = tokio::time::interval(PACE);
        while !over.load(Ordering::Relaxed) {
            pace.tick().await;
            let now = UnixMillis::now();
            let first = dice.below(1 << 30);
            let batch: Vec<_> = (first..first + BATCH)
                .map(|n| self.event(&mut dice, n, now))
                .collect();
            times.of(memory.write(&batch)).await?;
        }
        Ok(times)
    }
}

/// Those who write.
pub struct Writers {
    over: Arc<AtomicBool>,
    writing: JoinSet<Result<Times, MemoryError>>,
}

impl Writers {
    /// How long each of their writes took.
    pub async fn end(mut self) -> Result<Times, Failure> {
        self.over.store(true, Ordering::Relaxed);
        let mut all = Times::default();
        while let Some(times) = self.writing.join_next().await {
            all.extend(times??);
        }
        Ok(all)
    }
}
