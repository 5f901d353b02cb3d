//! Hints that something happened to tasks. One may be lost: whoever wants to be sure
//! reads the rows again each second.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::broadcast;

use super::{Store, ear::Ear};
use crate::{adapters::database::Database, domain::id::TaskId};

/// Hints kept for a slow listener; one that falls behind reads everything anew.
const HINTS: usize = 4096;

/// What may have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The history of this task grew.
    Grew(TaskId),
    /// Another gateway, or the command line, canceled this task.
    Canceled(TaskId),
    /// A webhook is due, on a server: in a file it may be with every change.
    Webhook,
    /// Anything: hints were lost.
    Any,
}

/// Where hints go through.
#[derive(Clone, Debug)]
pub(super) struct Hints {
    changes: broadcast::Sender<Change>,
    /// Whether the server tells of every change, also of this store's own: then it
    /// is said once.
    is_told: Arc<AtomicBool>,
}

impl Default for Hints {
    fn default() -> Self {
        Self {
            changes: broadcast::Sender::new(HINTS),
            is_told: Arc::default(),
        }
    }
}

impl Hints {
    pub(super) fn send(&self, change: Change) {
        // Nobody listening is fine.
        let _ = self.changes.send(change);
    }

    pub(super) fn is_told(&self) -> bool {
        self.is_told.load(Ordering::Acquire)
    }

    /// The server tells from now on, or no more. What happened in between is anything.
    pub(super) fn set_told(&self, is_told: bool) {
        self.is_told.store(is_told, Ordering::Release);
        self.send(Change::Any);
    }
}

impl Store {
    /// Passes on that a task's history grew, or its webhooks changed, without this
    /// store's doing: a document was written for it.
    pub fn hint(&self, id: TaskId) {
        self.grew(id);
    }

    /// Hints that something happened. One may be lost: read again each second.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.hints.changes.subscribe()
    }

    /// Hears from now on what other gateways do to the tasks of a server, until the
    /// database is closed. While the server cannot be heard, each second there is a
    /// hint that anything may have happened. Nothing to do for a file.
    ///
    /// Must run inside a tokio runtime, once.
    pub fn listen(&self) {
        if let Database::Postgres(server) = &self.db {
            let ear = Ear::new(server.pool.clone(), self.hints.clone(), self.runner.clone());
            tokio::spawn(ear.listen());
        }
    }

    pub(super) fn grew(&self, id: TaskId) {
        if !self.hints.is_told() {
            self.hints.send(Change::Grew(id));
        }
    }
}
