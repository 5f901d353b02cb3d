//! In which order, and how fast, tasks that wait for credentials are looked at.

use std::time::{Duration, Instant};

use crate::{adapters::runner::LISTENERS, domain::id::TaskId};

/// A round begins so long after the one before.
const ROUND: Duration = Duration::from_secs(30);
/// Tasks that are looked at with each step, at most.
const STEP: usize = 32;
/// So many more than are listened to are looked at at the same time.
const LOOKING: usize = 64;

/// How far the look at tasks that wait has come.
#[derive(Default)]
pub(super) struct Round {
    after: Option<TaskId>,
    /// When it began; `None` before the first.
    began_at: Option<Instant>,
    is_over: bool,
    is_reading: bool,
}

impl Round {
    /// After which task to read, and how many, if it is time for a step while so
    /// many tasks are `waiting` here. [`read`](Self::read) tells what came of it.
    pub(super) fn next(&mut self, waiting: usize) -> Option<(Option<TaskId>, u32)> {
        let page = (LISTENERS + LOOKING).saturating_sub(waiting).min(STEP);
        if page == 0 || self.is_reading {
            return None;
        }
        let is_due = self.began_at.is_none_or(|at| at.elapsed() >= ROUND);
        if self.began_at.is_none() || self.is_over && is_due {
            *self = Self {
                began_at: Some(Instant::now()),
                ..Self::default()
            };
        }
        if self.is_over {
            return None;
        }
        self.is_reading = true;
        Some((self.after, u32::try_from(page).unwrap_or(u32::MAX)))
    }

    /// A step was made up to the task `last`; `Some(None)` if that was the end of
    /// the round, `None` if it is to be made again.
    pub(super) fn read(&mut self, last: Option<Option<TaskId>>) {
        self.is_reading = false;
        if let Some(last) = last {
            self.is_over = last.is_none();
            self.after = last;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_goes_page_by_page_and_the_next_begins_later() {
        let mut round = Round::default();
        assert_eq!(round.next(0), Some((None, 32)));
        assert_eq!(round.next(0), None, "a step is under way");
        round.read(None);
        assert_eq!(round.next(LISTENERS + 60), Some((None, 4)), "again");
        let last = TaskId::fresh();
        round.read(Some(Some(last)));
        assert_eq!(round.next(LISTENERS + LOOKING), None, "no room");
        assert_eq!(round.next(0), Some((Some(last), 32)));
        round.read(Some(None));
        assert_eq!(round.next(0), None, "it is over");
        round.began_at = Instant::now().checked_sub(ROUND);
        assert_eq!(round.next(0), Some((None, 32)), "the next");
    }
}
