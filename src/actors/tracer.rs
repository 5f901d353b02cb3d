//! Tells Temporal what happens to tasks that it does not run.

mod notes;
#[cfg(all(test, feature = "temporal"))]
mod tests;

use std::time::Duration;

use actix::prelude::*;
use futures_util::stream::{self, StreamExt};
use tokio::sync::{
    broadcast::{Receiver, error::RecvError},
    watch,
};

use self::notes::{BATCH, Notes};
use crate::{
    actors::{beside::beside, drain::Drain, pulse},
    adapters::{
        database::sole::Sole,
        store::{Change, StoreError},
        temporal::{NotTold, TaskTraces, Trouble, Walk},
        usage::prometheus::{Prometheus, series},
    },
    domain::{id::TaskId, time::UnixMillis},
};

/// How often what happened meanwhile is told.
const TICK: Duration = Duration::from_secs(1);
/// Tasks of one round that are told at the same time.
const AT_ONCE: usize = 16;
/// A row may become visible so long after the moment it names, in ms.
const LATE: i64 = 30_000;
/// What is older is told no more, in ms.
const OLDEST: i64 = 24 * 60 * 60 * 1000;

/// Tells what happens to tasks, a second later at most while Temporal is there. A clone
/// is cheap.
#[derive(Clone)]
pub struct Tracer {
    addr: Addr<TracerActor>,
    drain: Drain,
}

impl Tracer {
    /// Starts telling `traces`, where `sole` says that this gateway is to do so.
    pub fn start(
        traces: TaskTraces,
        sole: Sole,
        changes: Receiver<Change>,
        metrics: Prometheus,
    ) -> Self {
        let idle = watch::Sender::new(true);
        let drain = Drain::new(&idle);
        let actor = TracerActor {
            work: Work {
                traces,
                sole,
                metrics,
            },
            changes: Some(changes),
            notes: Notes::default(),
            draining: drain.subscribe(),
            idle,
        };
        Self {
            addr: actor.start(),
            drain,
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

    /// Tells no more and waits `patience` for the round under way. What is left is told
    /// by the next process.
    pub async fn drain(&self, patience: Duration) {
        self.drain.begin(patience).await;
    }
}

/// What a round needs and does not change.
#[derive(Clone)]
struct Work {
    traces: TaskTraces,
    sole: Sole,
    metrics: Prometheus,
}

struct TracerActor {
    work: Work,
    changes: Option<Receiver<Change>>,
    notes: Notes,
    draining: watch::Receiver<bool>,
    /// No round is under way.
    idle: watch::Sender<bool>,
}

pulse::has_pulse!(TracerActor);

impl Actor for TracerActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if let Some(changes) = self.changes.take() {
            ctx.add_stream(stream::unfold(changes, |mut changes| async move {
                let change = match changes.recv().await {
                    Ok(change) => change,
                    Err(RecvError::Lagged(_)) => Change::Any,
                    Err(RecvError::Closed) => return None,
                };
                Some((change, changes))
            }));
        }
        ctx.run_interval(TICK, |this, ctx| this.begin(ctx));
    }
}

impl StreamHandler<Change> for TracerActor {
    fn handle(&mut self, change: Change, _: &mut Self::Context) {
        self.notes.hear(change);
    }

    /// Its store is gone, and so will it be.
    fn finished(&mut self, _: &mut Self::Context) {}
}

impl TracerActor {
    fn begin(&mut self, ctx: &mut Context<Self>) {
        if *self.draining.borrow() || !*self.idle.borrow() {
            return;
        }
        self.idle.send_replace(false);
        let work = self.work.clone();
        let notes = std::mem::take(&mut self.notes);
        let round = beside(async move { work.round(notes).await });
        ctx.spawn(round.into_actor(self).map(|(notes, has_told), this, ctx| {
            this.idle.send_replace(true);
            let heard = std::mem::replace(&mut this.notes, notes);
            this.notes.join(heard);
            // A round that could not tell waits for the tick: the next one cannot either.
            if has_told && this.notes.has_more() {
                this.begin(ctx);
            }
        }));
    }
}

