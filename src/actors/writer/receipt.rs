//! What says that rows are on disk.

use std::time::Duration;

use tokio::sync::oneshot;

use super::Full;

/// How long whoever is answered waits for rows: as long as a request waits for
/// a place.
const PATIENCE: Duration = super::PATIENCE;

/// The writer's end of a receipt; without one nobody waits.
pub(super) type Stub = Option<oneshot::Sender<()>>;

/// Says when rows that were handed over are on disk. Rows of a writer that
/// gathers need none: their receipt is empty and costs nothing. Dropping it
/// changes nothing about the rows.
#[derive(Debug, Default)]
pub struct Receipt(Vec<oneshot::Receiver<()>>);

impl Receipt {
    /// One for a row of its own, and the writer's end of it.
    pub(super) fn open() -> (Self, Stub) {
        let (stub, receipt) = oneshot::channel();
        (Self(vec![receipt]), Some(stub))
    }

    /// This one and `other` in one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Resolves once all its rows are on disk, at once if it is empty; waits five
    /// seconds at most.
    ///
    /// # Errors
    ///
    /// [`Full`]: they are not, and may be later; or one was let go.
    pub async fn committed(self) -> Result<(), Full> {
        if self.0.is_empty() {
            return Ok(());
        }
        let all = futures_util::future::try_join_all(self.0);
        let committed = tokio::time::timeout(PATIENCE, all).await;
        committed.map_err(|_| Full)?.map(drop).map_err(|_| Full)
    }
}
