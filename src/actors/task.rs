//! One attempt at one task, while it runs.

mod trial;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use actix::prelude::*;

use crate::{
    actors::{
        canceled,
        mirror::Mirror,
        written::{ended, until_written},
    },
    adapters::{
        chance::chance,
        runner::{Outcome, Runner, Setback, Signs, TELL},
        store::{Claimed, Finish, Retry, Store},
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
        // One that waits was asked before; to listen on may take days.
        let trial = (!waits && workshop.may_try(&claimed)).then(|| workshop.trial(&claimed));
        let place = trial.as_ref().and_then(Trial::trace);
        claimed.trace = place.or(claimed.trace);
        Self::of(TaskActor {
            claimed: Arc::new(claimed),
            trial,
            workshop,
            draining,
            signs: Arc::new(Signs::of(waits)),
            owner,
            settled: Settled::default(),
        })
    }

    fn of(actor: TaskActor) -> Self {
        Self {
            signs: actor.signs.clone(),
            addr: actor.start(),
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
        match outcome {
            Outcome::Finished(end) => self.finish(claimed, end).await,
            Outcome::GivenUp(end) => self.abandon(claimed, end).await,
            Outcome::Told => Settled::default(),
            Outcome::Again(mut setback) => {
                // A gateway that goes down refuses what agents ask of it: such a failure
                // is its own, and no try.
                setback.counted &= !draining.load(Ordering::Acquire);
                self.again(claimed, setback).await
            }
            Outcome::Waits { detail, until } => self.release(claimed, detail, until).await,
        }
    }

    /// Has it tried again, unless that was the last try.
    async fn again(&self, claimed: &Claimed, setback: Setback) -> Settled {
        if setback.counted && claimed.tries >= self.policy.max_attempts {
            let end = failed(setback.detail, setback.output);
            return self.abandon(claimed, end).await;
        }
        self.retry(claimed, setback).await
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
        let end = Arc::new(end);
        let write = async |end: Arc<Finish>| {
            let now = UnixMillis::now();
            self.store.finish(attempt, &end, now).await
        };
        let write = async || ended(attempt.task, &end, write).await;
        let Some((state, below)) = until_written(attempt, write).await else {
            return Settled::default();
        };
        if state == TaskState::Failed {
            // What agents say may hold what people wrote, which is in no log.
            let (task, tries) = (attempt.task, claimed.tries);
            tracing::warn!(%task, tries, "a task failed; attach-gateway tasks show says why");
        }
        if self.mirror.is_on() {
            self.remember(result_event(claimed, &end)).await;
            canceled::remember(&self.store, &self.mirror, below.clone()).await;
        }
        Settled {
            left: Some(Left::Over(state)),
            unwanted: below,
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

    async fn retry(&self, claimed: &Claimed, setback: Setback) -> Settled {
        let (now, tries) = (UnixMillis::now(), claimed.tries.max(1));
        let retry = Retry {
            due: self.policy.due(now, tries, setback.after_ms, chance()),
            detail: Some(setback.detail),
            counted: setback.counted,
        };
        let settled = self.give_back(claimed.attempt, &retry).await;
        if retry.counted && settled.left.is_some() {
            let task = claimed.attempt.task;
            tracing::info!(%task, tries, "a try of a task failed; it is tried again");
        }
        settled
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
        let written = until_written(attempt, async || {
            self.store.retry(attempt, retry, UnixMillis::now()).await
        });
        Settled {
            left: written.await.map(|()| Left::Due(retry.due)),
            unwanted: Vec::new(),
        }
    }
}

fn give_up(why: &str) -> Outcome {
    let output = serde_json::json!({ "detail": why }).to_string();
    Outcome::GivenUp(failed(why.to_owned(), output))
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
