//! What an attempt shows while it runs.

use std::sync::atomic::{AtomicBool, Ordering};

/// What others may know of an attempt while it runs.
#[derive(Debug, Default)]
pub struct Signs {
    waits: AtomicBool,
    is_unnamed: AtomicBool,
}

impl Signs {
    /// Of an attempt that begins, or `waits` for credentials already.
    pub fn of(waits: bool) -> Self {
        let signs = Self::default();
        signs.set_waits(waits);
        signs
    }

    /// Whether it waits for credentials, for which there is no limit.
    pub fn waits(&self) -> bool {
        self.waits.load(Ordering::Acquire)
    }

    /// Whether its agent was sent the task and has not said yet what it calls it:
    /// who hangs up now cannot tell the agent to stop.
    pub fn is_unnamed(&self) -> bool {
        self.is_unnamed.load(Ordering::Acquire)
    }

    pub(super) fn set_waits(&self, waits: bool) {
        self.waits.store(waits, Ordering::Release);
    }

    pub(super) fn set_unnamed(&self, is_unnamed: bool) {
        self.is_unnamed.store(is_unnamed, Ordering::Release);
    }
}
