//! The worker: Temporal says when attempts at tasks are made here.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;

use super::Temporal;
use crate::{
    adapters::store::Finish,
    domain::{id::TaskId, task::TaskState},
};

/// What an attempt that Temporal asked for came to. The row says it already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptEnd {
    /// The task has ended, or waits for its caller.
    Over(TaskState),
    /// It is to be tried again after so many ms.
    Again(u64),
    /// There is no such task.
    Gone,
}

/// Whoever makes attempts at tasks.
pub trait Attempts: Send + Sync + 'static {
    /// Makes an attempt at `task`, if it is due and nobody else does. May be asked again
    /// for one that runs or is over: the row decides.
    fn attempt(&self, task: TaskId, called_off: CalledOff) -> BoxFuture<'static, AttemptEnd>;
}

/// Resolves once somebody in Temporal ended what runs the task, or asked it to end: with
/// how the task is to end. To be polled while the attempt runs; for most it never does.
pub type CalledOff = BoxFuture<'static, Finish>;

#[cfg(feature = "temporal")]
pub use with::Worker;

#[cfg(feature = "temporal")]
mod with {
    use attach_temporal::{Limits, Run, RunEnd, RunTask};

    use super::{super::called_off::until_unwanted, *};

    /// Polls for tasks, and for traces of tasks.
    #[derive(Debug)]
    pub struct Worker(attach_temporal::Worker);

    impl Worker {
        /// Has `attempts` make attempts at tasks of this `depth` when Temporal says so,
        /// `at_once` at the same time: a task that waits for its child cannot take the
        /// place its child needs. Returns at once: it connects, and connects again, by
        /// itself.
        pub fn start(
            temporal: &Temporal,
            attempts: Arc<dyn Attempts>,
            (depth, at_once): (u32, usize),
        ) -> Self {
            let runner = Arc::new(Hired {
                attempts,
                temporal: temporal.clone(),
            });
            let limits = Limits::at_once(at_once);
            let queue = temporal.queue_at(depth);
            let temporal = &temporal.inner;
            Self(attach_temporal::Worker::start_on(
                temporal, queue, runner, limits,
            ))
        }

        /// Whether tasks come in.
        pub fn is_polling(&self) -> bool {
            self.0.is_polling()
        }

        /// Takes nothing more, and waits `grace` for attempts under way.
        pub async fn stop(self, grace: Duration) {
            self.0.stop(grace).await;
        }
    }

    struct Hired {
        attempts: Arc<dyn Attempts>,
        temporal: Temporal,
    }

    impl RunTask for Hired {
        fn run(&self, run: Run) -> BoxFuture<'static, RunEnd> {
            let Ok(task) = run.task_id.parse::<TaskId>() else {
                return Box::pin(async { RunEnd::Gone });
            };
            let called_off = Box::pin(called_off(self.temporal.clone(), run));
            let attempt = self.attempts.attempt(task, called_off);
            Box::pin(async move { told(attempt.await) })
        }
    }

    fn told(end: AttemptEnd) -> RunEnd {
        match end {
            AttemptEnd::Over(TaskState::Canceled) => RunEnd::Canceled,
            AttemptEnd::Over(state) => RunEnd::Ended {
                state: state.name().to_owned(),
            },
            AttemptEnd::Again(after_ms) => RunEnd::Again {
                after_ms: Some(after_ms),
            },
            AttemptEnd::Gone => RunEnd::Gone,
        }
    }

    /// An attempt may be taken away because of an outage, or because the worker stops:
    /// then it goes on, its lease keeps others off the task. What its workflow says tells
    /// that from an end that somebody wants, now or while nobody else would hear of it.
    async fn called_off(temporal: Temporal, run: Run) -> Finish {
        run.canceled.cancelled().await;
        let look = || temporal.look_whether_wanted(&run.workflow_id);
        until_unwanted(look, &temporal.looks).await
    }
}

/// There is none in a program that was built without Temporal.
#[cfg(not(feature = "temporal"))]
#[derive(Debug)]
pub struct Worker(());

#[cfg(not(feature = "temporal"))]
impl Worker {
    /// Does nothing.
    pub fn start(_: &Temporal, _: Arc<dyn Attempts>, _: (u32, usize)) -> Self {
        Self(())
    }

    /// Never.
    pub fn is_polling(&self) -> bool {
        false
    }

    /// Nothing is under way.
    pub async fn stop(self, _: Duration) {}
}
