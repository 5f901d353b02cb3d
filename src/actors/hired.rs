//! Attempts that Temporal asks for.

use futures_util::future::BoxFuture;

use crate::{
    actors::supervisor::Supervisor,
    adapters::{
        store::{Store, StoreError},
        temporal::{AttemptEnd, Attempts},
    },
    domain::{id::TaskId, time::UnixMillis},
};

/// The pause after rows that could not be read, in ms.
const ROWS_AWAY: u64 = 1000;
/// The shortest and the longest pause before Temporal asks again, in ms. Whoever works on
/// a task says so anew within its lease, so that a longer one is of no use.
const PAUSES: (i64, i64) = (50, 300_000);

/// Makes them in this process, one call each. A clone is cheap.
#[derive(Clone)]
pub struct Hired {
    supervisor: Supervisor,
    store: Store,
}

impl Hired {
    /// Has `supervisor` make them, at the tasks of `store`.
    pub fn new(supervisor: Supervisor, store: Store) -> Self {
        Self { supervisor, store }
    }

    async fn make(&self, task: TaskId) -> Result<AttemptEnd, StoreError> {
        if let Some(is_over) = self.supervisor.take_due(task).await? {
            // That its sender is gone is how it says so.
            let _ = is_over.await;
        }
        let Some(row) = self.store.waiting_for(task).await? else {
            return Ok(AttemptEnd::Gone);
        };
        Ok(match row.due {
            None => AttemptEnd::Over(row.state),
            Some(due) => AttemptEnd::Again(pause(due, UnixMillis::now())),
        })
    }
}

fn pause(due: UnixMillis, now: UnixMillis) -> u64 {
    let (shortest, longest) = PAUSES;
    let pause = due.0.saturating_sub(now.0);
    pause.clamp(shortest, longest).unsigned_abs()
}

impl Attempts for Hired {
    fn attempt(&self, task: TaskId) -> BoxFuture<'static, AttemptEnd> {
        let hired = self.clone();
        Box::pin(async move {
            hired.make(task).await.unwrap_or_else(|error| {
                tracing::warn!(%task, %error, "an attempt was not made, temporal asks again");
                AttemptEnd::Again(ROWS_AWAY)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporal_asks_again_when_the_row_is_due() {
        let at = |due| pause(UnixMillis(due), UnixMillis(10_000));
        assert_eq!((at(12_000), at(0), at(i64::MAX)), (2000, 50, 300_000));
    }
}
