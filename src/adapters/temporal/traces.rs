//! What happened to tasks that Temporal does not run, told to it from the lines of their
//! histories. Nothing reads it back: it is for people who look there.

mod lines;
mod walk;

use std::time::Duration;

use super::{Temporal, Trouble, workflow_of};
use crate::{
    adapters::{database::Database, store::StoreError},
    domain::id::TaskId,
};

pub use self::{
    lines::{TraceStep, Traced},
    walk::Walk,
};

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
}
