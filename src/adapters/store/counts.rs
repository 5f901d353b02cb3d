//! How many tasks stand where.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Store, StoreError, TaskCounts, sql};
use crate::{
    adapters::database::Sql,
    domain::{id::TaskId, task::TaskState, time::UnixMillis},
};

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

/// As with [`sql::OPEN`], the file's index is used only where all of its states are
/// named. The first name, as names sort by creation: the moment itself stands behind
/// inputs of any length.
const OLDEST_WAITING: Sql = Sql::each(
    "
    select min(task_id) from task indexed by task_open
     where state in ('submitted', 'working', 'input-required', 'auth-required')
       and state = 'submitted'",
    "
    select min(task_id) from task
     where state in ('submitted', 'working', 'input-required', 'auth-required')
       and state = 'submitted'",
);

impl Store {
    /// When the oldest of those tasks was sent that wait to be run. Takes as long as
    /// there are open ones, whatever was put into them.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn oldest_waiting(&self) -> Result<Option<UnixMillis>, StoreError> {
        let oldest: Option<String> = self.db.query(OLDEST_WAITING).scalar().await?;
        let oldest = oldest.and_then(|id| id.parse::<TaskId>().ok());
        Ok(oldest.and_then(TaskId::made_at))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::database::Database;

    #[tokio::test]
    async fn the_oldest_that_waits_is_looked_for_among_open_tasks_alone() {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&folder.path().join("attach.db").into()).await;
        let db = db.unwrap();
        let mut plan = db.query("explain query plan ");
        plan.push_each(OLDEST_WAITING);
        let lines: Vec<(i64, i64, i64, String)> = plan.all().await.unwrap();
        let found = lines[0]
            .3
            .starts_with("SEARCH task USING INDEX task_open (state=?");
        assert!(found, "{lines:?}");
    }

    #[test]
    fn a_name_tells_when_its_task_was_sent() {
        let id: TaskId = "018bcfe5-6800-7000-8000-000000000000".parse().unwrap();
        assert_eq!(id.made_at(), Some(UnixMillis(1_700_000_000_000)));
        let other: TaskId = "00000000-0000-4000-8000-000000000000".parse().unwrap();
        assert_eq!(other.made_at(), None);
    }
}
