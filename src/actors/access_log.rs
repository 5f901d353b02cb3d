//! Notes what agents do to memory in the name of a task, beside their requests.

use std::time::Duration;

use crate::{
    actors::writer::Writer,
    adapters::memory::access::{Access, AccessTable},
    config::Durability,
};

/// Notes uses of memory. A clone is cheap.
#[derive(Clone)]
pub struct AccessLog(Writer<AccessTable>);

impl AccessLog {
    /// Writes to `table`; `capacity` notes wait for the disk at most. Whatever
    /// `USAGE_DURABILITY` says, nobody waits for a commit of theirs.
    pub fn start(table: AccessTable, capacity: u32) -> Self {
        Self(Writer::start(table, capacity, Durability::Group))
    }

    /// Notes `access`: on disk within some 50 ms. Where the disk does not keep up, it
    /// waits for a place, and lets it go after five seconds: nothing depends on it.
    pub async fn note(&self, access: Access) {
        match self.0.place().await {
            Ok(place) => drop(place.put(access)),
            Err(full) => {
                tracing::warn!(error = %full, task = %access.task, "a use of memory is not noted");
            }
        }
    }

    /// Whether its actor still runs.
    pub fn is_alive(&self) -> bool {
        self.0.is_alive()
    }

    /// How long a message waits for its actor.
    pub async fn wait(&self) -> Duration {
        self.0.wait().await
    }

    /// Resolves once everything noted is written.
    pub async fn drain(&self) {
        self.0.drain().await;
    }
}
