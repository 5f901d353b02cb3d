//! The worker: Temporal says when attempts at tasks are made here.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;

use super::Temporal;
use crate::domain::{id::TaskId, task::TaskState};

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
    fn attempt(&self, task: TaskId) -> BoxFuture<'static, AttemptEnd>;
}

#[cfg(feature = "temporal")]
pub use with::Worker;

#[cfg(feature = "temporal")]
mod with {
    use attach_temporal::{CancellationToken, Limits, RunEnd, RunTask};

    use super::*;

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
            let (runner, limits) = (Arc::new(Hired(attempts)), Limits::at_once(at_once));
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

    struct Hired(Arc<dyn Attempts>);

    impl RunTask for Hired {
        /// An attempt that Temporal took away goes on: its lease keeps others off the
        /// task, and whoever canceled the task has it end here, too.
        fn run(&self, task_id: String, _: CancellationToken) -> BoxFuture<'static, RunEnd> {
            let Ok(task) = task_id.parse::<TaskId>() else {
                return Box::pin(async { RunEnd::Gone });
            };
            let attempt = self.0.attempt(task);
            Box::pin(async move {
                match attempt.await {
                    AttemptEnd::Over(state) => RunEnd::Ended {
                        state: state.name().to_owned(),
                    },
                    AttemptEnd::Again(after_ms) => RunEnd::Again {
                        after_ms: Some(after_ms),
                    },
                    AttemptEnd::Gone => RunEnd::Gone,
                }
            })
        }
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
