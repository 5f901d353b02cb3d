//! How many tasks stand where.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Store, StoreError, TaskCounts, sql};
use crate::domain::{task::TaskState, time::UnixMillis};

/// Tasks that ended in this process, by state. To count the rows would take as long
/// as there are many.
#[derive(Debug, Default)]
pub(super) struct Ended([AtomicU64; TaskState::ALL.len()]);

impl Ended {
    /// So many have come to `state`; one that is no end is not counted.
    pub(super) fn add(&self, state: TaskState, count: usize) {
        if state.is_terminal() {
            self.0[state as usize].fetch_add(count as u64, Ordering::Relaxed);
        }
    }

    fn of(&self, state: TaskState) -> u64 {
        self.0[state as usize].load(Ordering::Relaxed)
    }
}

const OLDEST_WAITING: &str = "select min(created_at) from task where state = 'submitted'";

impl Store {
    /// When the oldest of those tasks was sent that wait to be run. Takes as long as
    /// there are that wait.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn oldest_waiting(&self) -> Result<Option<UnixMillis>, StoreError> {
        let at: Option<i64> = self.db.query(OLDEST_WAITING).scalar().await?;
        Ok(at.map(UnixMillis))
    }

    /// How many tasks are open, whichever gateway runs them, and how many were
    /// ended by this process. Takes as long as there are open ones: 0.2 s for
    /// 1,000,000.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn counts(&self) -> Result<TaskCounts, StoreError> {
        let rows: Vec<(String, i64)> = self.db.query(sql::OPEN).all().await?;
        let mut counts = TaskCounts::default();
        for state in TaskState::ALL {
            // A state that no task is in has no row.
            let mut rows = rows.iter();
            let found = rows.find(|(name, _)| name == state.name());
            let open = found.map_or(0, |(_, count)| u64::try_from(*count).unwrap_or(0));
            match state.is_terminal() {
                true => counts.ended.push((state, self.ended.of(state))),
                false => counts.open.push((state, open)),
            }
        }
        Ok(counts)
    }
}
