//! Settings that commands read apart from all others: they look into memory also
//! where a gateway could not start.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{Config, Faults, MemoryBackend, Reader, Vars, database, days, memory, redact};

/// What commands on memory must know.
#[derive(Clone, Debug)]
pub struct MemoryApart {
    /// `DATABASE_URL`: the SQLite file.
    pub database: PathBuf,
    /// `MEM_BACKEND`.
    pub backend: MemoryBackend,
    /// `MEM_RETENTION_DAYS`; `None` keeps everything.
    pub retention: Option<Duration>,
    /// `MEM_REDACT`.
    pub redact: Vec<String>,
}

impl Config {
    /// The settings of memory alone, and where the database file is.
    ///
    /// # Errors
    ///
    /// Every fault of those.
    pub fn memory_apart(vars: &Vars) -> Result<MemoryApart, Faults> {
        let reader = Reader::new(vars);
        let data = reader.text("ATTACH_DATA").unwrap_or(".attach");
        let apart = MemoryApart {
            database: database(&reader, Path::new(data)),
            backend: memory(&reader),
            retention: Some(days(&reader, "MEM_RETENTION_DAYS", 30)),
            redact: redact(&reader),
        };
        reader.end(apart)
    }
}