impl Work {
    /// One round, and whether it could tell.
    async fn round(&self, mut notes: Notes) -> (Notes, bool) {
        let has_told = self.step(&mut notes).await.unwrap_or_else(|error| {
            // Said once a minute: the tick comes back each second.
            if notes.failures.is_multiple_of(60) {
                tracing::warn!(%error, "traces of tasks are not told, trying again");
            }
            notes.failures = notes.failures.wrapping_add(1);
            false
        });
        if let Some(place) = notes.place {
            let behind = (UnixMillis::now().0 - place.0 - LATE).max(0);
            let secs = behind as f64 / 1000.0;
            self.metrics.gauge(series::TRACES_BEHIND, secs);
        }
        (notes, has_told)
    }

    /// Whether it is ours to tell, and Temporal there to be told.
    async fn can_tell(&self, notes: &mut Notes) -> Result<bool, NotTold> {
        let is_mine = self.sole.is_mine().await.map_err(StoreError::from)?;
        if !is_mine {
            notes.forget();
        } else if !notes.is_mine {
            (notes.is_mine, notes.is_blind) = (true, true);
        }
        Ok(is_mine && self.traces.is_up())
    }

    /// Whether anything could be told.
    async fn step(&self, notes: &mut Notes) -> Result<bool, NotTold> {
        if !self.can_tell(notes).await? {
            return Ok(false);
        }
        let began = UnixMillis::now();
        if notes.is_blind && notes.walk.is_none() {
            self.look_around(notes, began).await?;
        }
        self.walk_on(notes).await?;
        self.tell(notes).await?;
        notes.failures = 0;
        if notes.changed.is_empty() && notes.walk.is_none() && !notes.is_blind {
            self.advance(notes, began.plus(-LATE)).await?;
        }
        Ok(true)
    }

    /// Begins a walk over all that happened since everything was told.
    async fn look_around(&self, notes: &mut Notes, now: UnixMillis) -> Result<(), NotTold> {
        let place = match self.traces.place().await? {
            Some(place) => self.no_older(place, now.plus(-OLDEST)).await?,
            // What was before is nobody's business.
            None => {
                self.traces.move_place(now).await?;
                now
            }
        };
        let walk = Some(Walk::since(place));
        (notes.place, notes.walk, notes.is_blind) = (Some(place), walk, false);
        Ok(())
    }

    /// What is older than `oldest` is told no more, and that is told once.
    async fn no_older(&self, place: UnixMillis, oldest: UnixMillis) -> Result<UnixMillis, NotTold> {
        if place >= oldest {
            return Ok(place);
        }
        let lost = self.traces.rested(place, oldest).await?;
        self.traces.move_place(oldest).await?;
        let lost = u64::try_from(lost).unwrap_or(0);
        self.metrics.count(series::TRACES_DROPPED, lost);
        tracing::warn!(
            lost,
            "tasks that ended more than a day ago leave no trace in Temporal"
        );
        Ok(oldest)
    }

    async fn walk_on(&self, notes: &mut Notes) -> Result<(), NotTold> {
        if notes.changed.len() >= BATCH {
            return Ok(());
        }
        let Some(walk) = notes.walk.clone() else {
            return Ok(());
        };
        let (page, next) = self.traces.walk(walk).await?;
        notes.changed.extend(page);
        notes.walk = next;
        Ok(())
    }

    async fn tell(&self, notes: &mut Notes) -> Result<(), NotTold> {
        let batch = notes.batch();
        let told = stream::iter(batch).map(|(task, after)| async move {
            let told = self.traces.tell(task, after).await;
            (task, told)
        });
        let told: Vec<_> = told.buffer_unordered(AT_ONCE).collect().await;
        let mut failed = None;
        for (task, told) in told {
            match told {
                Ok(told) => notes.note(task, told),
                Err(NotTold::Temporal(Trouble::Refused(why))) => {
                    tracing::warn!(%task, why, "its trace is not taken, and left out");
                    self.metrics.count(series::TRACES_DROPPED, 1);
                }
                Err(error) => {
                    notes.changed.insert(task);
                    failed = Some(error);
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn advance(&self, notes: &mut Notes, to: UnixMillis) -> Result<(), NotTold> {
        let is_new = notes.place.is_none_or(|place| place.plus(1000) <= to);
        if is_new {
            self.traces.move_place(to).await?;
            notes.place = Some(to);
        }
        Ok(())
    }
}
