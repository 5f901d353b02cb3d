//! The one activity: an attempt at a task, made by whoever claimed it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use temporalio_macros::activities;
use temporalio_sdk::{
    ApplicationFailure,
    activities::{ActivityContext, ActivityError},
};
use tokio_util::sync::CancellationToken;

use super::End;

/// A heartbeat timeout of 10 s leaves room for a server that is slow to answer.
const BEAT_EVERY: Duration = Duration::from_secs(2);

/// Whoever runs tasks. Called on the threads of Temporal's runtime.
pub trait RunTask: Send + Sync + 'static {
    /// Makes one attempt at the task, all of it: claim the row, do the work, write the
    /// row. It may be called again for a task that runs, or has ended: the row decides.
    ///
    /// An attempt that gives up and leaves the row unfinished ends as [`RunEnd::Again`],
    /// and so does one that panics.
    fn run(&self, run: Run) -> BoxFuture<'static, RunEnd>;
}

/// An attempt that is wanted.
#[derive(Clone, Debug)]
pub struct Run {
    /// At which task.
    pub task_id: String,
    /// The workflow that wants it.
    pub workflow_id: String,
    /// Set when the workflow was canceled or ended, when the server took the attempt away
    /// (an outage of ten seconds does), or when the worker stops. It does not say which:
    /// [`Temporal::look`](crate::Temporal::look) at the workflow does.
    pub canceled: CancellationToken,
}

/// What an attempt came to. The row is written already; this is for Temporal to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// The task has ended.
    Ended {
        /// In which state; what the workflow returns, and its state attribute.
        state: String,
    },
    /// The task was canceled; its workflow ends as canceled where it was asked to end.
    Canceled,
    /// The attempt is over and the task is not: call again.
    Again {
        /// How long to wait, in milliseconds; `None` as the task's [`Bounds`] say.
        ///
        /// [`Bounds`]: crate::Bounds
        after_ms: Option<u64>,
    },
    /// There is nothing to do: no such row, or somebody else has it. Of a row that has
    /// ended [`RunEnd::Ended`] tells more.
    Gone,
}

/// What all attempts of a worker share.
#[derive(Clone)]
pub(crate) struct Tasks {
    pub(crate) runner: Arc<dyn RunTask>,
    /// The worker has no more time: attempts are to end.
    pub(crate) halt: CancellationToken,
    /// How many were begun.
    pub(crate) begun: Arc<AtomicU64>,
}

#[activities]
impl Tasks {
    #[activity(name = "run_task")]
    pub(crate) async fn run_task(
        self: Arc<Self>,
        ctx: ActivityContext,
        task_id: String,
    ) -> Result<End, ActivityError> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        let canceled = self.halt.child_token();
        // Whatever becomes of this future, the attempt hears of it.
        let _gone = canceled.clone().drop_guard();
        let mut run = self.runner.run(Run {
            task_id,
            workflow_id: ctx.info().workflow_id.clone().unwrap_or_default(),
            canceled: canceled.clone(),
        });
        let end = loop {
            tokio::select! {
                end = &mut run => break end,
                () = ctx.cancelled(), if !canceled.is_cancelled() => canceled.cancel(),
                () = tokio::time::sleep(BEAT_EVERY) => ctx.record_heartbeat(()).await?,
            }
        };
        told(end, ctx.is_cancelled())
    }
}

fn told(end: RunEnd, is_canceled: bool) -> Result<End, ActivityError> {
    match end {
        RunEnd::Ended { state } => Ok(End { state }),
        // Nobody will call again, and the workflow is to end as it was asked to.
        _ if is_canceled => Err(ActivityError::cancelled()),
        RunEnd::Canceled => Ok(End {
            state: "canceled".to_owned(),
        }),
        RunEnd::Gone => Ok(End {
            state: "gone".to_owned(),
        }),
        RunEnd::Again { after_ms } => Err(again(after_ms)),
    }
}

fn again(after_ms: Option<u64>) -> ActivityError {
    let failure = ApplicationFailure::builder("the attempt is over and the task is not")
        .type_name("Again".to_owned())
        .maybe_next_retry_delay(after_ms.map(Duration::from_millis))
        .build();
    ActivityError::application(failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGAIN: RunEnd = RunEnd::Again {
        after_ms: Some(250),
    };

    #[test]
    fn an_attempt_that_is_to_be_repeated_says_when() {
        let Err(ActivityError::Application(failure)) = told(AGAIN, false) else {
            panic!("not a failure of the application");
        };
        assert!(!failure.is_non_retryable());
        assert_eq!(failure.next_retry_delay(), Some(Duration::from_millis(250)));
    }

    #[test]
    fn once_canceled_nothing_is_repeated_but_an_end_is_an_end() {
        for end in [AGAIN, RunEnd::Gone, RunEnd::Canceled] {
            let told = told(end, true);
            assert!(matches!(told, Err(ActivityError::Cancelled { .. })));
        }
        let ended = RunEnd::Ended {
            state: "completed".to_owned(),
        };
        assert!(told(ended, true).is_ok_and(|end| end.state == "completed"));
    }

    #[test]
    fn a_task_that_was_canceled_elsewhere_ends_its_workflow_as_it_is() {
        let told = told(RunEnd::Canceled, false);
        assert!(told.is_ok_and(|end| end.state == "canceled"));
    }
}
