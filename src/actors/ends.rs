//! Tasks that end because somebody in Temporal ended, or canceled, the workflow that ran
//! them.

use crate::{
    actors::{canceled, mirror::Mirror, supervisor::Supervisor},
    adapters::{
        store::{Finish, Store, StoreError},
        temporal::Backlog,
    },
    domain::{id::TaskId, task::Attempt, time::UnixMillis},
};

/// Writes such ends down. A clone is cheap.
#[derive(Clone)]
pub struct Ends {
    store: Store,
    mirror: Mirror,
    supervisor: Supervisor,
    backlog: Backlog,
}

impl Ends {
    /// In `store` and in memory; whoever is at such a task in `supervisor` is hung up on,
    /// and what it handed on is taken back from where `backlog` gave it.
    pub fn new(store: Store, mirror: Mirror, supervisor: Supervisor, backlog: Backlog) -> Self {
        Self {
            store,
            mirror,
            supervisor,
            backlog,
        }
    }

    /// Ends the task of `attempt` as `end` says, if it is that attempt's to end.
    ///
    /// # Errors
    ///
    /// The database; nothing has ended then.
    pub(super) async fn write(&self, attempt: Attempt, end: &Finish) -> Result<(), StoreError> {
        let below = match self.store.finish(attempt, end, UnixMillis::now()).await {
            Ok(below) => below,
            Err(StoreError::Fenced(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        tracing::info!(task = %attempt.task, state = end.state.name(), "temporal ended its workflow, and it has ended");
        forget(self.backlog.clone(), below.clone());
        let ended = [&[attempt.task], &*below].concat();
        self.supervisor.abort(ended.clone(), None);
        canceled::remember(&self.store, &self.mirror, ended).await;
        Ok(())
    }
}

/// Tells Temporal that these tasks are over: what waits there for its turn is taken back.
/// Nothing depends on it.
pub(super) fn forget(backlog: Backlog, tasks: Vec<TaskId>) {
    tokio::spawn(async move {
        for task in tasks {
            if let Err(trouble) = backlog.forget(task).await {
                tracing::debug!(%task, %trouble, "temporal is not told that it is over");
            }
        }
    });
}
