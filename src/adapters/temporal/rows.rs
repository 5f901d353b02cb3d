//! The table of workflows, and what it says to that of tasks.

use sqlx::FromRow;

use super::telling;
use crate::{
    adapters::{
        database::{Conn, Database, Sql, WriteError},
        store::StoreError,
    },
    domain::{id::TaskId, task::TaskState, time::UnixMillis},
};

/// Takes what is due, and says when each is due again: after 50 ms at first and 30 s
/// at most, the longer the longer nothing has happened.
macro_rules! take {
    ($lock:literal) => {
        concat!(
            "update workflow
                set due_at = $1 + case when $1 - since < 200 then 50
                                       when $1 - since > 120000 then 30000
                                       else ($1 - since) / 4 end
              where task_id in (select task_id from workflow where due_at <= $1
                                 order by due_at limit $2 ",
            $lock,
            ") returning task_id, is_started, is_away, stop_at, since,
                  (select state from task where task.task_id = workflow.task_id) state,
                  (select runner is not null from task
                    where task.task_id = workflow.task_id) is_held,
                  (select target from task where task.task_id = workflow.task_id) target"
        )
    };
}

const TAKE: Sql = Sql::each(take!(""), take!("for update skip locked"));

const NEXT: &str = "select min(due_at) from workflow";

const STARTED: &str = "
    insert into workflow (task_id, due_at, since, is_started) values ($1, $2 + 50, $2, true)
        on conflict (task_id) do update
       set due_at = excluded.due_at, since = excluded.since, is_started = true, is_away = false";

const AWAY: &str = "
    insert into workflow (task_id, due_at, since, is_away) values ($1, $2 + 50, $2, true)
        on conflict (task_id) do update
       set due_at = excluded.due_at, since = excluded.since, is_away = true";

const FORGET: &str = "delete from workflow where task_id = $1";

const STOPPING: &str = "
    update workflow set stop_at = $2, due_at = $3 + 50, since = $3 where task_id = $1";

const TOLD: &str = "
    update workflow set is_away = $2, since = $3, due_at = $3 + 50 where task_id = $1";

const MAKE_ALL_DUE: &str = "
    update task set due_at = $1
     where task_id in (select task_id from workflow)
       and state in ('submitted', 'working') and runner is null and due_at > $1";

/// New tasks are due when they come: only where Temporal runs them they are due later.
const TAKE_BACK: &str = "
    update task set due_at = $1
     where depth >= 0 and due_at > $1 and state = 'submitted' and runner is null
       and substr(target, 1, 11) <> 'temporal://'";

/// The table of workflows. A clone is cheap.
#[derive(Clone, Debug)]
pub struct WorkflowRows(Database);

/// One that is due, with what its task says.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) task: TaskId,
    /// Temporal is known to have it.
    pub(super) is_started: bool,
    /// The task says that Temporal is away.
    pub(super) is_away: bool,
    /// It was asked to end: when it is made to.
    pub(super) stop_at: Option<UnixMillis>,
    /// `None`: its task is gone.
    pub(super) state: Option<TaskState>,
    /// Somebody works on the task.
    pub(super) is_held: bool,
    pub(super) target: String,
    /// When something happened to it last, the end of its task included.
    pub(super) since: UnixMillis,
}

#[derive(FromRow)]
struct Row {
    task_id: String,
    is_started: bool,
    is_away: bool,
    stop_at: Option<i64>,
    state: Option<String>,
    is_held: Option<bool>,
    target: Option<String>,
    since: i64,
}

impl TryFrom<Row> for Due {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let decode = |error| sqlx::Error::Decode(error);
        let state = row.state.map(|state| state.parse::<TaskState>());
        Ok(Self {
            task: row
                .task_id
                .parse()
                .map_err(|_| decode("no task id".into()))?,
            is_started: row.is_started,
            is_away: row.is_away,
            stop_at: row.stop_at.map(UnixMillis),
            state: state.transpose().map_err(|error| decode(error.into()))?,
            is_held: row.is_held.unwrap_or(false),
            target: row.target.unwrap_or_default(),
            since: UnixMillis(row.since),
        })
    }
}

