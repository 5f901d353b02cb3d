//! The calls that are under way, so that going down waits for them and for
//! nothing else: a client may keep an idle connection for hours.

use std::sync::Arc;

use tokio::sync::watch;

/// All calls of a server. A clone shares them.
#[derive(Clone)]
pub struct Calls(Arc<watch::Sender<()>>);

/// One call, over when it is dropped.
pub(super) struct Under(#[expect(dead_code, reason = "held, not read")] watch::Receiver<()>);

impl Default for Calls {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(())))
    }
}

impl Calls {
    pub(super) fn begin(&self) -> Under {
        Under(self.0.subscribe())
    }

    /// Resolves when none is under way.
    pub async fn over(&self) {
        self.0.closed().await;
    }
}
