//! What tests stand on.

pub mod agent;
pub mod engine;
pub mod gateway;
pub mod issuer;
pub mod peer;

use std::time::{Duration, Instant};

/// Looks again and again until `look` finds something, for ten seconds at most.
pub async fn eventually<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < until, "{what}: not within ten seconds");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
