//! What A2A asks of the store: the same rows, spoken about in its way.

use crate::{
    adapters::store::{
        Claimed, Store, StoreError, Submitted, WebhookView,
        dialogue::{Depth, FollowUp, Page, Pause, Recent, Remote, Snapshot, Standing},
    },
    domain::{
        id::{Owner, TaskId},
        task::{Attempt, TaskState},
        time::UnixMillis,
    },
};

impl Store {
    /// Records that the agent waits for the caller. The attempt stays current:
    /// it may finish or resume the task until the caller answers.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`], as [`finish`](Self::finish).
    pub async fn pause(
        &self,
        attempt: Attempt,
        pause: &Pause,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.pause(attempt, pause, now).await,
        }
    }

    /// Records that the agent went on without an answer; the attempt has a lease
    /// again.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`], also where the task does not wait.
    pub async fn resume(
        &self,
        attempt: Attempt,
        now: UnixMillis,
        lease: UnixMillis,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.resume(attempt, now, lease).await,
        }
    }

    /// Records what the agent says in passing, a Message, and its metadata of
    /// the task.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`], as [`finish`](Self::finish).
    pub async fn say(
        &self,
        attempt: Attempt,
        message: String,
        metadata: Option<String>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.say(attempt, message, metadata, now).await,
        }
    }

    /// Records what the agent calls the task.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`] if the task has ended or was claimed again.
    pub async fn attach(&self, attempt: Attempt, remote: Remote) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.attach(attempt, remote).await,
        }
    }

    /// Appends an artifact update: an
    /// [`ArtifactUpdate`](crate::domain::a2a::artifact::ArtifactUpdate) as JSON.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`], as [`finish`](Self::finish).
    pub async fn artifact(
        &self,
        attempt: Attempt,
        update: String,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.artifact(attempt, update, now).await,
        }
    }

    /// Takes the caller's answer to an agent that waits for it. On `Ok` it is on
    /// disk, its webhook with it, and the task is due.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`]; [`StoreError::Ended`];
    /// [`StoreError::NotAsked`] for a task at work; [`StoreError::KeyReused`];
    /// [`StoreError::TooManyWebhooks`]. Nothing is written then.
    pub async fn follow_up(
        &self,
        said: &FollowUp,
        now: UnixMillis,
    ) -> Result<Submitted, StoreError> {
        match self {
            Self::Sqlite(store) => store.follow_up(said, now).await,
        }
    }

    /// What the agent `target` calls a context of `owner`, if it has a name for
    /// it.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn remote_context(
        &self,
        owner: &Owner,
        context: &str,
        target: &str,
    ) -> Result<Option<String>, StoreError> {
        match self {
            Self::Sqlite(store) => store.remote_context(owner, context, target).await,
        }
    }

    /// A task as A2A shows it, of one moment; of `owner`, or of anyone for
    /// `None`.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`].
    pub async fn snapshot(
        &self,
        id: TaskId,
        owner: Option<&Owner>,
        depth: Depth,
    ) -> Result<Snapshot, StoreError> {
        match self {
            Self::Sqlite(store) => store.snapshot(id, owner, depth).await,
        }
    }

    /// Where a task stands; of `owner`, or of anyone for `None`. Cheap, however
    /// much the task holds.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`].
    pub async fn standing(
        &self,
        id: TaskId,
        owner: Option<&Owner>,
    ) -> Result<Standing, StoreError> {
        match self {
            Self::Sqlite(store) => store.standing(id, owner).await,
        }
    }

    /// The webhooks of a task, the oldest first.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn webhooks(&self, id: TaskId) -> Result<Vec<WebhookView>, StoreError> {
        match self {
            Self::Sqlite(store) => store.webhooks(id).await,
        }
    }

    /// Tasks as A2A shows them, the last changed first.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn recent(&self, wanted: &Recent) -> Result<Page, StoreError> {
        match self {
            Self::Sqlite(store) => store.recent(wanted).await,
        }
    }

    /// Tasks that wait for credentials at an agent that has a task of its own for
    /// them, with the attempt that is still theirs: the agent may go on by
    /// itself. In the order of their ids, those after `after`, at most `limit`.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn waiting(
        &self,
        after: Option<TaskId>,
        limit: u32,
    ) -> Result<Vec<Claimed>, StoreError> {
        match self {
            Self::Sqlite(store) => store.waiting(after, limit).await,
        }
    }

    /// A task, with the attempt that was its last, and where it stands; `None`
    /// if it is not there, or if its agent has no task of its own for it.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn attached(&self, id: TaskId) -> Result<Option<(TaskState, Claimed)>, StoreError> {
        match self {
            Self::Sqlite(store) => store.attached(id).await,
        }
    }
}
