//! Tasks in SQLite. The tables are described in `migrations/sqlite`.

mod claim;
mod counts;
mod dialogue;
mod erase;
mod finish;
mod fold;
mod follow;
mod probe;
mod recent;
mod rows;
mod snapshot;
mod sql;
mod submit;
mod webhook;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use sqlx::{QueryBuilder, Sqlite as Engine, SqliteConnection, sqlite::SqliteQueryResult};
use tokio::sync::broadcast;

use crate::{
    adapters::{
        database::sqlite::Sqlite,
        store::{Finish, ParentTask, Retry, StoreError, Submitted, TaskFilter, TaskLine, TaskView},
    },
    domain::{
        id::{Owner, TaskId},
        task::{Attempt, NewTask, TaskState},
        time::UnixMillis,
    },
};
use counts::Ended;
use probe::Probe;
use rows::{LineRow, TaskRow};
use submit::{Refusal, insert};
pub(in crate::adapters) use webhook::put as put_webhook;

/// Hints kept for a slow listener; one that falls behind reads everything anew.
const HINTS: usize = 4096;

/// Tasks in the database file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    db: Sqlite,
    changes: broadcast::Sender<TaskId>,
    /// The deepest hand-off seen, so that a claim asks no depth in vain.
    deepest: Arc<AtomicUsize>,
    /// This process, in the column `runner`.
    runner: Arc<str>,
    probe: Probe,
    ended: Arc<Ended>,
}

impl SqliteStore {
    pub(super) async fn new(db: Sqlite) -> Result<Self, StoreError> {
        let deepest: i64 = sqlx::query_scalar(sql::DEEPEST)
            .fetch_one(&db.readers)
            .await?;
        Ok(Self {
            db,
            changes: broadcast::Sender::new(HINTS),
            deepest: Arc::new(AtomicUsize::new(deepest.try_into().unwrap_or(0))),
            runner: uuid::Uuid::new_v4().simple().to_string().into(),
            probe: Probe::default(),
            ended: Arc::default(),
        })
    }

    pub(super) fn changes(&self) -> broadcast::Receiver<TaskId> {
        self.changes.subscribe()
    }

    pub(super) fn changed(&self, id: TaskId) {
        // Nobody listening is fine.
        let _ = self.changes.send(id);
    }

    pub(super) async fn submit(
        &self,
        task: &NewTask,
        max_waiting: u32,
        now: UnixMillis,
    ) -> Result<Submitted, StoreError> {
        let id = task.id;
        self.deepest
            .fetch_max(task.depth as usize, Ordering::AcqRel);
        let task = Arc::new(task.clone());
        let written = self.db.writer.write(move |conn| {
            let task = task.clone();
            Box::pin(async move { insert(conn, &task, max_waiting, now).await })
        });
        match written.await? {
            None => {
                self.changed(id);
                Ok(Submitted::New(id))
            }
            Some(Refusal::Existing(id)) => Ok(Submitted::Existing(rows::task_id(&id)?)),
            Some(Refusal::KeyReused) => Err(StoreError::KeyReused),
            Some(Refusal::ParentEnded(state)) => Err(StoreError::Ended(rows::state(&state)?)),
            Some(Refusal::QueueFull) => Err(StoreError::QueueFull),
        }
    }

    pub(super) async fn finish(
        &self,
        attempt: Attempt,
        end: &Finish,
        now: UnixMillis,
    ) -> Result<Vec<TaskId>, StoreError> {
        let (end, state) = (Arc::new(end.clone()), end.state);
        let written = self.db.writer.write(move |conn| {
            let end = end.clone();
            Box::pin(async move { finish::finish(conn, attempt, &end, now).await })
        });
        let below = written.await?.ok_or(StoreError::Fenced(attempt))?;
        self.changed(attempt.task);
        self.ended.add(state, 1);
        self.canceled(&below)
    }

    /// Counts those that were canceled, and wakes who watches them.
    fn canceled(&self, ids: &[String]) -> Result<Vec<TaskId>, StoreError> {
        let ended: Result<Vec<TaskId>, sqlx::Error> =
            ids.iter().map(|id| rows::task_id(id)).collect();
        let ended = ended?;
        self.ended.add(TaskState::Canceled, ended.len());
        ended.iter().for_each(|id| self.changed(*id));
        Ok(ended)
    }

    pub(super) async fn retry(
        &self,
        attempt: Attempt,
        retry: &Retry,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let retry = retry.clone();
        let written = self.db.writer.write(move |conn| {
            let retry = retry.clone();
            Box::pin(async move {
                sqlx::query(sql::RETRY)
                    .bind(attempt.task.to_string())
                    .bind(attempt.number)
                    .bind(retry.due.0)
                    .bind(retry.detail)
                    .bind(i64::from(!retry.counted))
                    .bind(now.0)
                    .execute(conn)
                    .await
            })
        });
        self.fenced(attempt, written.await?)
    }

    fn fenced(&self, attempt: Attempt, done: SqliteQueryResult) -> Result<(), StoreError> {
        if done.rows_affected() == 0 {
            return Err(StoreError::Fenced(attempt));
        }
        self.changed(attempt.task);
        Ok(())
    }

