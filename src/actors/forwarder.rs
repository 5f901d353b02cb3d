//! Sends on what waits on disk for a place outside: events for Weaviate, usage for
//! OpenMeter.

mod events;
mod outbox;
mod rest;
#[cfg(test)]
mod tests;
mod usage;

use std::time::Duration;

use actix::prelude::*;
use tokio::sync::watch;

use crate::{
    actors::{drain::Drain, pulse},
    adapters::{chance::chance, usage::prometheus::Prometheus},
    domain::time::UnixMillis,
};
pub use outbox::{Away, Outbox, Turn};
use rest::rest;

/// How often it looks at the rows, though no hint came.
const TICK: Duration = Duration::from_secs(1);
/// Failures in a row between two lines of the log.
const TOLD_EACH: u32 = 20;
/// From how many failures in a row it leaves the work to another gateway: the fault may
/// be this one's, and those who look each second have it before this one tries again.
const LEFT_AFTER: u32 = 6;
/// How often what is old is forgotten.
const TIDY: Duration = Duration::from_secs(600);

/// Sends batches, one after the other, so that one at most is in doubt. A clone is
/// cheap.
pub struct Forwarder<O: Outbox> {
    addr: Addr<ForwarderActor<O>>,
    outbox: O,
    drain: Drain,
}

impl<O: Outbox> Clone for Forwarder<O> {
    fn clone(&self) -> Self {
        Self {
            addr: self.addr.clone(),
            outbox: self.outbox.clone(),
            drain: self.drain.clone(),
        }
    }
}

impl<O: Outbox> Forwarder<O> {
    /// Starts sending what waits in `outbox`, and counts it in `metrics`.
    pub fn start(outbox: O, metrics: Prometheus) -> Self {
        let idle = watch::Sender::new(true);
        let drain = Drain::new(&idle);
        let actor = ForwarderActor {
            arrivals: Some(outbox.arrivals()),
            outbox: outbox.clone(),
            metrics,
            draining: drain.subscribe(),
            stage: Stage::Idle,
            is_woken: false,
            failures: 0,
            idle,
        };
        Self {
            addr: actor.start(),
            outbox,
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

    /// Begins no more batches and waits `patience` for the one under way; what is
    /// cut off then is sent again by the next process, or another gateway.
    pub async fn drain(&self, patience: Duration) {
        if !self.drain.begin(patience).await {
            tracing::info!(
                to = O::NAME,
                "a batch was cut off, the next process sends it again"
            );
            // An error says that the actor is gone, and its batch with it.
            let _ = self.addr.send(Stop).await;
        }
        self.outbox.leave().await;
    }
}

/// What it does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing is due that it knows of.
    Idle,
    /// There was a hint; others may follow.
    Gathering,
    /// A batch is under way.
    Sending,
    /// The place outside is left alone for a while.
    Resting,
}

struct ForwarderActor<O: Outbox> {
    outbox: O,
    metrics: Prometheus,
    arrivals: Option<watch::Receiver<()>>,
    draining: watch::Receiver<bool>,
    stage: Stage,
    /// Whether there was a reason to look again while a batch was under way.
    is_woken: bool,
    /// In a row.
    failures: u32,
    /// No batch is under way.
    idle: watch::Sender<bool>,
}

pulse::has_pulse!(ForwarderActor<O>, O: Outbox);

impl<O: Outbox> Actor for ForwarderActor<O> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(TICK, |this, ctx| this.send(Stage::Idle, ctx));
        ctx.run_interval(TIDY, Self::tidy);
        if let Some(arrivals) = self.arrivals.take() {
            ctx.add_stream(futures_util::stream::unfold(
                arrivals,
                |mut arrivals| async { arrivals.changed().await.ok().map(|()| (Hint, arrivals)) },
            ));
        }
        self.send(Stage::Idle, ctx);
    }
}

/// Something came in.
struct Hint;

