//! What `check` says of memory.

use super::{Finding, State, finding};
use crate::config::{Config, MemoryBackend};

pub(super) fn memory(config: &Config) -> Finding {
    match config.memory {
        MemoryBackend::Sqlite => {
            let detail = format!("sqlite, {}", kept(config));
            finding("memory", State::On, detail)
        }
        MemoryBackend::None => finding("memory", State::Off, "MEM_BACKEND=none"),
    }
}

/// How long, and how much.
fn kept(config: &Config) -> String {
    let days = match config.memory_retention {
        Some(span) => format!("kept {} days", span.as_secs() / 86_400),
        None => "kept for ever".to_owned(),
    };
    match config.memory_max_bytes {
        Some(bytes) => format!("{days}, {} MB at most", bytes / 1_000_000),
        None => days,
    }
}
