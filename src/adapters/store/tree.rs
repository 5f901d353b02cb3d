//! A whole hand-off: a task, those it was handed on as, and what was tried.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use serde_json::{Value, value::RawValue};
use sqlx::FromRow;

use super::{Store, StoreError, TaskView, rows, rows::TaskRow, title::title};
use crate::{
    adapters::database::{Conn, Sql},
    domain::{
        attempt::{KINDS, Run, Turn, runs},
        id::{Owner, TaskId},
        time::UnixMillis,
    },
};

/// Tasks of one hand-off.
const TASKS: usize = 500;
/// Inputs and outputs together, in bytes; one that does not fit is left out.
const BYTES: usize = 8 << 20;

/// The first task above one, or that one.
const ROOT: &str = "
    with recursive up (task_id, parent_task_id, nth) as (
        select task_id, parent_task_id, 0 from task
         where task_id = $1 and issuer = $2 and user_id = $3
         union all
        select above.task_id, above.parent_task_id, up.nth + 1
          from up join task above on above.task_id = up.parent_task_id
         where above.issuer = $2 and above.user_id = $3 and up.nth < 100)
    select task_id from up order by nth desc limit 1";

/// Level by level, so that what is cut is the deepest. The first text walks down, the
/// second says how a title is read.
macro_rules! tree {
    ($walk:literal, $title:expr) => {
        concat!(
            "
    with recursive tree (task_id) as (",
            $walk,
            ")
    select task.task_id, issuer, user_id, session_id, context_id, parent_task_id, depth, target,
           state, detail, attempt, created_at, updated_at,
           case when octet_length(output) <= 65536 then output end output,
           case when octet_length(input) <= 65536 then input end input,
           cast(octet_length(input) as bigint) input_bytes,
           cast(octet_length(output) as bigint) output_bytes, ",
            $title,
            ",
           exists (select 1 from workflow where workflow.task_id = task.task_id) is_in_temporal
      from task
     where task_id in (select task_id from tree limit $2) order by task_id"
        )
    };
}

const TREE: Sql = Sql::each(
    tree!(
        "
        select $1
         union all
        select task.task_id from tree join task on task.parent_task_id = tree.task_id
         limit $2",
        title!(file)
    ),
    tree!(
        "
        select cast($1 as text) collate \"C\"
         union all
        select child.task_id
          from tree cross join lateral (
               select task_id from task
                where parent_task_id = tree.task_id order by task_id limit $2) child",
        title!(server)
    ),
);

/// The lines of a file in a part of each history.
macro_rules! turns {
    ($part:literal) => {
        concat!(
            "
    select line.task_id, at, kind, attempt, substr(data ->> '$.detail', 1, 1000) detail, seq
      from json_each($1) those join task_event line on line.task_id = those.value and ",
            $part,
            "
     where kind in (select value from json_each($2))"
        )
    };
}

/// What each attempt begins and ends with, of the first and of the last hundred lines of
/// a history, which are numbered without a gap: in between an agent may have said a
/// hundred thousand things.
const TURNS: Sql = Sql::each(
    concat!(
        turns!("line.seq <= 100"),
        " union all ",
        turns!(
            "line.seq > 100 and line.seq >
                (select max(seq) from task_event last where last.task_id = those.value) - 100"
        ),
        " order by 1, 6"
    ),
    "
    select task_id, at, kind, attempt, substr(readable_json(data) ->> 'detail', 1, 1000) detail
      from json_array_elements_text($1::json) those cross join lateral (
           (select * from task_event where task_id = those.value and seq <= 100
             order by seq limit 100)
           union all
           (select * from task_event where task_id = those.value and seq > 100
             order by seq desc limit 100)) line
     where kind in (select json_array_elements_text($2::json))
     order by task_id, seq",
);

/// A whole hand-off, as of one moment.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Its first task.
    pub root: TaskId,
    /// All of its tasks, the oldest first.
    pub tasks: Vec<Branch>,
    /// Whether there is more of it.
    pub is_cut: bool,
}

/// One task of a hand-off.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The task; its output only up to 64 KiB.
    pub task: TaskView,
    /// What it was given, JSON; only up to 64 KiB.
    pub input: Option<Box<RawValue>>,
    /// How long that is.
    pub input_bytes: u64,
    /// How long its output is, where there is one.
    pub output_bytes: Option<u64>,
    /// What was tried.
    pub runs: Vec<Run>,
    /// Whether a workflow of Temporal is known to be under way, or to be begun.
    pub is_in_temporal: bool,
}

#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    task: TaskRow,
    input: Option<String>,
    input_bytes: i64,
    output_bytes: Option<i64>,
    is_in_temporal: bool,
}

