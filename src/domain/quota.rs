//! One user's sliding minute, as a value.

use std::collections::VecDeque;

use crate::domain::time::UnixMillis;

/// How finely the window slides, in milliseconds.
const BUCKET_MS: i64 = 100;

/// What a user may spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Tokens in a window.
    pub tokens: u64,
    /// Milliseconds a spent token counts.
    pub window_ms: i64,
}

/// What one call wants to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Tokens of the prompt: without room for these the call is refused.
    pub prompt: u64,
    /// Tokens of the answer: cut to the room that is left.
    pub output: u64,
}

/// Where a user stands, for `RateLimit-*` headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The limit, in tokens.
    pub limit: u64,
    /// Tokens that are left.
    pub remaining: u64,
    /// Milliseconds until everything spent so far has left the window.
    pub reset_ms: i64,
}

/// Why a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No room now.
    #[error("token quota exceeded")]
    Exceeded {
        /// When there will be, in milliseconds from now; at most the window.
        retry_ms: i64,
        /// Where the user stands.
        standing: Standing,
    },
    /// More than the whole limit: no waiting helps.
    #[error("the request needs {needed} tokens, the limit is {limit}")]
    Never {
        /// Tokens of the prompt.
        needed: u64,
        /// The limit.
        limit: u64,
    },
}

/// What one user spent in the last window, and holds for calls under way.
///
/// Tokens held count until their call ends, however long it takes; tokens spent
/// count for one window from the moment the call ended. Memory is bounded by
/// the window: one entry a tenth of a second.
#[derive(Clone, Debug, Default)]
pub struct Window {
    buckets: VecDeque<(i64, u64)>,
    spent: u64,
    held: u64,
}

impl Window {
    /// Holds what `hold` asks, the answer's part cut to the room there is;
    /// returns the tokens held.
    ///
    /// # Errors
    ///
    /// [`Refusal`] when the prompt does not fit; nothing is held then.
    pub fn reserve(&mut self, hold: Hold, limit: Limit, now: UnixMillis) -> Result<u64, Refusal> {
        self.slide(limit, now);
        if hold.prompt > limit.tokens {
            let (needed, limit) = (hold.prompt, limit.tokens);
            return Err(Refusal::Never { needed, limit });
        }
        let room = limit.tokens.saturating_sub(self.used());
        if hold.prompt > room || room == 0 {
            let retry_ms = self.room_in(hold.prompt.max(1), limit, now);
            let standing = self.standing(limit, now);
            return Err(Refusal::Exceeded { retry_ms, standing });
        }
        let held = hold.prompt.saturating_add(hold.output).min(room);
        self.held = self.held.saturating_add(held);
        Ok(held)
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
            // A clock that was set back charges the newest bucket.
            Some((last, tokens)) if *last >= bucket => *tokens = tokens.saturating_add(spent),
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

    /// Whether nothing is spent or held: the user may be forgotten.
    pub fn is_idle(&mut self, limit: Limit, now: UnixMillis) -> bool {
        self.slide(limit, now);
        self.spent == 0 && self.held == 0
    }

    fn used(&self) -> u64 {
        self.spent.saturating_add(self.held)
    }

    fn slide(&mut self, limit: Limit, now: UnixMillis) {
        while let Some(&(bucket, tokens)) = self.buckets.front() {
            if leaves_in(bucket, limit, now) > 0 {
                break;
            }
            self.spent = self.spent.saturating_sub(tokens);
            self.buckets.pop_front();
        }
    }

    /// Milliseconds until `needed` fit, if calls under way give nothing back.
    fn room_in(&self, needed: u64, limit: Limit, now: UnixMillis) -> i64 {
        let mut used = self.used();
        for &(bucket, tokens) in &self.buckets {
            used = used.saturating_sub(tokens);
            if used.saturating_add(needed) <= limit.tokens {
                return leaves_in(bucket, limit, now);
            }
        }
        // The rest is held: it ends when those calls do, nobody knows when.
        limit.window_ms.min(1000)
    }
}

/// Milliseconds until a bucket has left the window. Never more than the window
/// and one bucket, also after the clock was set back.
fn leaves_in(bucket: i64, limit: Limit, now: UnixMillis) -> i64 {
    let end = bucket
        .saturating_add(1)
        .saturating_mul(BUCKET_MS)
        .saturating_add(limit.window_ms);
    let longest = limit.window_ms.saturating_add(BUCKET_MS);
    end.saturating_sub(now.0).min(longest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: Limit = Limit {
        tokens: 100,
        window_ms: 60_000,
    };

    fn hold(prompt: u64, output: u64) -> Hold {
        Hold { prompt, output }
    }

    #[test]
    fn a_token_counts_for_one_window_and_the_refusal_says_when_it_leaves() {
        let mut window = Window::default();
        let held = window.reserve(hold(10, 80), LIMIT, UnixMillis(0)).unwrap();
        window.settle(held, 90, LIMIT, UnixMillis(1_000));
        let refused = window.reserve(hold(20, 0), LIMIT, UnixMillis(31_000));
        let Err(Refusal::Exceeded { retry_ms, standing }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!((retry_ms, standing.remaining), (30_100, 10));
        let then = UnixMillis(31_000 + retry_ms);
        assert_eq!(window.reserve(hold(20, 0), LIMIT, then), Ok(20));
    }

    #[test]
    fn only_the_prompt_must_fit_and_more_than_the_limit_never_will() {
        let mut window = Window::default();
        let never = Refusal::Never {
            needed: 101,
            limit: 100,
        };
        assert_eq!(
            window.reserve(hold(101, 0), LIMIT, UnixMillis(0)),
            Err(never)
        );
        assert_eq!(
            window.reserve(hold(40, 1000), LIMIT, UnixMillis(0)),
            Ok(100)
        );
        assert!(window.reserve(hold(0, 1), LIMIT, UnixMillis(0)).is_err());
    }

    #[test]
    fn an_absurd_cost_fills_the_window_and_leaves_with_it() {
        let (mut window, now) = (Window::default(), UnixMillis(0));
        for _ in 0..2 {
            let held = window.reserve(hold(1, 1), LIMIT, now).unwrap_or(0);
            window.settle(held, u64::MAX, LIMIT, now);
        }
        window.held = 1;
        assert_eq!(window.standing(LIMIT, now).remaining, 0);
        assert!(window.reserve(hold(1, 0), LIMIT, now).is_err());
        let then = UnixMillis(60_100);
        assert_eq!(window.standing(LIMIT, then).remaining, 99);
    }

    proptest! {
        #[test]
        fn what_is_held_and_spent_never_exceeds_the_limit_and_all_of_it_leaves(
            steps in prop::collection::vec((0u64..60, 0u64..60, 0i64..20_000), 1..100),
        ) {
            let (mut window, mut now) = (Window::default(), 0);
            for (prompt, output, wait) in steps {
                now += wait;
                if let Ok(held) = window.reserve(hold(prompt, output), LIMIT, UnixMillis(now)) {
                    prop_assert!(window.spent + window.held <= LIMIT.tokens);
                    window.settle(held, held.min(prompt), LIMIT, UnixMillis(now));
                }
                prop_assert!(window.buckets.len() <= 601);
            }
            prop_assert!(window.is_idle(LIMIT, UnixMillis(now + 60_100)));
        }
    }
}
