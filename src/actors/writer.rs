//! Writes what requests leave behind, in batches.

mod bell;
mod memory;
mod receipt;
mod sink;
#[cfg(test)]
mod tests;

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix::prelude::*;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{actors::pulse, config::Durability};
use bell::Bell;
pub use memory::{Dropped, MemorySink};
pub use receipt::Receipt;
use receipt::Stub;
pub use sink::{Fate, Sink};

/// How long an item may wait for others to share its commit, where nobody waits
/// for it.
const GATHER: Duration = Duration::from_millis(20);
/// The pause after a batch that could not be written.
const RETRY: Duration = Duration::from_secs(1);
/// Of so many tries in a row one is logged.
const LOGGED: u32 = 60;
/// How long a request waits for a place before it is refused.
const PATIENCE: Duration = Duration::from_secs(5);
/// Items in one batch at most.
const BATCH: usize = 1000;

type Shelf<T> = Arc<Mutex<Vec<(T, Slot)>>>;

/// What an item holds until its batch has a fate.
struct Slot {
    _permit: OwnedSemaphorePermit,
    stub: Stub,
}

/// Hands items to the writer of one sink. A clone is cheap.
///
/// Nothing is dropped: who wants to write takes a [`Place`] first, and waits for
/// it when the sink is slow.
pub struct Writer<S: Sink> {
    addr: Addr<WriterActor<S>>,
    shelf: Shelf<S::Item>,
    places: Arc<Semaphore>,
    capacity: u32,
    durability: Durability,
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
            durability: self.durability,
        }
    }
}

impl<S: Sink> Writer<S> {
    /// Starts a writer that holds `capacity` items at most, those being written
    /// included. `durability` says whether items wait for others to share their
    /// commit, or callers for the commit of their items.
    pub fn start(sink: S, capacity: u32, durability: Durability) -> Self {
        let shelf = Shelf::default();
        let actor = WriterActor {
            sink,
            shelf: shelf.clone(),
            durability,
            is_busy: false,
        };
        Self {
            addr: actor.start(),
            shelf,
            places: Arc::new(Semaphore::new(capacity as usize)),
            capacity,
            durability,
        }
    }

    /// Whether its actor still runs.
    pub fn is_alive(&self) -> bool {
        self.addr.connected()
    }

    /// How long a message waits for its actor.
    pub async fn wait(&self) -> Duration {
        pulse::wait(&self.addr).await
    }

    /// A place for one item; waits while the writer is full, five seconds at
    /// most.
    ///
    /// # Errors
    ///
    /// [`Full`]: the disk does not keep up, or the writer is
    /// [drained](Self::drain). Answer 503.
    pub async fn place(&self) -> Result<Place<S>, Full> {
        if let Ok(place) = self.place_now() {
            return Ok(place);
        }
        let waiting = self.places.clone().acquire_owned();
        let permit = tokio::time::timeout(PATIENCE, waiting).await;
        let permit = permit.map_err(|_| Full)?.map_err(|_| Full)?;
        let writer = self.clone();
        Ok(Place { writer, permit })
    }

    /// A place for one item, if there is one at this moment.
    ///
    /// # Errors
    ///
    /// [`Full`].
    pub fn place_now(&self) -> Result<Place<S>, Full> {
        let permit = self.places.clone().try_acquire_owned();
        let (permit, writer) = (permit.map_err(|_| Full)?, self.clone());
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

    /// Whether what was laid on the shelf is alone there.
    fn lay(&self, item: (S::Item, Slot)) -> bool {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.push(item);
        shelf.len() == 1
    }

    #[expect(clippy::disallowed_methods, reason = "at most one a gathered batch")]
    fn wake(&self, others: Vec<Bell>) {
        self.addr.do_send(Gather(others));
    }
}

impl<S: Sink> Place<S> {
    /// Hands `item` over. With `group` it is on disk within some 50 ms, and the
    /// receipt is empty; with `strict` it is written as soon as the receipt is
    /// waited for or dropped and no commit is under way.
    pub fn put(self, item: S::Item) -> Receipt {
        let Self { writer, permit } = self;
        let (mut receipt, stub) = match writer.durability {
            Durability::Group => (Receipt::default(), None),
            Durability::Strict => Receipt::open(),
        };
        let slot = Slot {
            _permit: permit,
            stub,
        };
        if writer.lay((item, slot)) {
            match writer.durability {
                Durability::Group => writer.wake(Vec::new()),
                Durability::Strict => receipt.hang(Bell::new(move |others| writer.wake(others))),
            }
        }
        receipt
    }
}

/// One batch at a time: what arrives meanwhile makes the next one.
struct WriterActor<S: Sink> {
    sink: S,
    shelf: Shelf<S::Item>,
    durability: Durability,
    is_busy: bool,
}

/// Something lies on the shelf; and others are to be woken.
#[derive(Message)]
#[rtype(result = "()")]
struct Gather(Vec<Bell>);

impl<S: Sink> Actor for WriterActor<S> {
    type Context = Context<Self>;
}

pulse::has_pulse!(WriterActor<S>, S: Sink);

impl<S: Sink> Handler<Gather> for WriterActor<S> {
    type Result = ();

    fn handle(&mut self, Gather(others): Gather, ctx: &mut Self::Context) {
        drop(others);
        // What it was rung for may be written already, with what came before.
        if !self.is_busy {
            self.next(ctx);
        }
    }
}

impl<S: Sink> WriterActor<S> {
    /// Where somebody waits, only what comes during a commit shares the next one.
    fn gather(&mut self, ctx: &mut Context<Self>) {
        match self.durability {
            Durability::Group => drop(ctx.run_later(GATHER, Self::write)),
            Durability::Strict => self.write(ctx),
        }
    }

    fn write(&mut self, ctx: &mut Context<Self>) {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let count = shelf.len().min(BATCH);
        let rest = shelf.split_off(count);
        let batch = mem::replace(&mut *shelf, rest);
        drop(shelf);
        let sink = self.sink.clone();
        let written = async move { write_out(&sink, batch).await };
        ctx.spawn(written.into_actor(self).map(|(), this, ctx| this.next(ctx)));
    }

    /// Takes what lies on the shelf next, if anything does.
    fn next(&mut self, ctx: &mut Context<Self>) {
        let is_empty = self.shelf.lock().is_ok_and(|shelf| shelf.is_empty());
        self.is_busy = !is_empty;
        if self.is_busy {
            self.gather(ctx);
        }
    }
}

/// Tries until the batch has a fate, and tells those who wait for it.
async fn write_out<S: Sink>(sink: &S, batch: Vec<(S::Item, Slot)>) {
    let (items, slots): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
    let mut tries = 0_u32;
    let fate = loop {
        match sink.write(&items).await {
            Ok(fate) => break fate,
            Err(error) if tries.is_multiple_of(LOGGED) => {
                tracing::error!(%error, waiting = items.len(), "records not written, trying again each second");
            }
            Err(_) => {}
        }
        tries = tries.wrapping_add(1);
        tokio::time::sleep(RETRY).await;
    };
    if fate == Fate::Written {
        for stub in slots.into_iter().filter_map(|slot| slot.stub) {
            // Who hung up has their rows all the same.
            let _ = stub.send(());
        }
    }
}
