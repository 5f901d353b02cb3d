//! Writes what requests leave behind, in batches.

use std::{
    fmt::Display,
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix::prelude::*;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    adapters::{
        memory::{Memory, MemoryError},
        sqlite::WriteError,
        usage::UsageTable,
    },
    domain::{memory::MemoryEvent, usage::UsageRecord},
};

/// How long an item may wait for others to share its commit.
const GATHER: Duration = Duration::from_millis(20);
/// The pause after a batch that could not be written.
const RETRY: Duration = Duration::from_secs(1);
/// How long a request waits for a place before it is refused.
const PATIENCE: Duration = Duration::from_secs(5);
/// Items in one batch at most.
const BATCH: usize = 1000;

/// Where a batch goes.
pub trait Sink: Clone + Unpin + 'static {
    /// What is written.
    type Item: Send + Unpin + 'static;
    /// Why it could not be.
    type Error: Display;
    /// Writes a batch, whole or not at all; again, it writes it once.
    fn write(&self, batch: &[Self::Item]) -> impl Future<Output = Result<(), Self::Error>>;
}

impl Sink for Memory {
    type Item = MemoryEvent;
    type Error = MemoryError;

    async fn write(&self, batch: &[MemoryEvent]) -> Result<(), MemoryError> {
        Self::write(self, batch).await.map(drop)
    }
}

impl Sink for UsageTable {
    type Item = UsageRecord;
    type Error = WriteError;

    async fn write(&self, batch: &[UsageRecord]) -> Result<(), WriteError> {
        Self::write(self, batch).await
    }
}

type Shelf<T> = Arc<Mutex<Vec<(T, OwnedSemaphorePermit)>>>;

/// Hands items to the writer of one sink. A clone is cheap.
///
/// Nothing is dropped: who wants to write takes a [`Place`] first, and waits for
/// it when the sink is slow.
pub struct Writer<S: Sink> {
    addr: Addr<WriterActor<S>>,
    shelf: Shelf<S::Item>,
    places: Arc<Semaphore>,
    capacity: u32,
}

/// The writer has no room: what it was given is not on disk yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the disk does not keep up")]
pub struct Full;

/// The right to write one item, without waiting.
pub struct Place<S: Sink> {
    writer: Writer<S>,
    permit: OwnedSemaphorePermit,
}

impl<S: Sink> Clone for Writer<S> {
    fn clone(&self) -> Self {
        Self {
            addr: self.addr.clone(),
            shelf: self.shelf.clone(),
            places: self.places.clone(),
            capacity: self.capacity,
        }
    }
}

impl<S: Sink> Writer<S> {
    /// Starts a writer that holds `capacity` items at most, those being written
    /// included.
    pub fn start(sink: S, capacity: u32) -> Self {
        let shelf = Shelf::default();
        let actor = WriterActor {
            sink,
            shelf: shelf.clone(),
            is_busy: false,
        };
        Self {
            addr: actor.start(),
            shelf,
            places: Arc::new(Semaphore::new(capacity as usize)),
            capacity,
        }
    }

    /// Whether its actor still runs.
    pub fn is_alive(&self) -> bool {
        self.addr.connected()
    }

    /// A place for one item; waits while the writer is full, five seconds at
    /// most.
    ///
    /// # Errors
    ///
    /// [`Full`]: the disk does not keep up, or the writer is
    /// [drained](Self::drain). Answer 503.
    pub async fn place(&self) -> Result<Place<S>, Full> {
        let permit = match self.places.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let waiting = self.places.clone().acquire_owned();
                let permit = tokio::time::timeout(PATIENCE, waiting).await;
                permit.map_err(|_| Full)?.map_err(|_| Full)?
            }
        };
        let writer = self.clone();
        Ok(Place { writer, permit })
    }

    /// Whether it takes nothing any more.
    pub fn is_drained(&self) -> bool {
        self.places.is_closed()
    }

    /// Resolves once everything handed over is written.
    pub async fn drain(&self) {
        let all = self.places.acquire_many(self.capacity).await;
        self.places.close();
        drop(all);
    }
}

impl<S: Sink> Place<S> {
    /// Hands `item` over: on disk within some 50 ms.
    #[expect(clippy::disallowed_methods, reason = "at most one a gathered batch")]
    pub fn put(self, item: S::Item) {
        let Self { writer, permit } = self;
        let mut shelf = writer.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.push((item, permit));
        if shelf.len() == 1 {
            writer.addr.do_send(Gather);
        }
    }
}

/// One batch at a time: what arrives meanwhile makes the next one.
struct WriterActor<S: Sink> {
    sink: S,
    shelf: Shelf<S::Item>,
    is_busy: bool,
}

#[derive(Message)]
#[rtype(result = "()")]
struct Gather;

impl<S: Sink> Actor for WriterActor<S> {
    type Context = Context<Self>;
}

impl<S: Sink> Handler<Gather> for WriterActor<S> {
    type Result = ();

    fn handle(&mut self, _: Gather, ctx: &mut Self::Context) {
        if !self.is_busy {
            self.is_busy = true;
            ctx.run_later(GATHER, Self::write);
        }
    }
}

impl<S: Sink> WriterActor<S> {
    fn write(&mut self, ctx: &mut Context<Self>) {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let count = shelf.len().min(BATCH);
        let rest = shelf.split_off(count);
        let batch = mem::replace(&mut *shelf, rest);
        drop(shelf);
        let (items, places): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        let sink = self.sink.clone();
        let written = async move {
            while let Err(error) = sink.write(&items).await {
                tracing::error!(%error, waiting = items.len(), "records not written, trying again");
                tokio::time::sleep(RETRY).await;
            }
            drop(places);
        };
        ctx.spawn(written.into_actor(self).map(|(), this, ctx| this.next(ctx)));
    }

    fn next(&mut self, ctx: &mut Context<Self>) {
        let is_empty = self.shelf.lock().is_ok_and(|shelf| shelf.is_empty());
        self.is_busy = !is_empty;
        if self.is_busy {
            ctx.run_later(GATHER, Self::write);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use super::*;

    #[derive(Clone, Default)]
    struct Memo {
        batches: Rc<RefCell<Vec<Vec<u32>>>>,
        failures: Rc<RefCell<u32>>,
    }

    impl Sink for Memo {
        type Item = u32;
        type Error = &'static str;

        async fn write(&self, batch: &[u32]) -> Result<(), &'static str> {
            if *self.failures.borrow() > 0 {
                *self.failures.borrow_mut() -= 1;
                return Err("the disk is away");
            }
            self.batches.borrow_mut().push(batch.to_vec());
            Ok(())
        }
    }

    #[actix::test]
    async fn what_arrives_together_is_written_together_and_all_before_the_drain_ends() {
        tokio::time::pause();
        let memo = Memo::default();
        let writer = Writer::start(memo.clone(), 8);
        for n in 0..5 {
            writer.place().await.unwrap().put(n);
        }
        writer.drain().await;
        assert_eq!(*memo.batches.borrow(), [[0, 1, 2, 3, 4]]);
        assert!(writer.place().await.is_err());
    }

    #[actix::test]
    async fn a_failing_sink_makes_writers_wait_and_loses_nothing() {
        tokio::time::pause();
        let memo = Memo::default();
        *memo.failures.borrow_mut() = 3;
        let writer = Writer::start(memo.clone(), 2);
        for n in 0..6 {
            writer.place().await.unwrap().put(n);
        }
        writer.drain().await;
        assert_eq!(memo.batches.borrow().concat(), [0, 1, 2, 3, 4, 5]);
    }
}
