//! Where tasks outlive the process: rows in the database, described in
//! `migrations/sqlite`. Several gateways may share those of a server.

mod channel;
mod claim;
mod counts;
pub mod dialogue;
mod ear;
mod erase;
mod error;
mod finish;
mod fold;
mod follow;
mod hints;
mod leases;
mod list;
mod named;
mod news;
mod probe;
mod reading;
mod recent;
mod rows;
mod snapshot;
mod spoken;
mod sql;
mod submit;
mod title;
pub mod tree;
mod types;
mod webhook;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Semaphore;

use crate::{
    adapters::database::Database,
    domain::{
        id::{Owner, TaskId},
        task::{Attempt, NewTask, TaskState},
        time::UnixMillis,
    },
};
use counts::Ended;
use dialogue::Product;
use hints::Hints;
use probe::Probe;
use submit::Refusal;

pub use error::StoreError;
pub use hints::Change;
pub use named::Waiting;
pub use types::{
    Claimed, Finish, ParentTask, Retry, Submitted, TaskCounts, TaskFilter, TaskLine, TaskPage,
    TaskView, WebhookView,
};
pub(in crate::adapters) use webhook::put as put_webhook;

/// The task store. A clone is cheap.
#[derive(Clone, Debug)]
pub struct Store {
    db: Database,
    hints: Hints,
    /// The deepest hand-off seen, so that a claim in a file asks no depth in vain.
    deepest: Arc<AtomicUsize>,
    /// This process, in the column `runner`.
    runner: Arc<str>,
    probe: Probe,
    ended: Arc<Ended>,
    /// Turns of those who search.
    searches: Arc<Semaphore>,
}

impl Store {
    /// The store in `database`.
    ///
    /// # Errors
    ///
    /// The database cannot be read.
    pub async fn open(database: Database) -> Result<Self, StoreError> {
        let deepest: i64 = match database.is_shared() {
            true => 0,
            false => database.query(sql::DEEPEST).scalar().await?,
        };
        Ok(Self {
            hints: Hints::new(database.is_shared()),
            db: database,
            deepest: Arc::new(AtomicUsize::new(deepest.try_into().unwrap_or(0))),
            runner: uuid::Uuid::new_v4().simple().to_string().into(),
            probe: Probe::default(),
            ended: Arc::default(),
            searches: Arc::new(Semaphore::new(list::SEARCHES)),
        })
    }

    /// Whether other gateways may work on the same tasks.
    pub fn is_shared(&self) -> bool {
        self.db.is_shared()
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
        let id = task.id;
        self.deepest
            .fetch_max(task.depth as usize, Ordering::AcqRel);
        let work = submit::work(Arc::new(task.clone()), max_waiting, now);
        let refused = match task.webhook {
            None => self.db.lone(work).await?,
            Some(_) => self.db.write(work).await?,
        };
        match refused {
            None => {
                self.grew(id);
                Ok(Submitted::New(id))
            }
            Some(Refusal::Existing(id)) => Ok(Submitted::Existing(rows::task_id(&id)?)),
            Some(Refusal::KeyReused) => Err(StoreError::KeyReused),
            Some(Refusal::ParentEnded(state)) => Err(StoreError::Ended(rows::state(&state)?)),
            Some(Refusal::QueueFull) => Err(StoreError::QueueFull),
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
        let (work, state) = (finish::work(attempt, end, now, &self.runner), end.state);
        let written = match end.artifacts == Product::Output && state != TaskState::Canceled {
            true => self.db.lone(work).await?,
            false => self.db.write(work).await?,
        };
        let below = written.ok_or(StoreError::Fenced(attempt))?;
        self.ended(attempt.task, state, &below)
    }

    /// Counts a task that ended in `state` and what was canceled with it, `below`, and
    /// wakes who watches them.
    fn ended(
        &self,
        task: TaskId,
        state: TaskState,
        below: &[String],
    ) -> Result<Vec<TaskId>, StoreError> {
        self.grew(task);
        self.ended.add(state, 1);
        self.canceled(below)
    }

    /// Counts those that were canceled, and wakes who watches them.
    fn canceled(&self, ids: &[String]) -> Result<Vec<TaskId>, StoreError> {
        let ended: Result<Vec<TaskId>, sqlx::Error> =
            ids.iter().map(|id| rows::task_id(id)).collect();
        let ended = ended?;
        self.ended.add(TaskState::Canceled, ended.len());
        ended.iter().for_each(|id| self.grew(*id));
        Ok(ended)
    }

    /// Ends a task and its unfinished children; the ids of all that ended.
    /// `owner` `None` is the command line beside the gateway.
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
        let before = self.standing(id, owner.as_ref()).await?;
        let who = self.runner.clone();
        let written = self.db.write(move |mut conn| {
            let who = who.clone();
            Box::pin(async move { finish::cancel(&mut conn, id, now, &who).await })
        });
        let ended = self.canceled(&written.await?)?;
        if !ended.contains(&id) {
            let now_state = self.standing(id, owner.as_ref()).await;
            let now_state = now_state.map(|task| task.state);
            return Err(StoreError::Ended(now_state.unwrap_or(before.state)));
        }
        Ok(ended)
    }

    /// Deletes up to a thousand tasks that ended before `before`; how many.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn purge(&self, before: UnixMillis) -> Result<u64, StoreError> {
        let written = self.db.write(move |mut conn| {
            Box::pin(async move { conn.query(sql::PURGE).bind(before.0).run().await })
        });
        Ok(written.await?)
    }

    /// What a write about `attempt` came to, that touched so many rows.
    fn heard(&self, attempt: Attempt, rows: u64) -> Result<(), StoreError> {
        if rows == 0 {
            return Err(StoreError::Fenced(attempt));
        }
        self.grew(attempt.task);
        Ok(())
    }
}
