//! Tables that grow, and what keeps them from growing for ever.

use super::{StartError, aging::Aging, millis, other};
use crate::{
    actors::{
        mirror::Mirror,
        writer::{Dropped, MemorySink, Writer},
    },
    adapters::{
        api_keys::ApiKeys, browsers::BrowserTable, identity::used::UsedTokens, memory::Memory,
        sessions::SessionTable, sqlite::Sqlite, usage::prometheus::Prometheus,
    },
    config::{Config, MemoryBackend},
    domain::redact::Redactor,
};

/// Memory events and usage records that may wait for the disk, at least; and
/// how many times the calls that may be under way at once, which hold theirs.
const WAITING: u32 = 8192;
const WAITING_A_CALL: usize = 4;

/// What is known of people: their memory, sessions, keys.
pub(super) struct Tables {
    pub(super) memory: Memory,
    pub(super) mirror: Mirror,
    pub(super) sessions: SessionTable,
    pub(super) browsers: BrowserTable,
    pub(super) used: UsedTokens,
    pub(super) api_keys: ApiKeys,
}

impl Tables {
    /// Opens them, and forgets what is old from now on.
    ///
    /// # Errors
    ///
    /// A pattern of `MEM_REDACT` is none.
    pub(super) fn start(
        config: &Config,
        database: &Sqlite,
        metrics: &Prometheus,
    ) -> Result<Self, StartError> {
        let dropped = Dropped::new(metrics.clone());
        let (memory, mirror) = memory(config, database, dropped)?;
        let tables = Self {
            memory,
            mirror,
            sessions: SessionTable::new(database.clone()),
            browsers: BrowserTable::new(database.clone()),
            used: UsedTokens::new(database.clone()),
            api_keys: ApiKeys::new(database.clone()),
        };
        actix_web::rt::spawn(tables.aging(config).go_on());
        Ok(tables)
    }

    fn aging(&self, config: &Config) -> Aging {
        Aging {
            memory: self.memory.clone(),
            mirror: self.mirror.clone(),
            keeps_ms: config.memory_retention.map(millis),
            max_bytes: config.memory_max_bytes,
            sessions: self.sessions.clone(),
            browsers: self.browsers.clone(),
            used: self.used.clone(),
        }
    }
}

fn memory(
    config: &Config,
    database: &Sqlite,
    dropped: Dropped,
) -> Result<(Memory, Mirror), StartError> {
    let redactor = Redactor::new(&config.redact).map_err(other)?;
    let memory = match config.memory {
        MemoryBackend::None => return Ok((Memory::None, Mirror::new(None, dropped, redactor))),
        MemoryBackend::Sqlite => Memory::Sqlite(database.clone()),
    };
    let sink = MemorySink::new(memory.clone(), dropped.clone());
    let writer = Writer::start(sink, waiting(config), config.durability);
    Ok((memory, Mirror::new(Some(writer), dropped, redactor)))
}

/// How many rows may wait for the disk.
pub(super) fn waiting(config: &Config) -> u32 {
    let calls = config.max_in_flight.saturating_mul(WAITING_A_CALL);
    u32::try_from(calls).unwrap_or(u32::MAX).max(WAITING)
}
