//! What tests stand on.

pub mod a2a;
pub mod a2a_agent;
pub mod agent;
pub mod asking;
pub mod blunt;
pub mod collector;
pub mod database;
pub mod descope;
pub mod dice;
pub mod engine;
pub mod gateway;
pub mod hub;
pub mod issuer;
pub mod key;
pub mod openmeter;
pub mod peer;
pub mod process;
pub mod provider;
pub mod rows;
pub mod scripted;
pub mod served;
pub mod sse;
pub mod tab;
pub mod wallet;
pub mod weaviate;
pub mod wire;

use std::{
    io::Write,
    time::{Duration, Instant},
};

/// Looks again and again until `look` finds something, for a minute at most: other
/// work may keep this machine busy.
pub async fn eventually<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < until, "{what}: not within a minute");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A file with this text, for `ATTACH_CONFIG`.
pub fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}
