//! How an actor that sends things on is brought to rest.

use std::time::Duration;

use tokio::sync::watch;

/// The outside of it. A clone is cheap.
#[derive(Clone)]
pub(super) struct Drain {
    draining: watch::Sender<bool>,
    is_idle: watch::Receiver<bool>,
}

impl Drain {
    /// For an actor that says in `idle` whether nothing is under way.
    pub(super) fn new(idle: &watch::Sender<bool>) -> Self {
        Self {
            draining: watch::Sender::new(false),
            is_idle: idle.subscribe(),
        }
    }

    /// Turns true when nothing more may begin.
    pub(super) fn subscribe(&self) -> watch::Receiver<bool> {
        self.draining.subscribe()
    }

    /// Lets nothing more begin, and waits `patience` for what is under way; whether
    /// it ended.
    pub(super) async fn begin(&self, patience: Duration) -> bool {
        self.draining.send_replace(true);
        let mut is_idle = self.is_idle.clone();
        let ended = is_idle.wait_for(|is_idle| *is_idle);
        tokio::time::timeout(patience, ended).await.is_ok()
    }
}
