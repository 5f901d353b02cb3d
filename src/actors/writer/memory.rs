//! Memory's batches, and what happens to them when the disk is full: bodies
//! leave before metadata, and nobody waits for room.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use tokio::time::{Duration, Instant};

use super::{Fate, Sink};
use crate::{
    adapters::{
        memory::{Memory, MemoryError},
        usage::prometheus::Prometheus,
    },
    domain::memory::MemoryEvent,
};

/// What an event says in `dropped` when its body had to go.
const WHY: &str = "disk full";
/// The pause between two lines of the log about it.
const QUIET: Duration = Duration::from_secs(60);

/// Writes memory, with what fits.
#[derive(Clone)]
pub struct MemorySink {
    memory: Memory,
    dropped: Dropped,
}

/// Counts what there was no room for. A clone shares it.
#[derive(Clone)]
pub struct Dropped(Arc<Counts>);

struct Counts {
    bodies: AtomicU64,
    events: AtomicU64,
    metrics: Prometheus,
    told: Mutex<Option<Instant>>,
}

impl MemorySink {
    /// Writes to `memory` and counts in `dropped`.
    pub fn new(memory: Memory, dropped: Dropped) -> Self {
        Self { memory, dropped }
    }

    /// Writes `batch` without bodies; counts it, if that does not fit either.
    async fn write_less(&self, batch: &[MemoryEvent]) -> Result<Fate, MemoryError> {
        let less: Vec<_> = batch.iter().map(without_body).collect();
        match self.memory.write(&less).await {
            Ok(_) => {
                let bodies = less.iter().filter(|event| event.body.dropped.is_some());
                self.dropped.add(bodies.count(), 0);
                Ok(Fate::Written)
            }
            Err(error) if is_full(&error) => {
                self.dropped.add(0, batch.len());
                Ok(Fate::LetGo)
            }
            Err(error) => Err(error),
        }
    }
}

impl Sink for MemorySink {
    type Item = MemoryEvent;
    type Error = MemoryError;

    async fn write(&self, batch: &[MemoryEvent]) -> Result<Fate, MemoryError> {
        match self.memory.write(batch).await {
            Ok(_) => Ok(Fate::Written),
            Err(error) if is_full(&error) => self.write_less(batch).await,
            Err(error) => Err(error),
        }
    }
}

impl Dropped {
    /// Nothing so far; told to `metrics` as well.
    pub fn new(metrics: Prometheus) -> Self {
        metrics.dropped("bodies", 0);
        metrics.dropped("events", 0);
        Self(Arc::new(Counts {
            bodies: AtomicU64::new(0),
            events: AtomicU64::new(0),
            metrics,
            told: Mutex::new(None),
        }))
    }

    /// Events that are kept without their bodies, since the start.
    pub fn bodies(&self) -> u64 {
        self.0.bodies.load(Ordering::Relaxed)
    }

    /// Events that are not kept at all, since the start.
    pub fn events(&self) -> u64 {
        self.0.events.load(Ordering::Relaxed)
    }

    fn add(&self, bodies: usize, events: usize) {
        for (what, count, n) in [
            ("bodies", &self.0.bodies, bodies as u64),
            ("events", &self.0.events, events as u64),
        ] {
            count.fetch_add(n, Ordering::Relaxed);
            self.0.metrics.dropped(what, n);
        }
        self.tell();
    }

    /// Logs the counts, once a minute at most.
    fn tell(&self) {
        let mut told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|at| at.elapsed() >= QUIET) {
            *told = Some(Instant::now());
            tracing::error!(
                bodies = self.bodies(),
                events = self.events(),
                "the disk is full: memory drops the bodies of events, then events; free some space"
            );
        }
    }
}

fn is_full(error: &MemoryError) -> bool {
    matches!(error, MemoryError::Write(error) if error.is_full())
}

/// `event` with what is small in it: who, when, which model, how many tokens.
fn without_body(event: &MemoryEvent) -> MemoryEvent {
    let mut event = event.clone();
    let body = &mut event.body;
    let parts = [
        body.text.take().is_some(),
        body.title.take().is_some(),
        body.metadata.take().is_some(),
    ];
    if parts.contains(&true) {
        body.dropped = Some(WHY.into());
    }
    event
}
