//! What people may spend in a sliding window: rules and sums, as values.

mod account;
mod limits;
mod pattern;
mod window;

use std::sync::Arc;

pub use account::{Account, Granted};
pub use limits::{DEFAULT, LimitId, Limits, Rule, Subject, Under, Who};
pub use pattern::Pattern;
pub use window::Window;

/// How much in how long.
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

impl Hold {
    /// Both.
    pub fn all(self) -> u64 {
        self.prompt.saturating_add(self.output)
    }
}

/// Where a user stands, for `RateLimit-*` headers: at the limit with the least
/// room, where several hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The limit, in tokens.
    pub limit: u64,
    /// Tokens that are left.
    pub remaining: u64,
    /// Milliseconds until everything spent so far has left the window.
    pub reset_ms: i64,
}

impl Standing {
    /// Nothing is spent.
    pub fn untouched(limit: Limit) -> Self {
        Self {
            limit: limit.tokens,
            remaining: limit.tokens,
            reset_ms: 0,
        }
    }
}

/// Why a call is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No room now.
    #[error("token quota exceeded")]
    Exceeded {
        /// The name of the limit that takes longest to have room.
        limit: Arc<str>,
        /// When there will be, in milliseconds from now; at most the window.
        retry_ms: i64,
        /// Where the user stands.
        standing: Standing,
    },
    /// More than a whole limit: no waiting helps.
    #[error("the request needs {needed} tokens, the limit is {tokens}")]
    Never {
        /// The name of the smallest limit.
        limit: Arc<str>,
        /// Tokens of the prompt.
        needed: u64,
        /// The limit, in tokens.
        tokens: u64,
    },
}

impl Refusal {
    /// The name of the limit that says no.
    pub fn limit(&self) -> &Arc<str> {
        match self {
            Self::Exceeded { limit, .. } | Self::Never { limit, .. } => limit,
        }
    }
}
