//! Attempts that Temporal asks for.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::{
    actors::{
        ends::Ends,
        supervisor::{Begun, Supervisor},
        task::Left,
        written::Again,
    },
    adapters::{
        store::{Store, StoreError},
        temporal::{AttemptEnd, Attempts, CalledOff},
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
    ends: Ends,
}

impl Hired {
    /// Has `supervisor` make them, at the tasks of `store`; those that are called off are
    /// ended by `ends`.
    pub fn new(supervisor: Supervisor, store: Store, ends: Ends) -> Self {
        Self {
            supervisor,
            store,
            ends,
        }
    }

    async fn make(&self, task: TaskId, off: CalledOff) -> Result<AttemptEnd, StoreError> {
        if let Some(begun) = self.supervisor.take_due(task).await?
            && let Some(left) = self.until_over(begun, off).await
        {
            return Ok(end_of(left));
        }
        let Some(row) = self.store.waiting_for(task).await? else {
            return Ok(AttemptEnd::Gone);
        };
        Ok(end_of(row.due.map_or(Left::Over(row.state), Left::Due)))
    }

    /// How it left the row; `None` where only the row knows.
    async fn until_over(&self, mut begun: Begun, off: CalledOff) -> Option<Left> {
        let end = tokio::select! {
            left = &mut begun.over => return left.ok(),
            end = off => Arc::new(end),
        };
        let mut again = Again::new(begun.attempt);
        while let Err(error) = self.ends.write(begun.attempt, &end).await {
            // It goes on meanwhile, and may be over before its end is written.
            tokio::select! {
                left = &mut begun.over => return left.ok(),
                () = again.after(&error) => {}
            }
        }
        None
    }
}

fn end_of(left: Left) -> AttemptEnd {
    match left {
        Left::Over(state) => AttemptEnd::Over(state),
        Left::Due(due) => AttemptEnd::Again(pause(due, UnixMillis::now())),
    }
}

fn pause(due: UnixMillis, now: UnixMillis) -> u64 {
    let (shortest, longest) = PAUSES;
    let pause = due.0.saturating_sub(now.0);
    pause.clamp(shortest, longest).unsigned_abs()
}

impl Attempts for Hired {
    fn attempt(&self, task: TaskId, called_off: CalledOff) -> BoxFuture<'static, AttemptEnd> {
        let hired = self.clone();
        Box::pin(async move {
            hired.make(task, called_off).await.unwrap_or_else(|error| {
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
