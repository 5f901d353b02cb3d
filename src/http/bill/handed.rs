//! A bill that is settled, and whose rows are not yet on disk.

use tokio::task::JoinHandle;

use super::Sum;
use crate::actors::writer::{Full, Receipt};

/// What counting comes to; `None` if nothing was settled.
pub(super) type Counted = JoinHandle<Option<(Sum, Receipt)>>;

/// A bill whose rows are on their way to the disk. Dropping it changes nothing
/// about them.
pub enum Handed {
    /// They were handed to the writers.
    Now(Sum, Receipt),
    /// They will be, once what is long has been counted, which has begun.
    Soon(Counted),
    /// They will be, once others have counted: of the model that answered.
    Waits(String, Counted),
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
            Self::Soon(counting) | Self::Waits(_, counting) => {
                counting.await.ok().flatten().ok_or(Full)?
            }
        };
        receipt.committed().await.map(|()| sum)
    }
}