#[derive(FromRow)]
struct TurnRow {
    task_id: String,
    at: i64,
    kind: String,
    #[sqlx(try_from = "i64")]
    attempt: u32,
    detail: Option<String>,
}

impl Store {
    /// The whole hand-off that a task of `owner` belongs to: 500 tasks at most.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`].
    pub async fn tree(&self, id: TaskId, owner: &Owner) -> Result<Tree, StoreError> {
        let owner = owner.clone();
        let found = self.db.read(move |mut conn| {
            Box::pin(async move {
                let Some(root) = root(&mut conn, id, &owner).await? else {
                    return Ok(None);
                };
                grown(&mut conn, &root).await.map(Some)
            })
        });
        found.await?.ok_or(StoreError::NotFound)
    }
}

async fn root(conn: &mut Conn<'_>, id: TaskId, owner: &Owner) -> sqlx::Result<Option<String>> {
    let root = conn.query(ROOT).bind(id.to_string());
    let root = root.bind(&*owner.issuer).bind(&*owner.user);
    root.optional_scalar().await
}

async fn grown(conn: &mut Conn<'_>, root: &str) -> sqlx::Result<Tree> {
    let mut rows = read(conn, root).await?;
    let is_more = rows.len() > TASKS;
    rows.truncate(TASKS);
    let ids: Value = rows.iter().map(|row| row.task.id()).collect();
    let mut turns = turns(conn, ids.to_string()).await?;
    let tasks = rows.into_iter().map(|row| {
        let turns = turns.remove(row.task.id()).unwrap_or_default();
        row.grown(turns)
    });
    let tasks: Vec<_> = tasks.collect::<sqlx::Result<_>>()?;
    Ok(Tree {
        root: rows::task_id(root)?,
        is_cut: is_more || tasks.iter().any(Branch::is_cut),
        tasks,
    })
}

/// One more than there is room for, if there are. Row by row: what is too much together
/// is not held.
async fn read(conn: &mut Conn<'_>, root: &str) -> sqlx::Result<Vec<Row>> {
    let tree = conn.query(TREE).bind(root).bind(TASKS as i64 + 1);
    let mut stream = tree.stream::<Row>();
    let (mut rows, mut room) = (Vec::new(), BYTES);
    while let Some(mut row) = stream.try_next().await? {
        room -= row.fit(room);
        rows.push(row);
    }
    Ok(rows)
}

/// By task.
async fn turns(conn: &mut Conn<'_>, ids: String) -> sqlx::Result<HashMap<String, Vec<Turn>>> {
    let kinds: Value = KINDS.into_iter().collect();
    let told = conn.query(TURNS).bind(ids).bind(kinds.to_string());
    let mut turns: HashMap<String, Vec<Turn>> = HashMap::new();
    for row in told.all::<TurnRow>().await? {
        let turn = Turn {
            at: UnixMillis(row.at),
            kind: row.kind,
            attempt: row.attempt,
            detail: row.detail,
        };
        turns.entry(row.task_id).or_default().push(turn);
    }
    Ok(turns)
}

impl Branch {
    /// Whether there were more attempts: each claim is one, and has a line.
    fn is_cut(&self) -> bool {
        self.runs.len() < self.task.attempt as usize
    }
}

impl Row {
    /// Leaves out what there is no room for; how much there is then.
    fn fit(&mut self, room: usize) -> usize {
        let mut bytes = self.input.as_ref().map_or(0, String::len);
        if bytes > room {
            (self.input, bytes) = (None, 0);
        }
        if bytes + self.task.bytes() > room {
            self.task.leave_out();
        }
        bytes + self.task.bytes()
    }

    fn grown(self, turns: Vec<Turn>) -> sqlx::Result<Branch> {
        Ok(Branch {
            task: self.task.try_into()?,
            input: rows::raw(self.input)?,
            input_bytes: self.input_bytes.unsigned_abs(),
            output_bytes: self.output_bytes.map(i64::unsigned_abs),
            runs: runs(turns),
            is_in_temporal: self.is_in_temporal,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::database::Database;

    #[actix::test]
    async fn of_a_long_history_its_first_and_its_last_lines_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("a.db").display());
        let db = Database::open(&url.parse().unwrap()).await.unwrap();
        let plan = db
            .query(TURNS)
            .bind("[]")
            .bind("[]")
            .plan()
            .await
            .join("\n");
        for range in ["(task_id=? AND seq<?)", "(task_id=? AND seq>?)"] {
            let read = format!("SEARCH line USING PRIMARY KEY {range}");
            assert!(plan.contains(&read), "{plan}");
        }
        assert!(!plan.contains("SCAN line"), "{plan}");
    }
}
