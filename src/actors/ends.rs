//! Tasks that end because somebody in Temporal ended, or canceled, the workflow that ran
//! them.

use std::sync::Arc;

use crate::{
    actors::{canceled, mirror::Mirror, supervisor::Supervisor, written},
    adapters::{
        store::{Finish, Store, StoreError},
        temporal::Backlog,
    },
    domain::{
        id::TaskId,
        task::{Attempt, TaskState},
        time::UnixMillis,
    },
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
    pub(super) async fn write(
        &self,
        attempt: Attempt,
        end: &Arc<Finish>,
    ) -> Result<(), StoreError> {
        let write = |end: Arc<Finish>| async move {
            let now = UnixMillis::now();
            self.store.finish(attempt, &end, now).await
        };
        match written::ended(attempt.task, end, write).await {
            Ok((state, below)) => self.ended(attempt.task, state, below).await,
            Err(StoreError::Fenced(_)) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Ends `task` as `end` says, if nobody works on it and it is not over.
    ///
    /// # Errors
    ///
    /// The database; the task is left as it is then, for the next who looks at it.
    pub async fn end(&self, task: TaskId, end: Finish) -> Result<(), StoreError> {
        let write = |end: Arc<Finish>| async move {
            let now = UnixMillis::now();
            self.store.end_named(task, &end, now).await
        };
        let end = Arc::new(end);
        let (state, below) = written::ended(task, &end, write).await?;
        if let Some(below) = below {
            self.ended(task, state, below).await;
        }
        Ok(())
    }

    /// Has everybody hear of a task that has ended, and of what ended with it.
    async fn ended(&self, task: TaskId, state: TaskState, below: Vec<TaskId>) {
        tracing::info!(%task, state = state.name(), "temporal ended its workflow, and it has ended");
        forget(self.backlog.clone(), below.clone());
        let ended = [&[task], &*below].concat();
        self.supervisor.abort(ended.clone(), None);
        canceled::remember(&self.store, &self.mirror, ended).await;
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
