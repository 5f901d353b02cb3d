//! Writing down what an attempt came to, until it is written.

use std::{sync::Arc, time::Duration};

use crate::{
    adapters::store::{Finish, StoreError},
    domain::{
        id::TaskId,
        task::{Attempt, TaskState},
    },
};

/// The pause after what could not be written.
const WRITE_AGAIN: Duration = Duration::from_secs(1);
/// Failures in a row between two lines of the log: one a minute.
const TOLD_EACH: u32 = 60;

/// Has `write` record how `task` ended, and says in which state. What its table does not
/// take, and never will, is written without its words.
///
/// # Errors
///
/// What `write` says; another try may go well.
pub(super) async fn ended<T, W>(
    task: TaskId,
    end: &Arc<Finish>,
    write: impl Fn(Arc<Finish>) -> W,
) -> Result<(TaskState, T), StoreError>
where
    W: Future<Output = Result<T, StoreError>>,
{
    match write(end.clone()).await {
        Err(error) if error.is_permanent() => {
            tracing::error!(%task, %error, "the result cannot be kept");
            let end = Arc::new(unkept(end.state));
            let done = write(end.clone()).await?;
            Ok((end.state, done))
        }
        written => written.map(|done| (end.state, done)),
    }
}

/// Nobody gets a result that cannot be kept; what was canceled is canceled all the same.
fn unkept(state: TaskState) -> Finish {
    let (state, detail) = match state {
        TaskState::Canceled => (state, "why it was canceled cannot be kept"),
        _ => (TaskState::Failed, "the agent's answer cannot be kept"),
    };
    let output = serde_json::json!({ "detail": detail }).to_string();
    Finish::new(state, output, Some(detail.to_owned()))
}

/// Writes until it is written or the row has moved on: `None` then.
pub(super) async fn until_written<T>(
    attempt: Attempt,
    write: impl AsyncFn() -> Result<T, StoreError>,
) -> Option<T> {
    let mut again = Again::new(attempt);
    loop {
        match write().await {
            Ok(done) => return Some(done),
            Err(StoreError::Fenced(_)) => {
                tracing::debug!(task = %attempt.task, "the task has moved on without this attempt");
                return None;
            }
            Err(error) => again.after(&error).await,
        }
    }
}

/// Failures to write something of an attempt, in a row.
pub(super) struct Again {
    attempt: Attempt,
    failures: u32,
}

impl Again {
    pub(super) fn new(attempt: Attempt) -> Self {
        let failures = 0;
        Self { attempt, failures }
    }

    /// Waits until it is time for another try after this `error`.
    pub(super) async fn after(&mut self, error: &StoreError) {
        if self.failures.is_multiple_of(TOLD_EACH) {
            tracing::error!(task = %self.attempt.task, %error, "the end of an attempt is not written, trying again");
        }
        self.failures = self.failures.wrapping_add(1);
        tokio::time::sleep(WRITE_AGAIN).await;
    }
}
