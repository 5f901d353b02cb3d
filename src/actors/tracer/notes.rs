//! What is known of what is still to be told.

use std::collections::{HashMap, HashSet};

use crate::{
    adapters::{
        store::Change,
        temporal::{Told, Walk},
    },
    domain::{id::TaskId, time::UnixMillis},
};

/// Tasks of one round.
pub(super) const BATCH: usize = 256;
/// Names kept in memory; beyond that the rows are walked over again.
const MOST: usize = 100_000;

/// What is known of what is still to be told. The rows know it, too.
#[derive(Default)]
pub(super) struct Notes {
    /// Something happened to these.
    pub(super) changed: HashSet<TaskId>,
    /// Up to which line those that go on are told.
    pub(super) told: HashMap<TaskId, i64>,
    /// Where the walk over the rows stands, while there is one.
    pub(super) walk: Option<Walk>,
    /// Hints were lost, or never came: the rows have to be walked over.
    pub(super) is_blind: bool,
    /// Whether this gateway is the one that tells.
    pub(super) is_mine: bool,
    /// Up to which moment everything is told, as the rows say.
    pub(super) place: Option<UnixMillis>,
    /// In a row.
    pub(super) failures: u32,
}

impl Notes {
    pub(super) fn hear(&mut self, change: Change) {
        match change {
            Change::Grew(task) | Change::Canceled(task) if self.changed.len() < MOST => {
                self.changed.insert(task);
            }
            Change::Webhook => {}
            _ => self.is_blind = true,
        }
    }

    /// Adds what was heard during a round.
    pub(super) fn join(&mut self, heard: Self) {
        self.changed.extend(heard.changed);
        self.is_blind |= heard.is_blind;
    }

    /// Whether the next round need not wait.
    pub(super) fn has_more(&self) -> bool {
        let is_much = self.changed.len() >= BATCH || self.walk.is_some();
        self.is_mine && is_much
    }

    pub(super) fn forget(&mut self) {
        *self = Self {
            failures: self.failures,
            ..Self::default()
        };
    }

    /// Up to [`BATCH`] tasks, and after which line each.
    pub(super) fn batch(&mut self) -> Vec<(TaskId, i64)> {
        let batch: Vec<_> = self.changed.iter().copied().take(BATCH).collect();
        let after = |task: TaskId| {
            self.changed.remove(&task);
            (task, self.told.get(&task).copied().unwrap_or(0))
        };
        batch.into_iter().map(after).collect()
    }

    pub(super) fn note(&mut self, task: TaskId, told: Told) {
        if told.is_over {
            self.told.remove(&task);
            return;
        }
        if self.told.len() >= MOST {
            // They are told from their beginning then, which does no harm.
            self.told.clear();
        }
        self.told.insert(task, told.seq);
    }
}
