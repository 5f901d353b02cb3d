//! Settings that commands read apart from all others: they look into memory also
//! where a gateway could not start.

use std::path::{Path, PathBuf};

use super::{Config, Faults, MemoryConfig, Reader, Vars, database, memory, tables};

/// What commands on memory must know.
#[derive(Clone, Debug)]
pub struct MemoryApart {
    /// `DATABASE_URL`: the SQLite file.
    pub database: PathBuf,
    /// `MEM_*` and `WEAVIATE_*`.
    pub memory: MemoryConfig,
    /// The one issuer, if there is one, whose users the original's events belong to.
    pub home: Option<String>,
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
            memory: memory::read(&reader),
            home: home(&reader),
        };
        reader.end(apart)
    }
}

/// The one issuer there is, if there is one.
fn home(reader: &Reader<'_>) -> Option<String> {
    let issuers = tables(reader).issuer.into_iter().map(|issuer| issuer.url);
    let mut issuers = issuers.chain(reader.owned("OIDC_ISSUER"));
    issuers.next().filter(|_| issuers.next().is_none())
}
