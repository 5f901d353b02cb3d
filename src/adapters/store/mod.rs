//! Where tasks outlive the process.

pub mod dialogue;
mod error;
mod spoken;
mod sqlite;
mod types;

use tokio::sync::broadcast;

use crate::{
    adapters::database::Database,
    domain::{
        id::{Owner, TaskId},
        task::{Attempt, NewTask},
        time::UnixMillis,
    },
};

pub use error::StoreError;
pub use sqlite::SqliteStore;
pub(in crate::adapters) use sqlite::put_webhook;
pub use types::{
    Claimed, Finish, ParentTask, Retry, Submitted, TaskCounts, TaskFilter, TaskLine, TaskView,
    WebhookView,
};

/// The task store, as one of the databases it can live in. A clone is cheap.
#[derive(Clone, Debug)]
pub enum Store {
    /// One file, one serving process.
    Sqlite(SqliteStore),
}

impl Store {
    /// The store in `database`.
    ///
    /// # Errors
    ///
    /// The database cannot be read.
    pub async fn open(database: Database) -> Result<Self, StoreError> {
        Ok(Self::Sqlite(SqliteStore::new(database.sqlite()).await?))
    }

    /// Accepts a task. On `Ok` it is on disk, and its webhook with it.
    ///
    /// # Errors
    ///
    /// [`StoreError::KeyReused`], [`StoreError::QueueFull`] above `max_waiting`
    /// submitted tasks of the owner, [`StoreError::Ended`] if its parent has
    /// ended; nothing is written then.
    pub async fn submit(
        &self,
        task: &NewTask,
        max_waiting: u32,
        now: UnixMillis,
    ) -> Result<Submitted, StoreError> {
        match self {
            Self::Sqlite(store) => store.submit(task, max_waiting, now).await,
        }
    }

    /// Takes due tasks: at most `places[d]` of depth d, the last place also for
    /// all that is deeper, each with an attempt of its own that holds until
    /// `lease`.
    ///
    /// `running` are the attempts that run in this process. They are never taken
    /// from it: where their lease has run out, as after a suspend, it is renewed
    /// first, in the same transaction.
    ///
    /// # Errors
    ///
    /// The database; nothing is claimed then.
    pub async fn claim(
        &self,
        places: &[usize],
        running: &[Attempt],
        now: UnixMillis,
        lease: UnixMillis,
    ) -> Result<Vec<Claimed>, StoreError> {
        match self {
            Self::Sqlite(store) => store.claim(places, running, now, lease).await,
        }
    }

    /// Records how an attempt ended. Where its agent canceled the task, what that
    /// handed on and is unfinished ends with it, in the same transaction: their
    /// ids.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`] if the task was canceled or claimed again; a
    /// [permanent](StoreError::is_permanent) one if the output is not JSON. The
    /// row is left as it is.
    pub async fn finish(
        &self,
        attempt: Attempt,
        end: &Finish,
        now: UnixMillis,
    ) -> Result<Vec<TaskId>, StoreError> {
        match self {
            Self::Sqlite(store) => store.finish(attempt, end, now).await,
        }
    }

    /// How many tasks are open, and how many have ended here. Takes as long as there
    /// are open ones: 0.2 s for 1,000,000.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn counts(&self) -> Result<TaskCounts, StoreError> {
        match self {
            Self::Sqlite(store) => store.counts().await,
        }
    }

    /// Records that a task is to be tried again.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`], as [`finish`](Self::finish).
    pub async fn retry(
        &self,
        attempt: Attempt,
        retry: &Retry,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.retry(attempt, retry, now).await,
        }
    }

    /// Says that these attempts still run. Those that come back do so in vain:
    /// their task was canceled or claimed without this process's doing.
    ///
    /// # Errors
    ///
    /// The database; the next renewal tries again.
    pub async fn renew(
        &self,
        attempts: Vec<Attempt>,
        lease: UnixMillis,
    ) -> Result<Vec<Attempt>, StoreError> {
        match self {
            Self::Sqlite(store) => store.renew(attempts, lease).await,
        }
    }

    /// Makes every task that a dead process worked on due at once. Only for
    /// stores with one serving process, at its start.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn take_back(&self, now: UnixMillis) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(store) => store.take_back(now).await,
        }
    }

    /// Ends a task and its unfinished children; the ids of all that ended.
    /// `owner` `None` is the command line on the file.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], [`StoreError::Ended`].
    pub async fn cancel(
        &self,
        id: TaskId,
        owner: Option<Owner>,
        now: UnixMillis,
    ) -> Result<Vec<TaskId>, StoreError> {
        match self {
            Self::Sqlite(store) => store.cancel(id, owner, now).await,
        }
    }

    /// One task of `owner`, or of anyone for `None`.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`].
    pub async fn task(&self, id: TaskId, owner: Option<&Owner>) -> Result<TaskView, StoreError> {
        match self {
            Self::Sqlite(store) => store.task(id, owner).await,
        }
    }

    /// Tasks, newest first.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn tasks(&self, filter: &TaskFilter) -> Result<Vec<TaskView>, StoreError> {
        match self {
            Self::Sqlite(store) => store.tasks(filter).await,
        }
    }

    /// The history of a task after line `after`, at most `limit` lines. Empty
    /// also for a task that is not there: ask [`task`](Self::task) first.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn lines(
        &self,
        id: TaskId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<TaskLine>, StoreError> {
        match self {
            Self::Sqlite(store) => store.lines(id, after, limit).await,
        }
    }

    /// What a call made in the name of a task must know of it.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if it is not there or not `owner`'s.
    pub async fn parent(&self, id: TaskId, owner: &Owner) -> Result<ParentTask, StoreError> {
        match self {
            Self::Sqlite(store) => store.parent(id, owner).await,
        }
    }

    /// Deletes up to a thousand tasks that ended before `before`; how many.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn purge(&self, before: UnixMillis) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(store) => store.purge(before).await,
        }
    }

    /// Who has tasks under the name `user`, an issuer each, and how many. For the
    /// command line on the file.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn holders(&self, user: &str) -> Result<Vec<(Owner, u64)>, StoreError> {
        match self {
            Self::Sqlite(store) => store.holders(user).await,
        }
    }

    /// Erases some of `owner`'s ended tasks with their histories, messages,
    /// artifacts and webhooks; how many. To be called until it says 0: then they
    /// are gone from what the disk still knew of them, too.
    ///
    /// # Errors
    ///
    /// The database. Asked again, it goes on.
    pub async fn erase(&self, owner: &Owner) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(store) => store.erase(owner).await,
        }
    }

    /// Whether a row can be written: writes one, unless that was tried within
    /// the last second. Costs a share of one fsync, and takes 5 s at most.
    ///
    /// # Errors
    ///
    /// Why not, the time limit included.
    pub async fn probe(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.probe().await,
        }
    }

    /// Passes on that a task's history grew without this store's doing: a
    /// document was written for it.
    pub fn hint(&self, id: TaskId) {
        match self {
            Self::Sqlite(store) => store.changed(id),
        }
    }

    /// Hints that a task's history grew. One may be lost: read again each second.
    pub fn changes(&self) -> broadcast::Receiver<TaskId> {
        match self {
            Self::Sqlite(store) => store.changes(),
        }
    }
}
