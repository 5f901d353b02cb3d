//! Looks after the workflows that tasks wait for.

use std::time::Duration;

use actix::prelude::*;
use futures_util::stream;
use tokio::sync::watch;

use crate::{
    actors::{beside::beside, drain::Drain, pulse, supervisor::Supervisor},
    adapters::{store::StoreError, temporal::Workflows},
    domain::time::UnixMillis,
};

/// How often it looks at the rows, though no hint came.
const TICK: Duration = Duration::from_secs(1);
/// Between two rounds, at least: workflows that are due together are looked at together.
const PAUSE: Duration = Duration::from_millis(50);

/// Starts workflows, looks how they stand, and stops those that nobody wants any more,
/// as their rows say. A clone is cheap.
#[derive(Clone)]
pub struct Lookout {
    addr: Addr<LookoutActor>,
    workflows: Workflows,
    drain: Drain,
}

impl Lookout {
    /// Starts looking after `workflows`; tasks that can go on are for `supervisor`.
    pub fn start(workflows: Workflows, supervisor: Supervisor) -> Self {
        let idle = watch::Sender::new(true);
        let drain = Drain::new(&idle);
        let actor = LookoutActor {
            workflows: workflows.clone(),
            supervisor,
            draining: drain.subscribe(),
            is_woken: false,
            next: None,
            failures: 0,
            idle,
        };
        Self {
            addr: actor.start(),
            workflows,
            drain,
        }
    }

    /// What it looks after.
    pub fn workflows(&self) -> &Workflows {
        &self.workflows
    }

    /// Whether its actor still runs.
    pub fn is_alive(&self) -> bool {
        self.addr.connected()
    }

    /// How long a message waits for its actor.
    pub async fn wait(&self) -> Duration {
        pulse::wait(&self.addr).await
    }

    /// Begins no more rounds and waits `patience` for the one under way. What is cut
    /// off is done again by the next process.
    pub async fn drain(&self, patience: Duration) {
        self.drain.begin(patience).await;
    }
}

struct LookoutActor {
    workflows: Workflows,
    supervisor: Supervisor,
    draining: watch::Receiver<bool>,
    /// No round is under way.
    idle: watch::Sender<bool>,
    /// There was a reason to look again while a round was under way.
    is_woken: bool,
    /// The look that is planned.
    next: Option<SpawnHandle>,
    /// In a row.
    failures: u32,
}

pulse::has_pulse!(LookoutActor);

impl Actor for LookoutActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let workflows = self.workflows.clone();
        ctx.add_stream(stream::unfold(workflows, |workflows| async {
            workflows.woken().await;
            Some((Hint, workflows))
        }));
        self.begin(ctx);
    }
}

/// A row may be due.
struct Hint;

impl StreamHandler<Hint> for LookoutActor {
    fn handle(&mut self, _: Hint, ctx: &mut Self::Context) {
        self.begin(ctx);
    }

    /// The next look still comes.
    fn finished(&mut self, _: &mut Self::Context) {}
}

impl LookoutActor {
    /// Begins a round, or has the one under way followed by another.
    fn begin(&mut self, ctx: &mut Context<Self>) {
        if *self.draining.borrow() {
            return;
        }
        if !*self.idle.borrow() {
            self.is_woken = true;
            return;
        }
        if let Some(planned) = self.next.take() {
            ctx.cancel_future(planned);
        }
        self.is_woken = false;
        self.idle.send_replace(false);
        let (workflows, supervisor) = (self.workflows.clone(), self.supervisor.clone());
        let round = beside(async move {
            let round = workflows.round(UnixMillis::now()).await?;
            supervisor.take(round.due).await?;
            Ok(round.next)
        });
        let round = round.into_actor(self);
        ctx.spawn(round.map(|round, this, ctx| this.ended(round, ctx)));
    }

    fn ended(&mut self, next: Result<Option<UnixMillis>, StoreError>, ctx: &mut Context<Self>) {
        self.idle.send_replace(true);
        let pause = match next {
            Ok(next) => {
                self.failures = 0;
                pause(next, UnixMillis::now())
            }
            Err(error) => {
                // Said once a minute: the tick comes back each second.
                if self.failures.is_multiple_of(60) {
                    tracing::warn!(%error, "workflows are not looked after, trying again");
                }
                self.failures = self.failures.wrapping_add(1);
                TICK
            }
        };
        let pause = if self.is_woken { PAUSE } else { pause };
        self.next = Some(ctx.run_later(pause, |this, ctx| {
            this.next = None;
            this.begin(ctx);
        }));
    }
}

/// Until `next`; the rows may say otherwise meanwhile, so a tick at most.
fn pause(next: Option<UnixMillis>, now: UnixMillis) -> Duration {
    let until = next.map_or(TICK, |next| {
        Duration::from_millis(next.0.saturating_sub(now.0).max(0).unsigned_abs())
    });
    until.clamp(PAUSE, TICK)
}
