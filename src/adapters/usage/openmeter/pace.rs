//! How many records are sent at once: fewer while one of them is suspected.

/// Records of one batch at most.
pub(super) const BATCH: usize = 500;

/// How it went of late. The place among the records only moves on, so of two halves
/// the first goes first.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    /// Records that a body may have, by OpenMeter's own word.
    most: usize,
    /// The next so many were refused together, so one of them is why.
    suspects: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            most: BATCH,
            suspects: 0,
        }
    }
}

impl Pace {
    /// How many records the next batch may have.
    pub(super) fn size(&self) -> usize {
        match self.suspects {
            0 => self.most,
            1 => 1,
            suspects => self.most.min(suspects / 2),
        }
    }

    /// The next `records` were taken: if one of several is suspected, it is among
    /// the others. If they were all that a body may have, more are tried: what was
    /// too long once may have been one long record.
    pub(super) fn passed(&mut self, records: usize) {
        self.suspects = self.suspects.saturating_sub(records);
        if records >= self.most {
            self.most = (2 * self.most).min(BATCH);
        }
    }

    /// The next `records` were refused together.
    pub(super) fn refused(&mut self, records: usize) {
        self.suspects = records;
    }

    /// The next `records` were too many, whatever they are.
    pub(super) fn too_long(&mut self, records: usize) {
        self.most = (records / 2).max(1);
    }

    /// The one that was to blame is found.
    pub(super) fn found(&mut self) {
        self.suspects = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Sends `records` where `spoiled` ones are refused; which were set aside, and
    /// with how many requests.
    fn sent(records: usize, spoiled: &[usize]) -> (Vec<usize>, usize) {
        let (mut pace, mut place, mut found, mut requests) = (Pace::default(), 0, vec![], 0);
        while place < records {
            let size = pace.size().min(records - place);
            assert!(size > 0 && requests < 10_000);
            requests += 1;
            let is_spoiled = spoiled.iter().any(|at| (place..place + size).contains(at));
            match (is_spoiled, size) {
                (true, 1) => {
                    found.push(place);
                    pace.found();
                    place += 1;
                }
                (true, _) => pace.refused(size),
                (false, _) => {
                    pace.passed(size);
                    place += size;
                }
            }
        }
        (found, requests)
    }

    #[test]
    fn one_among_many_is_found_by_halves() {
        for at in 0..BATCH {
            let (found, requests) = sent(BATCH, &[at]);
            assert_eq!(found, [at]);
            assert!(requests <= 12, "{requests} for the one at {at}");
        }
        assert_eq!(sent(5 * BATCH, &[]).1, 5);
    }

    #[test]
    fn what_is_too_long_is_halved_and_nothing_is_suspected() {
        let mut pace = Pace::default();
        pace.too_long(BATCH);
        assert_eq!(pace.size(), BATCH / 2);
        pace.passed(BATCH / 2 - 1);
        assert_eq!(pace.size(), BATCH / 2, "nothing is known of more");
        pace.too_long(1);
        assert_eq!(pace.size(), 1);
    }

    #[test]
    fn batches_grow_again_after_something_too_long() {
        let mut pace = Pace::default();
        pace.too_long(1);
        let sizes = (0..11).map(|_| {
            let size = pace.size();
            pace.passed(size);
            size
        });
        let sizes: Vec<_> = sizes.collect();
        assert_eq!(sizes, [1, 2, 4, 8, 16, 32, 64, 128, 256, 500, 500]);
    }

    proptest! {
        #[test]
        fn whichever_are_spoiled_those_are_set_aside_and_no_others(
            records in 1_usize..2000,
            spoiled in prop::collection::btree_set(0_usize..2000, 0..12),
        ) {
            let spoiled: Vec<_> = spoiled.into_iter().filter(|at| *at < records).collect();
            prop_assert_eq!(sent(records, &spoiled).0, spoiled);
        }
    }
}
