//! Sends on to Weaviate what waits for it.

use std::time::Duration;

use actix::prelude::*;
use tokio::sync::watch;

use crate::{
    actors::{drain::Drain, pulse, task::chance},
    adapters::{
        memory::{
            MemoryError,
            weaviate::{Forwarded, Weaviate},
        },
        usage::prometheus::Prometheus,
    },
    domain::time::UnixMillis,
};

/// How long hints are gathered, so that a batch is worth its way.
const GATHER: Duration = Duration::from_millis(20);
/// How often it looks at the rows, though no hint came.
const TICK: Duration = Duration::from_secs(1);
/// The pause after the first failure; each further one is twice as long.
const FIRST_REST: Duration = Duration::from_millis(250);
const LONGEST_REST: Duration = Duration::from_secs(30);
/// Failures in a row between two lines of the log.
const TOLD_EACH: u32 = 20;
/// How often old idempotency keys are looked for, and how old they are.
const KEYS_TICK: Duration = Duration::from_secs(600);
const KEYS_MS: i64 = 86_400_000;

/// Sends events, in batches, one after the other. A clone is cheap.
///
/// An event's row goes once Weaviate has taken it: at least once over a crash, under
/// the same id, so that it is there once.
#[derive(Clone)]
pub struct Forwarder {
    addr: Addr<ForwarderActor>,
    drain: Drain,
}

impl Forwarder {
    /// Starts sending what waits for `weaviate`, and counts it in `metrics`.
    pub fn start(weaviate: Weaviate, metrics: Prometheus) -> Self {
        let idle = watch::Sender::new(true);
        let drain = Drain::new(&idle);
        let actor = ForwarderActor {
            arrivals: Some(weaviate.arrivals()),
            weaviate,
            metrics,
            draining: drain.subscribe(),
            stage: Stage::Idle,
            is_woken: false,
            failures: 0,
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

    /// Begins no more batches and waits `patience` for the one under way; what is
    /// cut off then is sent again by the next process.
    pub async fn drain(&self, patience: Duration) {
        if !self.drain.begin(patience).await {
            tracing::info!("a batch for Weaviate cut off, the next process sends it again");
            // An error says that the actor is gone, and its batch with it.
            let _ = self.addr.send(Stop).await;
        }
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
    /// Weaviate is left alone for a while.
    Resting,
}

/// The rows know what is to be sent, so recovery after a crash is its first tick.
struct ForwarderActor {
    weaviate: Weaviate,
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

pulse::has_pulse!(ForwarderActor);

impl Actor for ForwarderActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(TICK, |this, ctx| this.send(Stage::Idle, ctx));
        ctx.run_interval(KEYS_TICK, Self::forget_keys);
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

impl StreamHandler<Hint> for ForwarderActor {
    fn handle(&mut self, _: Hint, ctx: &mut Self::Context) {
        match self.stage {
            Stage::Idle => {
                self.stage = Stage::Gathering;
                ctx.run_later(GATHER, |this, ctx| this.send(Stage::Gathering, ctx));
            }
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

impl Handler<Stop> for ForwarderActor {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl ForwarderActor {
    /// Sends a batch, if it still is at this stage.
    fn send(&mut self, from: Stage, ctx: &mut Context<Self>) {
        if self.stage != from || *self.draining.borrow() {
            return;
        }
        (self.stage, self.is_woken) = (Stage::Sending, false);
        self.idle.send_replace(false);
        let weaviate = self.weaviate.clone();
        let batch = async move { weaviate.forward(UnixMillis::now(), chance()).await };
        let batch = batch.into_actor(self);
        ctx.spawn(batch.map(|forwarded, this, ctx| this.sent(forwarded, ctx)));
    }

    fn sent(&mut self, forwarded: Result<Forwarded, MemoryError>, ctx: &mut Context<Self>) {
        self.stage = Stage::Idle;
        self.idle.send_replace(true);
        match forwarded {
            Ok(forwarded) => self.noted(forwarded, ctx),
            Err(error) => self.rest(&error, None, ctx),
        }
    }

    fn noted(&mut self, forwarded: Forwarded, ctx: &mut Context<Self>) {
        let count = |name, count: usize| self.metrics.count(name, count as u64);
        count("attach_memory_forwarded_total", forwarded.sent);
        count("attach_memory_refused_total", forwarded.set_aside.len());
        for event in &forwarded.set_aside {
            // Not what Weaviate said: it may quote the event.
            tracing::warn!(%event, "Weaviate refused an event, it is set aside; see last_error in memory_set_aside");
        }
        if forwarded.sent > 0 && forwarded.away.is_some() {
            self.failures = 0;
        }
        if forwarded.is_narrowed {
            self.stage = Stage::Resting;
            let soon = rest(0, None, chance());
            ctx.run_later(soon, |this, ctx| this.send(Stage::Resting, ctx));
            return;
        }
        if let Some(fault) = &forwarded.away {
            return self.rest(fault, fault.after_ms(), ctx);
        }
        if self.failures > 0 && forwarded.is_any {
            tracing::info!(failures = self.failures, "Weaviate takes events again");
            self.failures = 0;
        }
        if forwarded.is_any || self.is_woken {
            self.send(Stage::Idle, ctx);
        }
    }

    fn rest(
        &mut self,
        error: &dyn std::fmt::Display,
        after_ms: Option<u64>,
        ctx: &mut Context<Self>,
    ) {
        if self.failures.is_multiple_of(TOLD_EACH) {
            tracing::warn!(%error, "events wait on disk for Weaviate, trying again");
        }
        let rest = rest(self.failures, after_ms, chance());
        self.failures = self.failures.saturating_add(1);
        self.stage = Stage::Resting;
        ctx.run_later(rest, |this, ctx| this.send(Stage::Resting, ctx));
    }

    fn forget_keys(&mut self, ctx: &mut Context<Self>) {
        let weaviate = self.weaviate.clone();
        let forgotten = async move {
            let before = UnixMillis::now().plus(-KEYS_MS);
            if let Err(error) = weaviate.forget_keys(before).await {
                tracing::warn!(%error, "old idempotency keys stay, trying again in ten minutes");
            }
        };
        ctx.spawn(forgotten.into_actor(self));
    }
}

/// How long Weaviate is left alone after so many failures before this one: as long
/// as it asked for, but half a minute at most.
fn rest(failures: u32, after_ms: Option<u64>, chance: f64) -> Duration {
    let doubled = FIRST_REST.saturating_mul(2_u32.saturating_pow(failures));
    let own = doubled
        .min(LONGEST_REST)
        .mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0);
    let asked = Duration::from_millis(after_ms.unwrap_or(0));
    own.max(asked).min(LONGEST_REST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_grow_to_half_a_minute_and_no_further() {
        let ms = |failures, after, chance| rest(failures, after, chance).as_millis();
        assert_eq!(ms(0, None, 1.0), 250);
        assert_eq!(ms(0, None, 0.0), 125);
        assert_eq!(ms(3, None, 1.0), 2000);
        assert_eq!(ms(u32::MAX, None, 1.0), 30_000);
        assert_eq!(ms(0, Some(5_000), 0.5), 5_000);
        assert_eq!(ms(0, Some(3_600_000), 0.5), 30_000);
    }
}
