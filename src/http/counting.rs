//! Counting of what is long: away from the worker threads, and few at a time.

use std::{sync::Arc, thread::available_parallelism, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Texts longer than this, in bytes, are counted away from the worker thread: up to
/// here the worst of them takes 3 ms.
pub const COUNT_HERE: usize = 16 * 1024;
/// How long anybody waits for their turn.
const PATIENCE: Duration = Duration::from_secs(3);

/// Threads that count, half as many as there are processors: whatever is sent, the
/// rest is there for everybody else. A clone shares them.
#[derive(Clone)]
pub struct Counting(Arc<Semaphore>);

/// One turn, over when dropped.
pub struct Turn(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Default for Counting {
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new((processors / 2).max(1))))
    }
}

impl Counting {
    /// Waits for a turn, three seconds at most; `None` if it does not come.
    pub async fn turn(&self) -> Option<Turn> {
        let turn = self.0.clone().acquire_owned();
        let turn = tokio::time::timeout(PATIENCE, turn).await;
        turn.ok()?.ok().map(Turn)
    }
}
