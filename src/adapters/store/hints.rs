//! Hints that something happened to tasks. One may be lost: whoever wants to be sure
//! reads the rows again each second.

use std::sync::Arc;

use tokio::sync::broadcast;

use super::{Store, ear::Ear, news::News};
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
    /// What the other gateways are still to be told, where there may be any.
    news: Option<Arc<News>>,
}

impl Hints {
    /// Those of a store whose database other gateways may share.
    pub(super) fn new(is_shared: bool) -> Self {
        Self {
            changes: broadcast::Sender::new(HINTS),
            news: is_shared.then(Arc::default),
        }
    }

    pub(super) fn send(&self, change: Change) {
        // Nobody listening is fine.
        let _ = self.changes.send(change);
    }

    /// Whether there is no other gateway that wants to hear of this one.
    pub(super) fn set_alone(&self, is_alone: bool) {
        if let Some(news) = &self.news {
            news.set_alone(is_alone);
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

    /// Tells other gateways on a server from now on what happens here, and hears what
    /// they do, until the database is closed. While the server cannot be heard, each
    /// second there is a hint that anything may have happened. Nothing to do for a
    /// file.
    ///
    /// Must run inside a tokio runtime, once.
    pub fn listen(&self) {
        let (Database::Postgres(server), Some(news)) = (&self.db, &self.hints.news) else {
            return;
        };
        let (pool, who) = (server.pool.clone(), self.runner.clone());
        tokio::spawn(news.clone().tell(pool.clone(), who.clone()));
        tokio::spawn(Ear::new(pool, self.hints.clone(), who).listen());
    }

    pub(super) fn grew(&self, id: TaskId) {
        self.hints.send(Change::Grew(id));
        if let Some(news) = &self.hints.news {
            news.add(id);
        }
    }
}
