//! What the rows should say, kept in memory.

use std::collections::BTreeMap;

use attach_gateway::domain::{
    a2a::artifact::{ArtifactUpdate, Artifacts},
    id::{Owner, TaskId},
    task::{Attempt, TaskState},
};

/// One row, as far as it matters.
#[derive(Clone, Debug)]
pub struct Row {
    pub owner: Owner,
    pub parent: Option<TaskId>,
    pub depth: u32,
    pub key: Option<(String, String)>,
    pub state: TaskState,
    pub attempt: u32,
    pub tries: u32,
    pub is_held: bool,
    pub due: Option<i64>,
    pub updated: i64,
    /// What the agent calls it.
    pub remote: Option<String>,
    /// All that was told, added up.
    pub artifacts: Artifacts,
    /// What the agent said last, while it counts.
    pub message: Option<String>,
    /// What it adds to the task.
    pub metadata: Option<String>,
    /// Keys of answers, with what they stand for.
    pub answers: Vec<(String, String)>,
}

/// Every row, and every attempt that was ever handed out.
#[derive(Debug, Default)]
pub struct Model {
    pub rows: BTreeMap<TaskId, Row>,
    pub attempts: Vec<Attempt>,
}

impl Model {
    /// Whether `attempt` may still write.
    pub fn holds(&self, attempt: Attempt) -> bool {
        self.rows
            .get(&attempt.task)
            .is_some_and(|row| row.attempt == attempt.number && row.is_held)
    }

    /// Whether `attempt` may still say something: it also may while the task
    /// waits for its caller.
    pub fn speaks(&self, attempt: Attempt) -> bool {
        let row = self.rows.get(&attempt.task);
        row.is_some_and(|row| {
            row.attempt == attempt.number && (row.is_held || row.state.is_interrupted())
        })
    }

    /// Whether the row has moved on without `attempt`.
    pub fn is_lost(&self, attempt: Attempt) -> bool {
        self.rows
            .get(&attempt.task)
            .is_none_or(|row| row.attempt != attempt.number || row.state == TaskState::Canceled)
    }

    pub fn waiting(&self, owner: &Owner) -> u32 {
        let waits = |row: &&Row| row.owner == *owner && row.state == TaskState::Submitted;
        self.rows.values().filter(waits).count() as u32
    }

    /// Those that wait for their caller.
    pub fn paused(&self, owner: &Owner) -> u32 {
        let waits = |row: &&Row| row.owner == *owner && row.state.is_interrupted();
        self.rows.values().filter(waits).count() as u32
    }

    pub fn keyed(&self, owner: &Owner, key: &str) -> Option<(TaskId, &str)> {
        self.rows.iter().find_map(|(id, row)| {
            let (known, digest) = row.key.as_ref()?;
            (row.owner == *owner && known == key).then_some((*id, digest.as_str()))
        })
    }

    /// Rows of `depth` that may be claimed, and when they became due.
    pub fn due(&self, depth: u32, now: i64) -> BTreeMap<TaskId, i64> {
        let due = |(id, row): (&TaskId, &Row)| {
            let due = row.due.filter(|due| *due <= now && row.depth == depth)?;
            Some((*id, due))
        };
        self.rows.iter().filter_map(due).collect()
    }

    /// Whether there is anything due for `places`.
    pub fn is_wanted(&self, places: &[usize], now: i64) -> bool {
        let mut wanted = (0..).zip(places).filter(|(_, free)| **free > 0);
        wanted.any(|(depth, _)| !self.due(depth, now).is_empty())
    }

    /// What runs in the claiming process keeps its lease.
    pub fn keep(&mut self, running: &[Attempt], now: i64, lease: i64) {
        for attempt in running
            .iter()
            .filter(|a| self.holds(**a))
            .copied()
            .collect::<Vec<_>>()
        {
            let row = self.rows.get_mut(&attempt.task).unwrap();
            row.due = row.due.map(|due| if due <= now { lease } else { due });
        }
    }

    pub fn claim(&mut self, attempt: Attempt, now: i64, lease: i64) {
        self.attempts.push(attempt);
        let row = self.rows.get_mut(&attempt.task).unwrap();
        row.state = TaskState::Working;
        row.attempt += 1;
        row.tries += 1;
        row.is_held = true;
        row.message = None;
        (row.due, row.updated) = (Some(lease), now);
        assert_eq!(row.attempt, attempt.number, "attempts grow by one");
    }

    pub fn end(&mut self, id: TaskId, state: TaskState, now: i64) {
        let row = self.rows.get_mut(&id).unwrap();
        assert!(!row.state.is_terminal(), "{id} had ended: {}", row.state);
        (row.state, row.is_held) = (state, false);
        (row.due, row.updated) = (None, now);
        row.message = None;
    }

    pub fn pause(&mut self, attempt: Attempt, state: TaskState, message: &str, now: i64) {
        let row = self.rows.get_mut(&attempt.task).unwrap();
        (row.state, row.is_held) = (state, false);
        (row.due, row.updated) = (None, now);
        row.message = Some(message.to_owned());
    }

    pub fn told(&mut self, attempt: Attempt, update: ArtifactUpdate) {
        let row = self.rows.get_mut(&attempt.task).unwrap();
        row.artifacts.take(update);
    }

    /// `root` and everything below it that has not ended.
    pub fn unfinished(&self, root: TaskId) -> Vec<TaskId> {
        let mut tree = vec![root];
        let mut next = 0;
        while let Some(parent) = tree.get(next).copied() {
            let below = self.rows.iter().filter(|(_, r)| r.parent == Some(parent));
            tree.extend(below.map(|(id, _)| *id));
            next += 1;
        }
        tree.retain(|id| !self.rows[id].state.is_terminal());
        tree.sort();
        tree
    }

    /// Forgets what ended before `before`; how many.
    pub fn purge(&mut self, before: i64) -> u64 {
        let old = |row: &Row| row.state.is_terminal() && row.updated < before;
        let count = self.rows.len();
        self.rows.retain(|_, row| !old(row));
        let left: Vec<TaskId> = self.rows.keys().copied().collect();
        for row in self.rows.values_mut() {
            row.parent = row.parent.filter(|parent| left.contains(parent));
        }
        (count - self.rows.len()) as u64
    }

    /// A dead process's work is due at once.
    pub fn take_back(&mut self, now: i64) -> u64 {
        let held = self.rows.values_mut().filter(|row| row.is_held);
        held.map(|row| row.due = Some(now)).count() as u64
    }
}
