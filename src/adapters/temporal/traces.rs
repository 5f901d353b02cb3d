//! What happened to tasks that Temporal does not run, told to it from the lines of their
//! histories. Nothing reads it back: it is for people who look there.

mod lines;

use std::time::Duration;

use super::{Temporal, Trouble, workflow_of};
use crate::{
    adapters::{database::Database, store::StoreError},
    domain::{id::TaskId, time::UnixMillis},
};

pub use lines::{TraceStep, Traced};

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
    /// The longest that a trace may take.
    lasts: Duration,
}

impl TaskTraces {
    /// Of the tasks in `db`; a trace takes as long as its task, and `lasts` at most.
    pub fn new(temporal: Temporal, db: Database, lasts: Duration) -> Self {
        Self {
            temporal,
            db,
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
        let named = lines::task(&self.db, task).await?;
        // Without it: erased meanwhile, or run by Temporal, which knows it all.
        let Some(named) = named.filter(|task| workflow_of(&task.target).is_none()) else {
            return Ok(Told {
                seq: after,
                is_over: true,
            });
        };
        let mut told = Told {
            seq: after,
            is_over: false,
        };
        while let Some(page) = lines::page(&self.db, task, told.seq).await? {
            let is_more = page.is_full && !page.is_over;
            told = self.tell_page(&named, page).await?;
            if !is_more {
                break;
            }
        }
        Ok(told)
    }

    async fn tell_page(&self, task: &Traced, page: lines::Page) -> Result<Told, Trouble> {
        let (seq, is_over) = (page.seq, page.is_over);
        if !page.steps.is_empty() {
            let steps = (page.steps, page.state);
            let told = self.temporal.trace(task, steps, is_over, self.lasts);
            told.await?;
        }
        Ok(Told { seq, is_over })
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
