//! One attempt at one task, while it runs.

mod trial;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix::prelude::*;

use crate::{
    actors::{canceled, mirror::Mirror},
    adapters::{
        runner::{Outcome, Runner, Signs, TELL},
        store::{Claimed, Finish, Retry, Store, StoreError},
        trace::Traces,
        usage::prometheus::Prometheus,
    },
    domain::{
        id::TaskId,
        memory::{EventBody, EventKind, MemoryEvent},
        task::{Attempt, RetryPolicy, TaskState},
        time::UnixMillis,
    },
};
use trial::Trial;

/// The pause after an end that could not be written.
const WRITE_AGAIN: Duration = Duration::from_secs(1);

/// What every attempt needs.
#[derive(Clone)]
pub struct Workshop {
    /// Where tasks are.
    pub store: Store,
    /// Who calls agents.
    pub runner: Runner,
    /// How often and when it is tried again.
    pub policy: RetryPolicy,
    /// Where results are mirrored.
    pub mirror: Mirror,
    /// Counts attempts.
    pub metrics: Prometheus,
    /// Makes spans of attempts, if anybody wants them.
    pub traces: Traces,
}

/// A running attempt. Dropping the handle does nothing.
pub(super) struct TaskHandle {
    addr: Addr<TaskActor>,
    signs: Arc<Signs>,
    is_aborted: bool,
}

/// How an attempt left its row, as it wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// The task is over, or waits for its caller.
    Over(TaskState),
    /// It is due again then.
    Due(UnixMillis),
}

/// Tells the supervisor that an attempt is over, however it ended.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct TaskOver {
    pub(super) attempt: Attempt,
    /// `None` where it wrote nothing, or not by itself.
    pub(super) left: Option<Left>,
    /// Tasks that have ended, though their agents may still be at them.
    pub(super) unwanted: Vec<TaskId>,
}

/// What an attempt came to.
#[derive(Default)]
struct Settled {
    left: Option<Left>,
    unwanted: Vec<TaskId>,
}

impl TaskHandle {
    /// Starts work on `claimed`; one that `waits` for credentials already is
    /// listened to.
    pub(super) fn start(
        mut claimed: Claimed,
        workshop: Arc<Workshop>,
        draining: Arc<AtomicBool>,
        owner: Recipient<TaskOver>,
        waits: bool,
    ) -> Self {
        let signs = Arc::new(match waits {
            true => Signs::waiting(),
            false => Signs::default(),
        });
        // One that waits was asked before; to listen on may take days.
        let trial = (!waits && workshop.may_try(&claimed)).then(|| workshop.trial(&claimed));
        let place = trial.as_ref().and_then(Trial::trace);
        claimed.trace = place.or(claimed.trace);
        let actor = TaskActor {
            claimed: Arc::new(claimed),
            trial,
            workshop,
            draining,
            signs: signs.clone(),
            owner,
            settled: Settled::default(),
        };
        Self {
            addr: actor.start(),
            signs,
            is_aborted: false,
        }
    }

    /// Whether it waits for credentials.
    pub(super) fn waits(&self) -> bool {
        self.signs.waits()
    }

    /// Whether it needs a place: whoever waits for credentials does not, nor who
    /// was hung up on; nobody waits for them.
    pub(super) fn is_at_work(&self) -> bool {
        !self.waits() && !self.is_aborted
    }

    /// Whether it was hung up on, and is still there to hear what its agent calls
    /// the task.
    pub(super) fn lingers(&self) -> bool {
        self.is_aborted
    }

    /// Hangs up on the agent: the row says canceled already. One that has not
    /// named the task yet is listened to for a moment where it `may_linger`, so
    /// that it can be told to stop.
    #[expect(clippy::disallowed_methods, reason = "one per cancel")]
    pub(super) fn abort(&mut self, may_linger: bool) {
        self.is_aborted = true;
        self.addr.do_send(Abort { may_linger });
    }
}

/// All it knows is also in the task's row, so it may die at any point.
struct TaskActor {
    claimed: Arc<Claimed>,
    workshop: Arc<Workshop>,
    /// Set once the gateway goes down.
    draining: Arc<AtomicBool>,
    signs: Arc<Signs>,
    owner: Recipient<TaskOver>,
    settled: Settled,
    /// Until the work has it; none where no agent is asked.
    trial: Option<Trial>,
}

