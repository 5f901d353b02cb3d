//! How long to wait, and for how long in all.

use std::time::Duration;

use tokio::time::Instant;

use crate::adapters::runner::{pen::Halt, too_late};

/// The first pause before an agent is asked again; it doubles.
const FIRST: Duration = Duration::from_millis(100);
/// The longest while it works, and while it waits for somebody.
const LONGEST: Duration = Duration::from_secs(3);
const LONGEST_WAITING: Duration = Duration::from_secs(15);

/// The limit of a call: it runs while the agent works, and begins anew when the
/// agent goes on after it waited for somebody.
#[derive(Debug)]
pub(super) struct Patience {
    limit: Duration,
    until: Option<Instant>,
    pause: Duration,
}

impl Patience {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            until: None,
            pause: FIRST,
        }
    }

    /// When it is too late; never, while the task `waits` for somebody.
    pub(super) fn until(&mut self, waits: bool) -> Option<Instant> {
        if waits {
            self.until = None;
            return None;
        }
        let limit = self.limit;
        Some(*self.until.get_or_insert_with(|| Instant::now() + limit))
    }

    /// Waits for `what`, but not too long.
    pub(super) async fn within<T>(
        &mut self,
        waits: bool,
        what: impl Future<Output = T>,
    ) -> Result<T, Halt> {
        match self.until(waits) {
            None => Ok(what.await),
            Some(until) => {
                let late = |_| self.late();
                tokio::time::timeout_at(until, what).await.map_err(late)
            }
        }
    }

    pub(super) fn late(&self) -> Halt {
        Halt::Again(too_late(self.limit), None)
    }

    /// Something came: the next pause is short again.
    pub(super) fn refresh(&mut self) {
        self.pause = FIRST;
    }

    /// Pauses before the agent is asked again, for `asked_ms` at least.
    pub(super) async fn pause(&mut self, waits: bool, asked_ms: Option<i64>) -> Result<(), Halt> {
        let longest = if waits { LONGEST_WAITING } else { LONGEST };
        let asked = Duration::from_millis(asked_ms.unwrap_or(0).clamp(0, 60_000).unsigned_abs());
        let pause = self.pause.min(longest).max(asked);
        self.pause = (self.pause * 2).min(longest);
        self.within(waits, tokio::time::sleep(pause)).await
    }
}