impl<O: Outbox> StreamHandler<Hint> for ForwarderActor<O> {
    fn handle(&mut self, _: Hint, ctx: &mut Self::Context) {
        match self.stage {
            Stage::Idle => self.gather(ctx),
            Stage::Sending => self.is_woken = true,
            // It looks when that is over.
            Stage::Gathering | Stage::Resting => {}
        }
    }

    /// The place is gone, but the tick still comes.
    fn finished(&mut self, _: &mut Self::Context) {}
}

#[derive(Message)]
#[rtype(result = "()")]
struct Stop;

impl<O: Outbox> Handler<Stop> for ForwarderActor<O> {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl<O: Outbox> ForwarderActor<O> {
    fn gather(&mut self, ctx: &mut Context<Self>) {
        self.stage = Stage::Gathering;
        ctx.run_later(O::GATHER, |this, ctx| this.send(Stage::Gathering, ctx));
    }

    /// Sends a batch, if it still is at this stage.
    fn send(&mut self, from: Stage, ctx: &mut Context<Self>) {
        if self.stage != from || *self.draining.borrow() {
            return;
        }
        (self.stage, self.is_woken) = (Stage::Sending, false);
        self.idle.send_replace(false);
        let outbox = self.outbox.clone();
        let batch = async move { outbox.forward(UnixMillis::now(), chance()).await };
        let batch = batch.into_actor(self);
        ctx.spawn(batch.map(|turn, this, ctx| this.sent(turn, ctx)));
    }

    fn sent(&mut self, turn: Result<Turn, O::Error>, ctx: &mut Context<Self>) {
        self.stage = Stage::Idle;
        self.idle.send_replace(true);
        match turn {
            Ok(turn) => self.noted(turn, ctx),
            Err(error) => {
                let away = Away {
                    why: error.to_string(),
                    after_ms: None,
                    is_lasting: false,
                };
                self.rest(&away, ctx);
            }
        }
    }

    fn noted(&mut self, turn: Turn, ctx: &mut Context<Self>) {
        for (name, count) in turn.counts {
            self.metrics.count(name, count as u64);
        }
        if turn.sent > 0 && turn.away.is_some() {
            self.failures = 0;
        }
        if turn.is_narrowed {
            return self.rest_for(rest(0, None, chance(), O::LONGEST_REST), ctx);
        }
        if let Some(away) = &turn.away {
            return self.rest(away, ctx);
        }
        if self.failures > 0 && (turn.is_more || turn.sent > 0) {
            tracing::info!(to = O::NAME, failures = self.failures, "it is taken again");
            self.failures = 0;
        }
        if turn.is_more {
            self.send(Stage::Idle, ctx);
        } else if self.is_woken {
            self.gather(ctx);
        }
    }

    fn rest(&mut self, away: &Away, ctx: &mut Context<Self>) {
        let (to, error) = (O::NAME, &*away.why);
        if away.is_lasting {
            tracing::error!(
                to,
                error,
                "nothing is taken, all of it waits on disk until this is mended"
            );
        } else if self.failures.is_multiple_of(TOLD_EACH) {
            tracing::warn!(
                to,
                error,
                "nothing is taken, all of it waits on disk; trying again"
            );
        }
        let pause = rest(self.failures, away.after_ms, chance(), O::LONGEST_REST);
        self.failures = self.failures.saturating_add(1);
        if self.failures >= LEFT_AFTER {
            self.leave(ctx);
        }
        self.rest_for(pause, ctx);
    }

    fn leave(&self, ctx: &mut Context<Self>) {
        let outbox = self.outbox.clone();
        let left = async move { outbox.leave().await };
        ctx.spawn(left.into_actor(self));
    }

    fn rest_for(&mut self, pause: Duration, ctx: &mut Context<Self>) {
        self.stage = Stage::Resting;
        ctx.run_later(pause, |this, ctx| this.send(Stage::Resting, ctx));
    }

    fn tidy(&mut self, ctx: &mut Context<Self>) {
        let outbox = self.outbox.clone();
        let tidied = async move { outbox.tidy(UnixMillis::now()).await };
        ctx.spawn(tidied.into_actor(self));
    }
}