#[derive(Message)]
#[rtype(result = "()")]
struct Abort {
    may_linger: bool,
}

impl Actor for TaskActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let (workshop, claimed) = (self.workshop.clone(), self.claimed.clone());
        let (draining, signs) = (self.draining.clone(), self.signs.clone());
        let trial = self.trial.take();
        let work = async move { workshop.work(&claimed, &draining, (&signs, trial)).await };
        // Spawned, not waited for: an `Abort` must get in while the agent works.
        ctx.spawn(work.into_actor(self).map(|settled, this, ctx| {
            this.settled = settled;
            ctx.stop();
        }));
    }

    /// Runs at the end, on an abort, and after a panic.
    #[expect(clippy::disallowed_methods, reason = "one per attempt")]
    fn stopped(&mut self, _: &mut Self::Context) {
        let Settled { left, unwanted } = std::mem::take(&mut self.settled);
        self.owner.do_send(TaskOver {
            attempt: self.claimed.attempt,
            left,
            unwanted,
        });
    }
}

impl Handler<Abort> for TaskActor {
    type Result = ();

    fn handle(&mut self, Abort { may_linger }: Abort, ctx: &mut Self::Context) {
        if may_linger && self.signs.is_unnamed() {
            ctx.run_later(TELL, |_, ctx| ctx.stop());
        } else {
            ctx.stop();
        }
    }
}

impl Workshop {
    /// Whether its agent is asked at all: its process may have died on every try.
    fn may_try(&self, claimed: &Claimed) -> bool {
        claimed.tries <= self.policy.max_attempts
    }

    fn trial(&self, claimed: &Claimed) -> Trial {
        Trial::begin(&self.traces, &self.metrics, claimed)
    }

    async fn work(
        &self,
        claimed: &Arc<Claimed>,
        draining: &AtomicBool,
        (signs, trial): (&Signs, Option<Trial>),
    ) -> Settled {
        let outcome = match trial {
            Some(trial) => {
                let outcome = self.runner.run(claimed, signs).await;
                trial.ended(&outcome);
                outcome
            }
            None if signs.waits() => self.runner.follow(claimed, signs).await,
            // Nobody was left to say what it died of.
            None => give_up(
                claimed
                    .detail
                    .as_deref()
                    .unwrap_or("the gateway died while it ran"),
            ),
        };
        self.settle(claimed, outcome, draining).await
    }

    /// Writes what came of it.
    async fn settle(&self, claimed: &Claimed, outcome: Outcome, draining: &AtomicBool) -> Settled {
        // A gateway that goes down refuses what agents ask of it: such a failure
        // is its own, and no try.
        let is_try = |counted: bool| counted && !draining.load(Ordering::Acquire);
        match outcome {
            Outcome::Finished(end) => self.finish(claimed, end).await,
            Outcome::GivenUp(end) => self.abandon(claimed, end).await,
            Outcome::Told => Settled::default(),
            Outcome::Again {
                detail,
                output,
                counted,
                ..
            } if is_try(counted) && claimed.tries >= self.policy.max_attempts => {
                self.abandon(claimed, failed(detail, output)).await
            }
            Outcome::Again {
                detail,
                after_ms,
                counted,
                ..
            } => {
                let is_try = is_try(counted);
                self.retry(claimed, detail, after_ms, is_try).await
            }
            Outcome::Waits { detail, until } => self.release(claimed, detail, until).await,
        }
    }

    /// Ends a task that its agent may still be at.
    async fn abandon(&self, claimed: &Claimed, end: Finish) -> Settled {
        let mut settled = self.finish(claimed, end).await;
        settled.unwanted.push(claimed.attempt.task);
        settled
    }

    /// Writes the end; unwanted is what the task handed on and ended with it.
    async fn finish(&self, claimed: &Claimed, end: Finish) -> Settled {
        let attempt = claimed.attempt;
        let write = async || self.write_end(attempt, &end).await;
        let Some((state, below)) = written(attempt, write).await else {
            return Settled::default();
        };
        if self.mirror.is_on() {
            self.remember(result_event(claimed, &end)).await;
            canceled::remember(&self.store, &self.mirror, below.clone()).await;
        }
        Settled {
            left: Some(Left::Over(state)),
            unwanted: below,
        }
    }

