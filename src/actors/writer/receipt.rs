//! What says that rows are on disk.

use std::mem;

use tokio::sync::oneshot;

use super::{Full, PATIENCE, bell::Bell};

/// The writer's end of a receipt; without one nobody waits.
pub(super) type Stub = Option<oneshot::Sender<()>>;

/// Says when rows that were handed over are on disk. Waiting for it, or dropping
/// it, sets their writers to work; dropping it changes nothing else about them.
/// The receipt of a writer that gathers is empty and costs nothing.
#[derive(Default)]
#[must_use = "rows wait for their receipt to be waited for, or dropped"]
pub struct Receipt {
    rows: Vec<oneshot::Receiver<()>>,
    bells: Vec<Bell>,
}

impl Receipt {
    /// One for a row, and the writer's end of it.
    pub(super) fn open() -> (Self, Stub) {
        let (stub, row) = oneshot::channel();
        let receipt = Self {
            rows: vec![row],
            bells: Vec::new(),
        };
        (receipt, Some(stub))
    }

    /// Has `bell` rung for its row.
    pub(super) fn hang(&mut self, bell: Bell) {
        self.bells.push(bell);
    }

    /// This one and `other` in one: rows of several writers of one database share
    /// a commit, if these are not at work yet.
    pub fn and(mut self, mut other: Self) -> Self {
        self.rows.append(&mut other.rows);
        self.bells.append(&mut other.bells);
        self
    }

    /// Resolves once all its rows are on disk, at once if it is empty; waits five
    /// seconds at most, as a request waits for a place.
    ///
    /// # Errors
    ///
    /// [`Full`]: they are not, and may be later; or one was let go.
    pub async fn committed(mut self) -> Result<(), Full> {
        let rows = mem::take(&mut self.rows);
        drop(self);
        if rows.is_empty() {
            return Ok(());
        }
        let all = futures_util::future::try_join_all(rows);
        let committed = tokio::time::timeout(PATIENCE, all).await;
        committed.map_err(|_| Full)?.map(drop).map_err(|_| Full)
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if let Some(first) = self.bells.pop() {
            first.ring(mem::take(&mut self.bells));
        }
    }
}
