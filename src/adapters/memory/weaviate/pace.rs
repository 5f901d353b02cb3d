//! How much is sent at once: less while batches fail, so that the one event which no
//! batch survives is found.

use crate::domain::time::UnixMillis;

/// Events of one batch at most.
pub(super) const BATCH: usize = 100;
/// Failures in a row until a batch is suspected and not Weaviate.
const PATIENCE: u32 = 3;

/// How it went of late.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    size: usize,
    failures: u32,
    is_seeking: bool,
    sent_at: Option<UnixMillis>,
}

/// What is to be done about a batch that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A smaller one.
    Smaller,
    /// The one event in it is to wait, so that others go on.
    PutOff,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            size: BATCH,
            failures: 0,
            is_seeking: false,
            sent_at: None,
        }
    }
}

impl Pace {
    /// How many events the next batch may have.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Weaviate took some.
    pub(super) fn passed(&mut self, now: UnixMillis) {
        self.is_seeking &= self.size < BATCH;
        self.size = (self.size * 2).min(BATCH);
        (self.failures, self.sent_at) = (0, Some(now));
    }

    /// Whether Weaviate took any since `moment`.
    pub(super) fn has_sent_since(&self, moment: UnixMillis) -> bool {
        self.sent_at.is_some_and(|sent_at| sent_at >= moment)
    }

    /// A batch failed; whether it is suspected.
    pub(super) fn failed(&mut self) -> bool {
        self.failures = self.failures.saturating_add(1);
        self.is_seeking || self.failures >= PATIENCE
    }

    /// A suspected batch of so many failed at a Weaviate that is well.
    pub(super) fn narrow(&mut self, tried: usize) -> Next {
        self.is_seeking = true;
        self.size = (tried / 2).max(1);
        if tried > 1 {
            Next::Smaller
        } else {
            Next::PutOff
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_halved_after_three_failures_until_one_event_is_left() {
        let mut pace = Pace::default();
        assert_eq!(
            [pace.failed(), pace.failed(), pace.failed()],
            [false, false, true]
        );
        let mut sizes = Vec::new();
        while pace.narrow(pace.size()) == Next::Smaller {
            sizes.push(pace.size());
            assert!(pace.failed(), "it goes on at once");
        }
        assert_eq!(sizes, [50, 25, 12, 6, 3, 1]);
        for size in [2, 4, 8, 16, 32, 64, 100, 100] {
            pace.passed(UnixMillis(7));
            assert_eq!(pace.size(), size);
        }
        assert!(!pace.failed(), "the search is over");
        assert!(pace.has_sent_since(UnixMillis(7)) && !pace.has_sent_since(UnixMillis(8)));
    }
}
