//! A bill that is settled, and whose rows are not yet on disk.

use tokio::task::JoinHandle;

use super::Sum;
use crate::actors::writer::{Full, Receipt};

/// A bill whose rows are on their way to the disk. Dropping it changes nothing
/// about them.
pub enum Handed {
    /// They were handed to the writers.
    Now(Sum, Receipt),
    /// They will be, once what is long has been counted.
    Soon(JoinHandle<Option<(Sum, Receipt)>>),
}

impl Handed {
    /// Resolves once the rows are on disk; with `USAGE_DURABILITY=group` as soon
    /// as they are handed over.
    ///
    /// # Errors
    ///
    /// [`Full`]: the disk does not take them in five seconds, or not at all. They
    /// may get there later.
    pub async fn committed(self) -> Result<Sum, Full> {
        let (sum, receipt) = match self {
            Self::Now(sum, receipt) => (sum, receipt),
            Self::Soon(counting) => counting.await.ok().flatten().ok_or_else(|| {
                tracing::error!("an answer is not billed: counting its tokens panicked");
                Full
            })?,
        };
        receipt.committed().await.map(|()| sum)
    }
}
