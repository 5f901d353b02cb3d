//! One attempt at one task, while it runs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix::prelude::*;

use crate::{
    actors::mirror::Mirror,
    adapters::{
        runner::{Outcome, Runner},
        store::{Claimed, Finish, Retry, Store, StoreError},
    },
    domain::{
        memory::{EventBody, EventKind, MemoryEvent},
        task::{Attempt, RetryPolicy, TaskState},
        time::UnixMillis,
    },
};

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
}

/// A running attempt. Dropping the handle does nothing.
pub(super) struct TaskHandle {
    addr: Addr<TaskActor>,
    waits: Arc<AtomicBool>,
}

/// Tells the supervisor that an attempt is over, however it ended.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct TaskOver(pub(super) Attempt);

impl TaskHandle {
    /// Starts work on `claimed`; one that `waits` for credentials already is
    /// listened to.
    pub(super) fn start(
        claimed: Claimed,
        workshop: Arc<Workshop>,
        draining: Arc<AtomicBool>,
        owner: Recipient<TaskOver>,
        waits: bool,
    ) -> Self {
        let waits = Arc::new(AtomicBool::new(waits));
        let actor = TaskActor {
            claimed: Arc::new(claimed),
            workshop,
            draining,
            waits: waits.clone(),
            owner,
        };
        let addr = actor.start();
        Self { addr, waits }
    }

    /// Whether it waits for credentials: then it needs no place, and nobody
    /// waits for it.
    pub(super) fn waits(&self) -> bool {
        self.waits.load(Ordering::Acquire)
    }

    /// Hangs up on the agent: the row says canceled already.
    #[expect(clippy::disallowed_methods, reason = "one per cancel")]
    pub(super) fn abort(&self) {
        self.addr.do_send(Abort);
    }
}

/// All it knows is also in the task's row, so it may die at any point.
struct TaskActor {
    claimed: Arc<Claimed>,
    workshop: Arc<Workshop>,
    /// Set once the gateway goes down.
    draining: Arc<AtomicBool>,
    /// Set while its agent waits for credentials.
    waits: Arc<AtomicBool>,
    owner: Recipient<TaskOver>,
}

#[derive(Message)]
#[rtype(result = "()")]
struct Abort;

impl Actor for TaskActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let (workshop, claimed) = (self.workshop.clone(), self.claimed.clone());
        let (draining, waits) = (self.draining.clone(), self.waits.clone());
        let work = async move { workshop.work(&claimed, &draining, &waits).await };
        // Spawned, not waited for: an `Abort` must get in while the agent works.
        ctx.spawn(work.into_actor(self).map(|(), _, ctx| ctx.stop()));
    }

    /// Runs at the end, on an abort, and after a panic.
    #[expect(clippy::disallowed_methods, reason = "one per attempt")]
    fn stopped(&mut self, _: &mut Self::Context) {
        self.owner.do_send(TaskOver(self.claimed.attempt));
    }
}

impl Handler<Abort> for TaskActor {
    type Result = ();

    fn handle(&mut self, _: Abort, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl Workshop {
    async fn work(&self, claimed: &Claimed, draining: &AtomicBool, waits: &AtomicBool) {
        let outcome = if waits.load(Ordering::Acquire) {
            self.runner.follow(claimed, waits).await
        } else if claimed.tries > self.policy.max_attempts {
            // Its process died on every try: nobody was left to say so.
            give_up(
                claimed
                    .detail
                    .as_deref()
                    .unwrap_or("the gateway died while it ran"),
            )
        } else {
            self.runner.run(claimed, waits).await
        };
        // A gateway that goes down refuses what agents ask of it: such a failure
        // is its own, and no try.
        let is_try = |counted: bool| counted && !draining.load(Ordering::Acquire);
        match outcome {
            Outcome::Finished(end) => self.finish(claimed, end).await,
            Outcome::GivenUp(end) => self.abandon(claimed, end).await,
            Outcome::Told => {}
            Outcome::Again {
                detail,
                output,
                counted,
                ..
            } if is_try(counted) && claimed.tries >= self.policy.max_attempts => {
                self.abandon(claimed, failed(detail, output)).await;
            }
            Outcome::Again {
                detail,
                after_ms,
                counted,
                ..
            } => {
                self.retry(claimed, detail, after_ms, is_try(counted)).await;
            }
        }
    }

    /// Ends a task whose agent may still be at it.
    async fn abandon(&self, claimed: &Claimed, end: Finish) {
        self.finish(claimed, end).await;
        self.runner.tell_off(claimed.attempt.task).await;
    }

    async fn finish(&self, claimed: &Claimed, end: Finish) {
        let attempt = claimed.attempt;
        let write = async || match self.store.finish(attempt, &end, UnixMillis::now()).await {
            // The table does not take this result, and never will.
            Err(error) if error.is_permanent() => {
                tracing::error!(task = %attempt.task, %error, "the result cannot be kept");
                self.store
                    .finish(attempt, &unkept(), UnixMillis::now())
                    .await
            }
            written => written,
        };
        if written(attempt, write).await && self.mirror.is_on() {
            let event = result_event(claimed, &end);
            self.remember(event).await;
        }
    }

    /// Nobody waits for this, so it has all the patience in the world; it ends
    /// when memory is drained for good.
    async fn remember(&self, event: MemoryEvent) {
        loop {
            match self.mirror.room(1).await {
                Ok(mut room) => return room.put(event),
                Err(_) if self.mirror.is_drained() => return,
                Err(error) => tracing::warn!(%error, "a task's result waits for memory"),
            }
        }
    }

    async fn retry(&self, claimed: &Claimed, why: String, after_ms: Option<i64>, counted: bool) {
        let (attempt, now) = (claimed.attempt, UnixMillis::now());
        let tries = claimed.tries.max(1);
        let retry = Retry {
            due: self.policy.due(now, tries, after_ms, chance()),
            detail: Some(why),
            counted,
        };
        written(attempt, async || {
            self.store.retry(attempt, &retry, UnixMillis::now()).await
        })
        .await;
    }
}

/// Writes until it is written or the row has moved on; whether it was written.
async fn written(attempt: Attempt, write: impl AsyncFn() -> Result<(), StoreError>) -> bool {
    loop {
        match write().await {
            Ok(()) => return true,
            Err(StoreError::Fenced(_)) => {
                tracing::debug!(task = %attempt.task, "the task has moved on without this attempt");
                return false;
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
        state: Some(end.state.plain()),
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