    pub(super) async fn renew(
        &self,
        attempts: Vec<Attempt>,
        lease: UnixMillis,
    ) -> Result<Vec<Attempt>, StoreError> {
        let attempts: Arc<[Attempt]> = attempts.into();
        let written = self.db.writer.write(move |conn| {
            let attempts = attempts.clone();
            Box::pin(async move {
                let mut lost = Vec::new();
                for attempt in attempts.iter() {
                    let renewed = sqlx::query(sql::RENEW)
                        .bind(attempt.task.to_string())
                        .bind(attempt.number)
                        .bind(lease.0)
                        .execute(&mut *conn)
                        .await?;
                    if renewed.rows_affected() == 0 && is_lost(conn, *attempt).await? {
                        lost.push(*attempt);
                    }
                }
                Ok(lost)
            })
        });
        Ok(written.await?)
    }

    pub(super) async fn take_back(&self, now: UnixMillis) -> Result<u64, StoreError> {
        let written = self.db.writer.write(move |conn| {
            Box::pin(async move { sqlx::query(sql::TAKE_BACK).bind(now.0).execute(conn).await })
        });
        Ok(written.await?.rows_affected())
    }

    pub(super) async fn cancel(
        &self,
        id: TaskId,
        owner: Option<Owner>,
        now: UnixMillis,
    ) -> Result<Vec<TaskId>, StoreError> {
        let before = self.standing(id, owner.as_ref()).await?;
        let written = self
            .db
            .writer
            .write(move |conn| Box::pin(async move { finish::cancel(conn, id, now).await }));
        let ended = self.canceled(&written.await?)?;
        if !ended.contains(&id) {
            let now_state = self.standing(id, owner.as_ref()).await;
            let now_state = now_state.map(|task| task.state);
            return Err(StoreError::Ended(now_state.unwrap_or(before.state)));
        }
        Ok(ended)
    }

    pub(super) async fn task(
        &self,
        id: TaskId,
        owner: Option<&Owner>,
    ) -> Result<TaskView, StoreError> {
        let row: Option<TaskRow> = sqlx::query_as(sql::TASK)
            .bind(id.to_string())
            .bind(owner.map(|o| &*o.issuer))
            .bind(owner.map(|o| &*o.user))
            .fetch_optional(&self.db.readers)
            .await?;
        Ok(row.ok_or(StoreError::NotFound)?.try_into()?)
    }

    pub(super) async fn tasks(&self, filter: &TaskFilter) -> Result<Vec<TaskView>, StoreError> {
        let mut query = QueryBuilder::<Engine>::new(sql::TASKS);
        query.push(" where true");
        if let Some(owner) = &filter.owner {
            query.push(" and issuer = ").push_bind(&*owner.issuer);
            query.push(" and user_id = ").push_bind(&*owner.user);
        }
        if !filter.states.is_empty() {
            query.push(" and state in (");
            let mut listed = query.separated(", ");
            for state in &filter.states {
                listed.push_bind(state.name());
            }
            query.push(")");
        }
        if let Some(parent) = filter.parent {
            query
                .push(" and parent_task_id = ")
                .push_bind(parent.to_string());
        }
        if let Some(before) = filter.before {
            query.push(" and task_id < ").push_bind(before.to_string());
        }
        query
            .push(" order by task_id desc limit ")
            .push_bind(filter.limit);
        let rows: Vec<TaskRow> = query.build_query_as().fetch_all(&self.db.readers).await?;
        let views: Result<_, sqlx::Error> = rows.into_iter().map(TaskView::try_from).collect();
        Ok(views?)
    }

    pub(super) async fn lines(
        &self,
        id: TaskId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<TaskLine>, StoreError> {
        let rows: Vec<LineRow> = sqlx::query_as(sql::LINES)
            .bind(id.to_string())
            .bind(after)
            .bind(limit)
            .fetch_all(&self.db.readers)
            .await?;
        let lines: Result<_, sqlx::Error> = rows.into_iter().map(TaskLine::try_from).collect();
        Ok(lines?)
    }

    pub(super) async fn parent(&self, id: TaskId, owner: &Owner) -> Result<ParentTask, StoreError> {
        let row: Option<(String, u32, String)> = sqlx::query_as(sql::PARENT)
            .bind(id.to_string())
            .bind(&*owner.issuer)
            .bind(&*owner.user)
            .fetch_optional(&self.db.readers)
            .await?;
        let (state, depth, context) = row.ok_or(StoreError::NotFound)?;
        Ok(ParentTask {
            state: rows::state(&state)?,
            depth,
            context,
        })
    }

    pub(super) async fn purge(&self, before: UnixMillis) -> Result<u64, StoreError> {
        let written = self.db.writer.write(move |conn| {
            Box::pin(async move { sqlx::query(sql::PURGE).bind(before.0).execute(conn).await })
        });
        Ok(written.await?.rows_affected())
    }
}

/// Whether the row has moved on without `attempt`. An end that the attempt wrote
/// itself is none of that.
async fn is_lost(conn: &mut SqliteConnection, attempt: Attempt) -> sqlx::Result<bool> {
    let own: Option<i64> = sqlx::query_scalar(sql::STILL_OWN)
        .bind(attempt.task.to_string())
        .bind(attempt.number)
        .fetch_optional(conn)
        .await?;
    Ok(own.is_none())
}
