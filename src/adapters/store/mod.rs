//! Where tasks outlive the process.

mod sqlite;

use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::broadcast;

use crate::{
    adapters::sqlite::{Sqlite, WriteError},
    domain::{
        id::{Owner, SessionId, TaskId},
        identity::Scopes,
        task::{Attempt, NewTask, TaskState},
        time::UnixMillis,
    },
};

pub use sqlite::SqliteStore;

/// The task store, as one of the databases it can live in. A clone is cheap.
#[derive(Clone, Debug)]
pub enum Store {
    /// One file, one serving process.
    Sqlite(SqliteStore),
}

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such task, or not this owner's: the two look alike.
    #[error("unknown task")]
    NotFound,
    /// The row has moved on without this attempt, which must stop quietly.
    #[error("attempt {} is no longer the current one", .0.number)]
    Fenced(Attempt),
    /// The task has ended in this state.
    #[error("the task has ended: {0}")]
    Ended(TaskState),
    /// The idempotency key stands for another request.
    #[error("this Idempotency-Key was used for another request")]
    KeyReused,
    /// The owner has as many waiting tasks as allowed.
    #[error("too many waiting tasks")]
    QueueFull,
    /// The database refused or is closed.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A read failed.
    #[error("database: {0}")]
    Read(#[from] sqlx::Error),
}

/// What became of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// A new row.
    New(TaskId),
    /// The same key and request were accepted before.
    Existing(TaskId),
}

/// A task that this process now works on.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Fences everything written about it.
    pub attempt: Attempt,
    /// Claims that count as tries, this one included.
    pub tries: u32,
    /// Why the last try failed, if there was one.
    pub detail: Option<String>,
    /// The person.
    pub owner: Owner,
    /// The session of the hand-off.
    pub session: SessionId,
    /// The task that handed it off.
    pub parent: Option<TaskId>,
    /// Hand-offs above it.
    pub depth: u32,
    /// Agents it came through, nearest first.
    pub actors: Vec<String>,
    /// What its agent may do.
    pub scopes: Scopes,
    /// Where it goes, as the row says.
    pub target: String,
    /// What to post.
    pub input: String,
}

/// How an attempt ended for good.
#[derive(Clone, Debug)]
pub struct Finish {
    /// Completed, failed or rejected.
    pub state: TaskState,
    /// The result, JSON.
    pub output: String,
    /// A failure, in words.
    pub detail: Option<String>,
}

/// When an attempt is to be followed by another.
#[derive(Clone, Debug)]
pub struct Retry {
    /// When.
    pub due: UnixMillis,
    /// Why, in words.
    pub detail: Option<String>,
    /// Whether this attempt counts as a try.
    pub counted: bool,
}

/// A task as its owner sees it.
#[derive(Clone, Debug)]
pub struct TaskView {
    /// Its name.
    pub id: TaskId,
    /// Whose it is.
    pub owner: Owner,
    /// The session of the hand-off.
    pub session: SessionId,
    /// The conversation.
    pub context: String,
    /// Who handed it off.
    pub parent: Option<TaskId>,
    /// Where it goes.
    pub target: String,
    /// Where it stands.
    pub state: TaskState,
    /// Why it waits or failed, in words.
    pub detail: Option<String>,
    /// Claims so far.
    pub attempt: u32,
    /// The result, JSON as the agent wrote it.
    pub output: Option<Box<RawValue>>,
    /// The beginning of what was asked; only in lists.
    pub title: Option<String>,
    /// Accepted at.
    pub created_at: UnixMillis,
    /// Last changed at.
    pub updated_at: UnixMillis,
}

/// One line of a task's history: a row of `task_event`.
#[derive(Clone, Debug, Serialize)]
pub struct TaskLine {
    /// 1, 2, 3 … within the task.
    pub seq: i64,
    /// When.
    pub at: UnixMillis,
    /// What happened.
    pub kind: String,
    /// Where the task stood then.
    pub state: TaskState,
    /// Which attempt.
    pub attempt: u32,
    /// More about it.
    pub data: Option<Box<RawValue>>,
}

impl TaskLine {
    /// Whether nothing but documents can follow.
    pub fn is_last(&self) -> bool {
        self.kind == self.state.name() && self.state.is_terminal()
    }
}

/// Which of an owner's tasks to list.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    /// Whose; `None` is everyone's, for the command line on the file.
    pub owner: Option<Owner>,
    /// Only in one of these states; empty is any.
    pub states: Vec<TaskState>,
    /// Only children of this task.
    pub parent: Option<TaskId>,
    /// Only older ones than this.
    pub before: Option<TaskId>,
    /// At most so many.
    pub limit: u32,
}

/// What a hand-off must know of the task it comes from.
#[derive(Clone, Debug)]
pub struct ParentTask {
    /// Where it stands.
    pub state: TaskState,
    /// Hand-offs above it.
    pub depth: u32,
    /// The conversation, which its children share.
    pub context: String,
}

impl Store {
    /// The store in `database`.
    ///
    /// # Errors
    ///
    /// The database cannot be read.
    pub async fn sqlite(database: Sqlite) -> Result<Self, StoreError> {
        Ok(Self::Sqlite(SqliteStore::new(database).await?))
    }

    /// Accepts a task. On `Ok` it is on disk.
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

    /// Takes due tasks: at most `places[d]` of depth d, each with an attempt of
    /// its own that holds until `lease`.
    ///
    /// # Errors
    ///
    /// The database; nothing is claimed then.
    pub async fn claim(
        &self,
        places: &[usize],
        now: UnixMillis,
        lease: UnixMillis,
    ) -> Result<Vec<Claimed>, StoreError> {
        match self {
            Self::Sqlite(store) => store.claim(places, now, lease).await,
        }
    }

    /// Records how an attempt ended.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`] if the task was canceled or claimed again; the
    /// row is left as it is.
    pub async fn finish(
        &self,
        attempt: Attempt,
        end: &Finish,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.finish(attempt, end, now).await,
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

    /// Whether a row could be written now.
    ///
    /// # Errors
    ///
    /// Why not.
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
