//! One sliding window of one payer.

use std::collections::VecDeque;

use super::{Limit, Standing};
use crate::domain::time::UnixMillis;

/// How finely the window slides, in milliseconds.
const BUCKET_MS: i64 = 100;

/// What one payer spent in the last window, and holds for calls under way.
///
/// Tokens held count until their call ends, however long it takes; tokens spent
/// count for one window from the moment the call ended. Memory is bounded by
/// the window: one entry a tenth of a second.
///
/// Moments may come from any clock. One that is set back makes what was spent no
/// older and no younger than it was; no token counts for longer than a window from
/// then.
#[derive(Clone, Debug, Default)]
pub struct Window {
    buckets: VecDeque<(i64, u64)>,
    spent: u64,
    held: u64,
}

impl Window {
    /// Holds so many tokens more.
    pub(super) fn hold(&mut self, tokens: u64) {
        self.held = self.held.saturating_add(tokens);
    }

    /// Gives back what was held and charges what was really spent.
    pub fn settle(&mut self, held: u64, spent: u64, limit: Limit, now: UnixMillis) {
        self.slide(limit, now);
        self.held = self.held.saturating_sub(held);
        if spent == 0 {
            return;
        }
        self.spent = self.spent.saturating_add(spent);
        let bucket = now.0.div_euclid(BUCKET_MS);
        match self.buckets.back_mut() {
            Some((last, tokens)) if *last == bucket => *tokens = tokens.saturating_add(spent),
            _ => self.buckets.push_back((bucket, spent)),
        }
    }

    /// Where the user stands.
    pub fn standing(&mut self, limit: Limit, now: UnixMillis) -> Standing {
        self.slide(limit, now);
        let last = self.buckets.back().map(|(bucket, _)| *bucket);
        Standing {
            limit: limit.tokens,
            remaining: limit.tokens.saturating_sub(self.used()),
            reset_ms: last.map_or(0, |bucket| leaves_in(bucket, limit, now)),
        }
    }

    /// Whether nothing is spent or held: the window may be forgotten.
    pub fn is_idle(&mut self, limit: Limit, now: UnixMillis) -> bool {
        self.slide(limit, now);
        self.spent == 0 && self.held == 0
    }

    /// Milliseconds until `needed` fit, if calls under way give nothing back; `None`
    /// if they fit now.
    pub fn wait_for(&mut self, needed: u64, limit: Limit, now: UnixMillis) -> Option<i64> {
        self.slide(limit, now);
        let mut used = self.used();
        let fits = |used: u64| used.saturating_add(needed) <= limit.tokens;
        if fits(used) {
            return None;
        }
        for &(bucket, tokens) in &self.buckets {
            used = used.saturating_sub(tokens);
            if fits(used) {
                return Some(leaves_in(bucket, limit, now));
            }
        }
        // The rest is held: it ends when those calls do, nobody knows when.
        Some(limit.window_ms.min(1000))
    }

    fn used(&self) -> u64 {
        self.spent.saturating_add(self.held)
    }

    fn slide(&mut self, limit: Limit, now: UnixMillis) {
        self.follow_back(now);
        while let Some(&(bucket, tokens)) = self.buckets.front() {
            if leaves_in(bucket, limit, now) > 0 {
                break;
            }
            self.spent = self.spent.saturating_sub(tokens);
            self.buckets.pop_front();
        }
        if self.buckets.is_empty() {
            self.spent = 0;
        }
    }

    /// Moves what lies in the future to where it was from now: the clock was set
    /// back, and nobody knows how long ago.
    fn follow_back(&mut self, now: UnixMillis) {
        let newest = self.buckets.back().map_or(i64::MIN, |(bucket, _)| *bucket);
        let ahead = newest.saturating_sub(now.0.div_euclid(BUCKET_MS));
        if ahead > 0 {
            for (bucket, _) in &mut self.buckets {
                *bucket = bucket.saturating_sub(ahead);
            }
        }
    }
}

/// Milliseconds until a bucket has left the window.
fn leaves_in(bucket: i64, limit: Limit, now: UnixMillis) -> i64 {
    let end = bucket
        .saturating_add(1)
        .saturating_mul(BUCKET_MS)
        .saturating_add(limit.window_ms);
    end.saturating_sub(now.0)
}

#[cfg(test)]
pub(super) struct Sums {
    pub(super) held: u64,
    pub(super) spent: u64,
    pub(super) in_buckets: u64,
    pub(super) buckets: usize,
}

#[cfg(test)]
impl Window {
    pub(super) fn sums(&self) -> Sums {
        Sums {
            held: self.held,
            spent: self.spent,
            in_buckets: self.buckets.iter().map(|(_, tokens)| tokens).sum(),
            buckets: self.buckets.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit {
        tokens: 100,
        window_ms: 60_000,
    };

    #[test]
    fn a_token_counts_for_one_window_and_the_wait_says_when_it_leaves() {
        let mut window = Window::default();
        window.settle(0, 90, LIMIT, UnixMillis(1_000));
        assert_eq!(window.wait_for(10, LIMIT, UnixMillis(31_000)), None);
        let wait = window.wait_for(20, LIMIT, UnixMillis(31_000)).unwrap();
        assert_eq!(wait, 30_100);
        let then = UnixMillis(31_000 + wait);
        assert!(window.wait_for(20, LIMIT, UnixMillis(then.0 - 1)).is_some());
        assert_eq!(window.wait_for(20, LIMIT, then), None);
    }

    #[test]
    fn what_is_held_has_no_end_that_could_be_told() {
        let mut window = Window::default();
        window.hold(95);
        assert_eq!(window.wait_for(10, LIMIT, UnixMillis(0)), Some(1000));
        window.settle(95, 0, LIMIT, UnixMillis(3_600_000));
        assert!(window.is_idle(LIMIT, UnixMillis(3_600_000)));
    }

    #[test]
    fn an_absurd_cost_fills_the_window_and_leaves_with_it() {
        let (mut window, now) = (Window::default(), UnixMillis(0));
        for _ in 0..2 {
            window.settle(0, u64::MAX, LIMIT, now);
        }
        window.hold(1);
        assert_eq!(window.standing(LIMIT, now).remaining, 0);
        let then = UnixMillis(60_100);
        assert_eq!(window.standing(LIMIT, then).remaining, 99);
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let mut window = Window::default();
        window.settle(0, 50, LIMIT, UnixMillis(3_590_000));
        window.settle(0, 50, LIMIT, UnixMillis(3_600_000));
        assert_eq!(window.standing(LIMIT, UnixMillis(0)).remaining, 0);
        // The first was ten seconds older, and still is.
        assert_eq!(window.standing(LIMIT, UnixMillis(50_100)).remaining, 50);
        assert_eq!(window.standing(LIMIT, UnixMillis(60_100)).remaining, 100);
    }
}
