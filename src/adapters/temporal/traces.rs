//! What happened to tasks that Temporal does not run, told to it from the lines of their
//! histories. Nothing reads it back: it is for people who look there.

use std::time::Duration;

use serde::Deserialize;

use super::{Temporal, Trouble, workflow_of};
use crate::{
    adapters::{
        database::Database,
        store::{Store, StoreError, TaskLine, TaskView},
    },
    domain::{id::TaskId, time::UnixMillis},
};

/// Lines that are told in one piece, at most.
const LINES: u32 = 200;

const PLACE: &str = "select at from trace_place where id = 1";

const MOVE: &str = "
    insert into trace_place (id, at) values (1, $1)
        on conflict (id) do update set at = excluded.at";

/// Tasks that changed since a moment and that nobody works on: in the order of an index.
const RESTING: &str = "
    select task_id, updated_at from task
     where due_at is null and (updated_at > $1 or updated_at = $1 and task_id > $2)
     order by updated_at, task_id limit $3";

const OPEN: &str = "
    select task_id, updated_at from task
     where state in ('submitted', 'working') and updated_at >= $1";

const ENDED_BETWEEN: &str = "
    select count(*) from task where due_at is null and updated_at >= $1 and updated_at < $2";

/// One thing that happened, as it stands in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceStep {
    /// Its number in the task's history.
    pub seq: i64,
    /// When.
    pub at: UnixMillis,
    /// What kind of thing.
    pub kind: String,
    /// Where the task stood then, as its row says.
    pub state: &'static str,
    /// Which attempt.
    pub attempt: u32,
    /// A few words: why it waits or failed, or to whom it was handed on. Nothing of
    /// what was asked or answered.
    pub detail: Option<String>,
}

/// How far a task has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The last line.
    pub seq: i64,
    /// Nothing but documents can follow, and they are not told.
    pub is_over: bool,
}

/// Why a task has not been told.
#[derive(Debug, thiserror::Error)]
pub enum NotTold {
    /// The rows cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Temporal did not take it.
    #[error(transparent)]
    Temporal(#[from] Trouble),
}

/// Where a walk over tasks stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    at: UnixMillis,
    task: String,
}

/// Tells Temporal what happened to tasks. A clone is cheap.
#[derive(Clone, Debug)]
pub struct TaskTraces {
    temporal: Temporal,
    db: Database,
    store: Store,
    /// The longest that a trace may take.
    lasts: Duration,
}

impl TaskTraces {
    /// Of the tasks in `store`; a trace takes as long as its task, and `lasts` at most.
    pub fn new(temporal: Temporal, db: Database, store: Store, lasts: Duration) -> Self {
        Self {
            temporal,
            db,
            store,
            lasts,
        }
    }

    /// Whether Temporal can be told anything now.
    pub fn is_up(&self) -> bool {
        self.temporal.away().is_none()
    }

    /// Tells what happened to `task` after line `after`; telling it again does no harm.
    ///
    /// # Errors
    ///
    /// [`NotTold`]: to be told later.
    pub async fn tell(&self, task: TaskId, after: i64) -> Result<Told, NotTold> {
        let (mut seq, mut is_over) = (after, true);
        if let Some(view) = self.traced(task).await? {
            is_over = false;
            let mut is_more = true;
            while is_more && !is_over {
                (seq, is_over, is_more) = self.tell_some(&view, seq).await?;
            }
        }
        Ok(Told { seq, is_over })
    }

    /// The task, unless it was erased meanwhile, or Temporal runs it and knows it all.
    async fn traced(&self, task: TaskId) -> Result<Option<TaskView>, StoreError> {
        match self.store.task(task, None).await {
            Ok(view) => Ok(workflow_of(&view.target).is_none().then_some(view)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Tells some lines after `after`: up to which, whether the task is over with them,
    /// and whether there may be more.
    async fn tell_some(&self, task: &TaskView, after: i64) -> Result<(i64, bool, bool), NotTold> {
        let lines = self.store.lines(task.id, after, LINES).await?;
        let Some(last) = lines.last() else {
            return Ok((after, false, false));
        };
        let (seq, state) = (last.seq, last.state);
        let is_over = lines.iter().any(TaskLine::is_last);
        let is_more = lines.len() as u32 == LINES;
        let steps: Vec<_> = lines.into_iter().filter(is_step).map(step).collect();
        if !steps.is_empty() {
            let told = self
                .temporal
                .trace(task, (steps, state), is_over, self.lasts);
            told.await?;
        }
        Ok((seq, is_over, is_more))
    }

    /// Up to which moment everything was told; `None` before the first time.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn place(&self) -> Result<Option<UnixMillis>, StoreError> {
        let place: Option<i64> = self.db.query(PLACE).optional_scalar().await?;
        Ok(place.map(UnixMillis))
    }

    /// Notes that everything up to `at` was told.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn move_place(&self, at: UnixMillis) -> Result<(), StoreError> {
        let moved = self.db.write(move |mut conn| {
            Box::pin(async move { conn.query(MOVE).bind(at.0).run().await })
        });
        moved.await?;
        Ok(())
    }

    /// The tasks that changed since `place`: those that are open, and where to walk on
    /// for the others.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn open_since(&self, place: UnixMillis) -> Result<(Vec<TaskId>, Walk), StoreError> {
        let open: Vec<(String, i64)> = self.db.query(OPEN).bind(place.0).all().await?;
        let walk = Walk {
            at: place,
            task: String::new(),
        };
        Ok((ids(open.iter()), walk))
    }

    /// The next tasks that changed and rest now, `limit` at most, and where to go on;
    /// `None` when these were all.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn resting(
        &self,
        walk: Walk,
        limit: i64,
    ) -> Result<(Vec<TaskId>, Option<Walk>), StoreError> {
        let query = self.db.query(RESTING).bind(walk.at.0).bind(&walk.task);
        let page: Vec<(String, i64)> = query.bind(limit).all().await?;
        let is_full = page.len() as i64 == limit;
        let next = page.last().filter(|_| is_full).map(|(task, at)| Walk {
            at: UnixMillis(*at),
            task: task.clone(),
        });
        Ok((ids(page.iter()), next))
    }

    /// How many tasks came to rest between two moments.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn rested(&self, from: UnixMillis, to: UnixMillis) -> Result<i64, StoreError> {
        let count = self.db.query(ENDED_BETWEEN).bind(from.0).bind(to.0);
        Ok(count.scalar().await?)
    }
}

fn ids<'a>(rows: impl Iterator<Item = &'a (String, i64)>) -> Vec<TaskId> {
    rows.filter_map(|(task, _)| task.parse().ok()).collect()
}

/// Pieces of a stream are no steps; the whole answer is.
fn is_step(line: &TaskLine) -> bool {
    !(line.kind == "artifact" && line.data.is_some())
}

fn step(line: TaskLine) -> TraceStep {
    let detail = words(&line);
    TraceStep {
        seq: line.seq,
        at: line.at,
        kind: line.kind,
        state: line.state.name(),
        attempt: line.attempt,
        detail,
    }
}

/// What may be told of a line's data.
#[derive(Deserialize)]
struct Data {
    detail: Option<String>,
    task_id: Option<String>,
    target: Option<String>,
}

fn words(line: &TaskLine) -> Option<String> {
    let data: Data = serde_json::from_str(line.data.as_deref()?.get()).ok()?;
    match &*line.kind {
        "child" => Some(format!("{} for {}", data.task_id?, data.target?)),
        "retry" | "released" | "failed" | "rejected" | "canceled" => data.detail,
        _ => None,
    }
}
