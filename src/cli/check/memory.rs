//! What `check` says of memory.

use super::{Finding, State, finding};
use crate::{
    adapters::memory::weaviate::{Look, look},
    config::{Config, MemoryBackend, WeaviateConfig},
};

pub(super) async fn memory(config: &Config) -> Finding {
    match &config.memory.backend {
        MemoryBackend::Database => {
            let name = match config.database.is_shared() {
                true => "postgres",
                false => "sqlite",
            };
            let detail = format!("{name}, {}", kept(config));
            finding("memory", State::On, detail)
        }
        MemoryBackend::Weaviate(weaviate) => outside(config, weaviate).await,
        MemoryBackend::None => finding("memory", State::Off, "MEM_BACKEND=none"),
    }
}

async fn outside(config: &Config, weaviate: &WeaviateConfig) -> Finding {
    let url = weaviate.url.as_str();
    match look(weaviate).await {
        Ok(look) => {
            let (version, class) = (&look.version, class(&look));
            let detail = format!("Weaviate {version} at {url}, {class}, {}", kept(config));
            finding("memory", State::On, detail)
        }
        Err(fault) => finding("memory", State::Fault, format!("{url}: {fault}")),
    }
}

fn class(look: &Look) -> String {
    match &look.class {
        None => "class MemoryEvent is missing and will be made".to_owned(),
        Some(differences) => {
            let made = if look.is_ours { "made" } else { "adopted" };
            let differences = match differences.is_empty() {
                true => String::new(),
                false => format!(" ({})", differences.join("; ")),
            };
            format!("class MemoryEvent {made}{differences}")
        }
    }
}

/// How long, and how much.
fn kept(config: &Config) -> String {
    let days = match config.memory.retention {
        Some(span) => format!("kept {} days", span.as_secs() / 86_400),
        None => "kept for ever".to_owned(),
    };
    match config.memory.max_bytes {
        Some(bytes) => format!("{days}, {} MB at most", bytes / 1_000_000),
        None => days,
    }
}