impl WorkflowRows {
    /// Those in `database`.
    pub fn new(database: Database) -> Self {
        Self(database)
    }

    /// Up to `limit` that are due; each is due again later by this.
    pub(super) async fn take(&self, now: UnixMillis, limit: i64) -> Result<Vec<Due>, StoreError> {
        let rows: Vec<Row> = self
            .0
            .lone(move |mut conn| {
                Box::pin(async move { conn.query(TAKE).bind(now.0).bind(limit).all().await })
            })
            .await?;
        let due: Result<_, sqlx::Error> = rows.into_iter().map(Due::try_from).collect();
        Ok(due?)
    }

    /// When the next is due.
    pub(super) async fn next(&self) -> Result<Option<UnixMillis>, StoreError> {
        let next: Option<i64> = self.0.query(NEXT).scalar().await?;
        Ok(next.map(UnixMillis))
    }

    /// How many workflows tasks wait for, or that are to be stopped.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn count(&self) -> Result<i64, StoreError> {
        Ok(self
            .0
            .query("select count(*) from workflow")
            .scalar()
            .await?)
    }

    /// Whether Temporal is known to have the workflow of `task`.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn is_started(&self, task: TaskId) -> Result<bool, StoreError> {
        let sql = "select is_started from workflow where task_id = $1";
        let started = self.0.query(sql).bind(task.to_string());
        Ok(started.optional_scalar().await?.unwrap_or(false))
    }

    /// Temporal has it from now on.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn started(&self, task: TaskId, now: UnixMillis) -> Result<(), StoreError> {
        self.set(STARTED, task, now).await
    }

    /// Temporal could not be asked, and its task says so.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn away(&self, task: TaskId, now: UnixMillis) -> Result<(), StoreError> {
        self.set(AWAY, task, now).await
    }

    /// It has ended.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn forget(&self, task: TaskId) -> Result<(), StoreError> {
        self.run(move |mut conn| {
            Box::pin(async move { conn.query(FORGET).bind(task.to_string()).run().await })
        })
        .await
    }

    /// It was asked to end, and is made to at `stop_at`.
    pub(super) async fn stopping(
        &self,
        task: TaskId,
        stop_at: UnixMillis,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.run(move |mut conn| {
            Box::pin(async move {
                let query = conn.query(STOPPING).bind(task.to_string());
                query.bind(stop_at.0).bind(now.0).run().await
            })
        })
        .await
    }

    /// Has every task of a workflow taken: there is no Temporal to wait for any more.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn make_all_due(&self, now: UnixMillis) -> Result<(), StoreError> {
        self.run(move |mut conn| {
            Box::pin(async move { conn.query(MAKE_ALL_DUE).bind(now.0).run().await })
        })
        .await
    }

    /// Has those taken here that Temporal was to run: it is to run none any more.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn take_back(&self, now: UnixMillis) -> Result<(), StoreError> {
        self.run(move |mut conn| {
            Box::pin(async move { conn.query(TAKE_BACK).bind(now.0).run().await })
        })
        .await
    }

    /// Has the task say what it waits for.
    pub(super) async fn tell(
        &self,
        task: TaskId,
        (detail, is_away): (String, bool),
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let told = self.0.write(move |mut conn| {
            let detail = detail.clone();
            Box::pin(async move {
                let id = task.to_string();
                telling::tell(&mut conn, &id, &detail, now).await?;
                let query = conn.query(TOLD).bind(&id).bind(is_away).bind(now.0);
                query.run().await
            })
        });
        told.await?;
        Ok(())
    }

    async fn set(
        &self,
        sql: &'static str,
        task: TaskId,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.run(move |mut conn| {
            Box::pin(async move {
                let query = conn.query(sql).bind(task.to_string());
                query.bind(now.0).run().await
            })
        })
        .await
    }

    /// `work` is one statement.
    async fn run<F>(&self, work: F) -> Result<(), StoreError>
    where
        F: for<'c> FnMut(Conn<'c>) -> futures_util::future::BoxFuture<'c, sqlx::Result<u64>>
            + Send
            + 'static,
    {
        let written: Result<u64, WriteError> = self.0.lone(work).await;
        written?;
        Ok(())
    }
}