    /// In which state the task ended, and what ended with it.
    async fn write_end(
        &self,
        attempt: Attempt,
        end: &Finish,
    ) -> Result<(TaskState, Vec<TaskId>), StoreError> {
        match self.store.finish(attempt, end, UnixMillis::now()).await {
            // The table does not take this result, and never will.
            Err(error) if error.is_permanent() => {
                tracing::error!(task = %attempt.task, %error, "the result cannot be kept");
                let end = unkept();
                let written = self.store.finish(attempt, &end, UnixMillis::now()).await;
                written.map(|below| (end.state, below))
            }
            written => written.map(|below| (end.state, below)),
        }
    }

    /// Nobody waits for this, so it has all the patience in the world; it ends
    /// when memory is drained for good.
    async fn remember(&self, event: MemoryEvent) {
        loop {
            match self.mirror.room(1).await {
                Ok(mut room) => return drop(room.put([event])),
                Err(_) if self.mirror.is_drained() => return,
                Err(error) => tracing::warn!(%error, "a task's result waits for memory"),
            }
        }
    }

    async fn retry(
        &self,
        claimed: &Claimed,
        why: String,
        after_ms: Option<i64>,
        counted: bool,
    ) -> Settled {
        let (now, tries) = (UnixMillis::now(), claimed.tries.max(1));
        let retry = Retry {
            due: self.policy.due(now, tries, after_ms, chance()),
            detail: Some(why),
            counted,
        };
        self.give_back(claimed.attempt, &retry).await
    }

    /// Leaves a task to whoever looks after what it waits for.
    async fn release(&self, claimed: &Claimed, why: String, until: UnixMillis) -> Settled {
        let retry = Retry {
            due: until,
            detail: Some(why),
            counted: false,
        };
        self.give_back(claimed.attempt, &retry).await
    }

    async fn give_back(&self, attempt: Attempt, retry: &Retry) -> Settled {
        let written = written(attempt, async || {
            self.store.retry(attempt, retry, UnixMillis::now()).await
        });
        Settled {
            left: written.await.map(|()| Left::Due(retry.due)),
            unwanted: Vec::new(),
        }
    }
}

/// Writes until it is written or the row has moved on: `None` then.
async fn written<T>(attempt: Attempt, write: impl AsyncFn() -> Result<T, StoreError>) -> Option<T> {
    loop {
        match write().await {
            Ok(done) => return Some(done),
            Err(StoreError::Fenced(_)) => {
                tracing::debug!(task = %attempt.task, "the task has moved on without this attempt");
                return None;
            }
            Err(error) => {
                tracing::error!(task = %attempt.task, %error, "the end of an attempt is not written, trying again");
                tokio::time::sleep(WRITE_AGAIN).await;
            }
        }
    }
}

fn give_up(why: &str) -> Outcome {
    let output = serde_json::json!({ "detail": why }).to_string();
    Outcome::GivenUp(failed(why.to_owned(), output))
}

fn unkept() -> Finish {
    let detail = "the agent's answer cannot be kept".to_owned();
    let output = serde_json::json!({ "detail": detail }).to_string();
    failed(detail, output)
}

fn failed(detail: String, output: String) -> Finish {
    Finish::new(TaskState::Failed, output, Some(detail))
}

fn result_event(claimed: &Claimed, end: &Finish) -> MemoryEvent {
    let body = EventBody {
        task_id: Some(claimed.attempt.task),
        parent_task_id: claimed.parent,
        target: Some(claimed.target.clone()),
        state: Some(end.state.plain().into()),
        text: Some(end.output.clone()),
        ..EventBody::default()
    };
    let (owner, session) = (claimed.owner.clone(), claimed.session.clone());
    MemoryEvent::new(
        EventKind::TaskResult,
        owner,
        session,
        UnixMillis::now(),
        body,
    )
}

/// A number in 0..1, so that tasks that failed together do not return together.
pub(super) fn chance() -> f64 {
    (uuid::Uuid::new_v4().as_u128() as u32) as f64 / f64::from(u32::MAX)
}
