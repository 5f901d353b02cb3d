//! Hints that something happened to tasks. One may be lost: whoever wants to be sure
//! reads the rows again each second.

use tokio::sync::broadcast;

use super::Store;
use crate::domain::id::TaskId;

/// Hints kept for a slow listener; one that falls behind reads everything anew.
const HINTS: usize = 4096;

/// What may have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The history of this task grew.
    Grew(TaskId),
    /// Another gateway, or the command line, canceled this task.
    Canceled(TaskId),
    /// A webhook is due.
    Webhook,
    /// Anything: hints were lost.
    Any,
}

/// Where hints go through.
#[derive(Clone, Debug)]
pub(super) struct Hints {
    changes: broadcast::Sender<Change>,
}

impl Default for Hints {
    fn default() -> Self {
        Self {
            changes: broadcast::Sender::new(HINTS),
        }
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

    pub(super) fn grew(&self, id: TaskId) {
        // Nobody listening is fine.
        let _ = self.hints.changes.send(Change::Grew(id));
    }
}
