//! One round of looking after workflows.

use futures_util::stream::{self, StreamExt};

use super::{Ending, Trouble, Workflows, rows::Due, waits_for, waits_for_temporal, workflow_of};
use crate::{
    adapters::store::StoreError,
    domain::{id::TaskId, task::TaskState, time::UnixMillis},
};

/// Workflows that are looked at in one round, at most.
const BATCH: i64 = 64;
/// And of these at the same time.
const AT_ONCE: usize = 16;

/// What a round came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Tasks that a supervisor is to take now.
    pub due: Vec<TaskId>,
    /// When there is something to do next; `None` where there is no workflow.
    pub next: Option<UnixMillis>,
}

impl Workflows {
    /// Looks at those that are due: what has to be started or has ended is given to
    /// supervisors, what nobody wants any more is stopped, and tasks say so while
    /// Temporal is away.
    ///
    /// # Errors
    ///
    /// The rows cannot be read. What goes wrong with one workflow is in the log, and it
    /// is looked at again.
    pub async fn round(&self, now: UnixMillis) -> Result<Round, StoreError> {
        // Most of the time nothing is due: that costs no commit.
        let next = self.rows.next().await?;
        if next.is_none_or(|at| at > now) {
            let due = Vec::new();
            return Ok(Round { due, next });
        }
        let taken = self.rows.take(now, BATCH).await?;
        let looks = stream::iter(taken).map(|row| self.look_at(row, now));
        let given: Vec<_> = looks.buffer_unordered(AT_ONCE).collect().await;
        Ok(Round {
            due: given.into_iter().flatten().collect(),
            next: self.rows.next().await?,
        })
    }

    /// Its task, if a supervisor is to take it now.
    async fn look_at(&self, row: Due, now: UnixMillis) -> Option<TaskId> {
        let task = row.task;
        let done = match row.state {
            Some(TaskState::Submitted | TaskState::Working) if row.is_held => Ok(false),
            Some(state) if !state.is_terminal() => self.follow(row, now).await,
            _ => self.stop(row, now).await.map(|()| false),
        };
        let is_given = done.unwrap_or_else(|error| {
            tracing::warn!(%task, %error, "its workflow is not looked after, trying again");
            false
        });
        is_given.then_some(task)
    }

    async fn follow(&self, row: Due, now: UnixMillis) -> Result<bool, StoreError> {
        if let Some(why) = self.temporal.away() {
            return self.is_away(&row, &why, now).await;
        }
        if !row.is_started {
            return Ok(true);
        }
        match self.temporal.look(row.task).await {
            Ok(None) => self.is_back(&row, now).await,
            Ok(Some(ending)) => {
                told(&row, &ending);
                Ok(true)
            }
            Err(Trouble::Away(why) | Trouble::Refused(why)) => self.is_away(&row, &why, now).await,
        }
    }

    async fn is_away(&self, row: &Due, why: &str, now: UnixMillis) -> Result<bool, StoreError> {
        if !row.is_away {
            let told = (waits_for_temporal(why), true);
            self.rows.tell(row.task, told, now).await?;
            self.store.hint(row.task);
        }
        Ok(false)
    }

    async fn is_back(&self, row: &Due, now: UnixMillis) -> Result<bool, StoreError> {
        if row.is_away {
            let workflow = workflow_of(&row.target).unwrap_or_default();
            let told = (waits_for(workflow), false);
            self.rows.tell(row.task, told, now).await?;
            self.store.hint(row.task);
        }
        Ok(false)
    }
}

fn told(row: &Due, ending: &Ending) {
    let task = row.task;
    tracing::debug!(%task, ?ending, "its workflow has ended");
}
