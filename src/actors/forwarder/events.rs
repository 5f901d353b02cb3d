//! Memory events on their way to Weaviate.

use std::time::Duration;

use tokio::sync::watch;

use super::{Away, Outbox, Turn};
use crate::{
    adapters::{
        memory::{
            MemoryError,
            weaviate::{Forwarded, Weaviate},
        },
        usage::prometheus::series,
    },
    domain::time::UnixMillis,
};

/// How old idempotency keys may get.
const KEYS_MS: i64 = 86_400_000;

/// An event's row goes once Weaviate has taken it: at least once over a crash, under
/// the same id, so that it is there once.
impl Outbox for Weaviate {
    const NAME: &'static str = "Weaviate";
    const GATHER: Duration = Duration::from_millis(20);
    const LONGEST_REST: Duration = Duration::from_secs(30);
    type Error = MemoryError;

    fn arrivals(&self) -> watch::Receiver<()> {
        Self::arrivals(self)
    }

    async fn forward(&self, now: UnixMillis, chance: f64) -> Result<Turn, MemoryError> {
        Self::forward(self, now, chance).await.map(turn)
    }

    async fn leave(&self) {
        Self::leave(self).await;
    }

    async fn tidy(&self, now: UnixMillis) {
        if let Err(error) = self.forget_keys(now.plus(-KEYS_MS)).await {
            tracing::warn!(%error, "old idempotency keys stay, trying again in ten minutes");
        }
    }
}

fn turn(forwarded: Forwarded) -> Turn {
    for event in &forwarded.set_aside {
        // Not what Weaviate said: it may quote the event.
        tracing::warn!(%event, "Weaviate refused an event, it is set aside; see last_error in memory_set_aside");
    }
    let counts = [
        (series::MEMORY_FORWARDED, forwarded.sent),
        (series::MEMORY_REFUSED, forwarded.set_aside.len()),
    ];
    Turn {
        sent: forwarded.sent,
        counts,
        away: forwarded.away.map(|fault| Away {
            why: fault.to_string(),
            after_ms: fault.after_ms(),
            is_lasting: false,
        }),
        is_narrowed: forwarded.is_narrowed,
        is_more: forwarded.is_any,
    }
}
