//! Notes what agents do to memory in the name of a task, beside their requests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::{
    actors::writer::Writer,
    adapters::memory::access::{Access, AccessTable},
    config::Durability,
};

/// Of so many notes that are let go one is logged.
const LOGGED: u64 = 1000;

/// Notes uses of memory. A clone is cheap.
#[derive(Clone)]
pub struct AccessLog {
    writer: Writer<AccessTable>,
    let_go: Arc<AtomicU64>,
}

impl AccessLog {
    /// Writes to `table`; `capacity` notes wait for the disk at most. Whatever
    /// `USAGE_DURABILITY` says, nobody waits for a commit of theirs.
    pub fn start(table: AccessTable, capacity: u32) -> Self {
        Self {
            writer: Writer::start(table, capacity, Durability::Group),
            let_go: Arc::default(),
        }
    }

    /// Notes `access`: on disk within some 50 ms. Where the disk does not keep up, it
    /// lets it go: nothing depends on it, and whoever used memory does not wait.
    pub fn note(&self, access: Access) {
        match self.writer.place_now() {
            Ok(place) => drop(place.put(access)),
            Err(full) => {
                let let_go = self.let_go.fetch_add(1, Ordering::Relaxed) + 1;
                if let_go % LOGGED == 1 {
                    tracing::warn!(error = %full, let_go, "uses of memory are not noted");
                }
            }
        }
    }

    /// Notes that were let go since the start.
    pub fn let_go(&self) -> u64 {
        self.let_go.load(Ordering::Relaxed)
    }

    /// Whether its actor still runs.
    pub fn is_alive(&self) -> bool {
        self.writer.is_alive()
    }

    /// How long a message waits for its actor.
    pub async fn wait(&self) -> Duration {
        self.writer.wait().await
    }

    /// Resolves once everything noted is written.
    pub async fn drain(&self) {
        self.writer.drain().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        adapters::{database::Database, memory::access::Op},
        domain::{id::TaskId, time::UnixMillis},
    };

    fn read() -> Access {
        Access {
            id: uuid::Uuid::now_v7(),
            task: TaskId::fresh(),
            at: UnixMillis(1),
            duration_ms: 1,
            op: Op::Read,
            event: None,
            found: None,
        }
    }

    #[actix::test]
    async fn a_note_there_is_no_place_for_is_let_go_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("a.db").display());
        let db = Database::open(&url.parse().unwrap()).await.unwrap();
        let log = AccessLog::start(AccessTable::new(db), 2);
        // Nothing is written in between: nobody waits for anything here.
        (0..5).for_each(|_| log.note(read()));
        assert_eq!(log.let_go(), 3);
        log.drain().await;
    }
}
