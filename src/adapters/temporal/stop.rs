//! Workflows that nobody wants any more.

use std::time::Duration;

use super::{Trouble, Workflows, rows::Due};
use crate::{adapters::store::StoreError, domain::time::UnixMillis};

/// How long a workflow has to clean up once it was asked to end, in ms.
const GRACE: i64 = 10_000;
/// A start that was under way when its task ended has reached Temporal after so long,
/// or never will.
const UNDER_WAY: i64 = 60_000;
/// What Temporal says of one that did not end in time.
const REASON: &str = "its task is over, and it did not end when it was asked to";

impl Workflows {
    /// Does the next thing to end a workflow whose task is over. What was done is in
    /// its row, so that another process can go on.
    pub(super) async fn stop(&self, row: Due, now: UnixMillis) -> Result<(), StoreError> {
        let done = match row.stop_at {
            None => self.ask_to_end(&row, now).await,
            Some(at) => self.make_end(&row, at, now).await,
        };
        match done? {
            Ok(()) => Ok(()),
            Err(trouble) if self.has_timed_out(&row, now) => {
                tracing::info!(task = %row.task, %trouble, "its workflow was not stopped, and its time is over");
                self.rows.forget(row.task).await
            }
            Err(trouble) => {
                tracing::debug!(task = %row.task, %trouble, "its workflow is not stopped yet");
                Ok(())
            }
        }
    }

    async fn ask_to_end(
        &self,
        row: &Due,
        now: UnixMillis,
    ) -> Result<Result<(), Trouble>, StoreError> {
        match self.temporal.cancel(row.task).await {
            Ok(true) => {
                tracing::info!(task = %row.task, "its workflow was asked to end");
                self.rows.stopping(row.task, now.plus(GRACE), now).await?;
            }
            // It may be starting at this very moment.
            Ok(false) if !row.is_started && row.since.plus(UNDER_WAY) > now => {}
            // As every workflow whose end is the end of its task.
            Ok(false) => self.rows.forget(row.task).await?,
            Err(trouble) => return Ok(Err(trouble)),
        }
        Ok(Ok(()))
    }

    async fn make_end(
        &self,
        row: &Due,
        at: UnixMillis,
        now: UnixMillis,
    ) -> Result<Result<(), Trouble>, StoreError> {
        let stopped = match self.temporal.look(row.task).await {
            Ok(None) if at > now => return Ok(Ok(())),
            Ok(None) => self.temporal.terminate(row.task, REASON).await,
            Ok(Some(_)) => Ok(()),
            Err(trouble) => Err(trouble),
        };
        if stopped.is_ok() {
            tracing::info!(task = %row.task, "its workflow is over");
            self.rows.forget(row.task).await?;
        }
        Ok(stopped)
    }

    /// Whether Temporal has ended it by itself by now. Counted from its own row: that of
    /// its task may be erased.
    fn has_timed_out(&self, row: &Due, now: UnixMillis) -> bool {
        let timeout = self.timeout + Duration::from_millis(UNDER_WAY.unsigned_abs());
        let timeout = i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX);
        row.since.plus(timeout) <= now
    }
}
