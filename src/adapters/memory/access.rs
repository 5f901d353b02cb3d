//! What agents did to memory in the name of a task: rows that say that they did it, and
//! not what they looked for. They go with their task.

use std::sync::Arc;

use serde_json::{Value, json};
use sqlx::FromRow;

use crate::{
    adapters::database::{Database, Sql, WriteError},
    domain::{
        id::{Owner, TaskId},
        time::UnixMillis,
    },
};

/// The same but for how rows of JSON are read.
macro_rules! insert {
    ($id:literal, $fields:literal, $from:literal) => {
        concat!(
            "
    insert into memory_access (task_id, access_id, nth, at, duration_ms, op, event_id, found)
    select task_id, access_id, nth, at, duration_ms, op, event_id, found
      from (select task.task_id, ",
            $fields,
            ",
                   row_number() over (partition by task.task_id order by ",
            $id,
            ")
                     + coalesce((select earlier.nth from memory_access earlier
                                  where earlier.task_id = task.task_id
                                  order by earlier.access_id desc limit 1), 0) nth
              from ",
            $from,
            ") done
     where nth <= 2000
        on conflict (task_id, access_id) do nothing"
        )
    };
}

/// What a task did after so much of it is not kept. A task that is gone has none.
const INSERT: Sql = Sql::each(
    insert!(
        "done.value ->> 1",
        "done.value ->> 1 access_id, done.value ->> 2 at, done.value ->> 3 duration_ms,
                   done.value ->> 4 op, done.value ->> 5 event_id, done.value ->> 6 found",
        "json_each($1) done join task on task.task_id = done.value ->> 0"
    ),
    insert!(
        "done ->> 1",
        "done ->> 1 access_id, (done ->> 2)::bigint at, (done ->> 3)::bigint duration_ms,
                   done ->> 4 op, done ->> 5 event_id, (done ->> 6)::bigint found",
        "json_array_elements($1::json) done join task on task.task_id = done ->> 0"
    ),
);

/// In the order of their ends. Titles as memory has them now.
macro_rules! of_tasks {
    ($wanted:literal) => {
        concat!(
            "
    select a.task_id, a.at, a.duration_ms, a.op, a.event_id, e.title, a.found
      from memory_access a
      join task on task.task_id = a.task_id and task.issuer = $2 and task.user_id = $3
      left join memory_event e on e.event_id = a.event_id
     where a.task_id ",
            $wanted,
            "
     order by a.access_id limit $4"
        )
    };
}

const OF_TASKS: Sql = Sql::each(
    of_tasks!("in (select value from json_each($1))"),
    of_tasks!("= any (array(select json_array_elements_text($1::json)))"),
);

/// Tasks whose rows are erased by one statement: others want to write in between.
const SOME: i64 = 1000;

/// The last of the next tasks, and whether any of them has rows.
const NEXT: &str = "
    with next as (
        select task_id from task
         where issuer = $1 and user_id = $2 and task_id > $3 order by task_id limit $4)
    select max(task_id),
           exists (select 1 from memory_access a join next on next.task_id = a.task_id)
      from next";

const ERASE: &str = "
    delete from memory_access
     where task_id in (select task_id from task
                        where issuer = $1 and user_id = $2 and task_id > $3 and task_id <= $4)";

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// A document was kept.
    Write,
    /// One event was read.
    Read,
    /// Events were listed.
    List,
    /// Events were searched.
    Search,
}

impl Op {
    fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
            Self::List => "list",
            Self::Search => "search",
        }
    }
}

/// One use of memory in the name of a task.
#[derive(Clone, Debug)]
pub struct Access {
    /// uuid v7.
    pub id: uuid::Uuid,
    /// The task.
    pub task: TaskId,
    /// When it began.
    pub at: UnixMillis,
    /// How long it took.
    pub duration_ms: u64,
    /// What it was.
    pub op: Op,
    /// The event, where it was one.
    pub event: Option<uuid::Uuid>,
    /// How many events there were.
    pub found: Option<u64>,
}

impl Access {
    fn row(&self) -> Value {
        json!([
            self.task,
            self.id,
            self.at.0,
            self.duration_ms,
            self.op.name(),
            self.event,
            self.found,
        ])
    }
}

/// One use of memory, as it is read.
#[derive(Clone, Debug, FromRow)]
pub struct Accessed {
    /// The task.
    pub task_id: String,
    /// When it began, in ms since the Unix epoch.
    pub at: i64,
    /// How long it took.
    pub duration_ms: i64,
    /// `write`, `read`, `list` or `search`.
    pub op: String,
    /// The event, where it was one.
    pub event_id: Option<String>,
    /// Its title, if the database has it.
    pub title: Option<String>,
    /// How many events there were.
    pub found: Option<i64>,
}

/// The table of them. A clone is cheap.
#[derive(Clone, Debug)]
pub struct AccessTable(Database);

impl AccessTable {
    /// The table in `db`.
    pub fn new(db: Database) -> Self {
        Self(db)
    }

    /// Writes a batch. Written again, a row is kept once.
    ///
    /// # Errors
    ///
    /// The database; nothing of the batch is kept then.
    pub async fn write(&self, batch: &[Access]) -> Result<(), WriteError> {
        let rows: Value = batch.iter().map(Access::row).collect();
        let rows: Arc<str> = rows.to_string().into();
        let written = self.0.lone(move |mut conn| {
            let rows = rows.clone();
            Box::pin(async move { conn.query(INSERT).bind(rows).run().await })
        });
        written.await.map(drop)
    }

    /// Those in the name of `tasks`, all of them `owner`'s; at most `limit`.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn of(
        &self,
        tasks: &[TaskId],
        owner: &Owner,
        limit: u32,
    ) -> sqlx::Result<Vec<Accessed>> {
        let found = self.0.query(OF_TASKS).bind(json!(tasks).to_string());
        let found = found.bind(&owner.issuer).bind(&owner.user);
        found.bind(limit).all().await
    }
}

/// Erases those in the name of tasks of `owner`. Where there are none, nothing is written.
pub(super) async fn erase(db: &Database, owner: &Owner) -> Result<(), WriteError> {
    let mut after = String::new();
    loop {
        let next = db.query(NEXT).bind(&owner.issuer).bind(&owner.user);
        let next: (Option<String>, bool) = next.bind(&after).bind(SOME).one().await?;
        let (Some(last), has_some) = next else {
            return Ok(());
        };
        if has_some {
            erase_some(db, (owner, &after, &last)).await?;
        }
        after = last;
    }
}

/// Those of the tasks after one, up to another.
async fn erase_some(
    db: &Database,
    (owner, after, last): (&Owner, &str, &str),
) -> Result<(), WriteError> {
    let some = (owner.clone(), after.to_owned(), last.to_owned());
    let some = Arc::new(some);
    let erased = db.lone(move |mut conn| {
        let some = some.clone();
        Box::pin(async move {
            let (owner, after, last) = &*some;
            let rows = conn.query(ERASE).bind(&owner.issuer).bind(&owner.user);
            rows.bind(after).bind(last).run().await
        })
    });
    erased.await.map(drop)
}
