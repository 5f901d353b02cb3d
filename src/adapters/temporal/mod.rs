//! Temporal, as the gateway uses it, and the workflows that belong to tasks.
//!
//! All that speaks to Temporal is in a crate of its own; `link` is the small interface
//! to it, `absent` the same without it (cargo feature `temporal`).

mod admin;
#[cfg(feature = "temporal")]
mod called_off;
mod ending;
#[cfg(not(feature = "temporal"))]
#[path = "absent.rs"]
mod link;
#[cfg(feature = "temporal")]
mod link;
mod look;
mod page;
#[cfg(feature = "temporal")]
mod registered;
mod rows;
mod stop;
mod telling;
mod traces;
mod unstarted;
mod work;

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::sync::Notify;

use crate::{
    adapters::store::Store,
    domain::{
        id::{Owner, SessionId, TaskId},
        target::WORKFLOW_SCHEME,
    },
};

pub use self::{
    admin::Setup,
    ending::Ending,
    link::Temporal,
    look::Round,
    page::TemporalPage,
    rows::WorkflowRows,
    telling::waits_for_temporal,
    traces::{NotTold, TaskTraces, Told, TraceStep, Traced, Walk},
    unstarted::{Backlog, Handed, Taken, Unstarted},
    work::{AttemptEnd, Attempts, CalledOff, Worker},
};

/// A workflow to start.
#[derive(Clone, Debug)]
pub struct Order<'a> {
    /// Its task, after which it is named.
    pub task: TaskId,
    /// The name of its type.
    pub workflow: &'a str,
    /// Its one argument.
    pub input: Value,
    /// Whose task it is.
    pub owner: &'a Owner,
    /// The session of the hand-off.
    pub session: &'a SessionId,
    /// The task that handed it off.
    pub parent: Option<TaskId>,
    /// The longest it may take.
    pub timeout: Duration,
}

/// Why Temporal did not do what it was asked to. The words are for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It may do so later.
    #[error("{0}")]
    Away(String),
    /// It never will.
    #[error("{0}")]
    Refused(String),
}

/// The workflows of tasks: started, looked at, stopped. A clone is cheap.
#[derive(Clone, Debug)]
pub struct Workflows {
    temporal: Temporal,
    rows: WorkflowRows,
    store: Store,
    bell: Arc<Notify>,
    timeout: Duration,
}

impl Workflows {
    /// Those in `rows`, on `temporal`; each may take `timeout`.
    pub fn new(temporal: Temporal, rows: WorkflowRows, store: Store, timeout: Duration) -> Self {
        let bell = Arc::default();
        Self {
            temporal,
            rows,
            store,
            bell,
            timeout,
        }
    }

    /// Where they run.
    pub fn temporal(&self) -> &Temporal {
        &self.temporal
    }

    /// Their rows.
    pub fn rows(&self) -> &WorkflowRows {
        &self.rows
    }

    /// The longest that one may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Says that a row may be due. A lost hint costs a second.
    pub fn wake(&self) {
        self.bell.notify_one();
    }

    /// Resolves when there was a hint, or when Temporal went away or came back.
    pub async fn woken(&self) {
        tokio::select! {
            () = self.bell.notified() => {}
            () = self.temporal.changed() => {}
        }
    }
}

/// What a task says that waits for its workflow.
pub fn waits_for(workflow: &str) -> String {
    format!("waits for the workflow {workflow}")
}

/// The workflow that a task's target names.
pub fn workflow_of(target: &str) -> Option<&str> {
    target.strip_prefix(WORKFLOW_SCHEME)
}
