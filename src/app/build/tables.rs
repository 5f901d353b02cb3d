//! Tables that grow, and what keeps them from growing for ever.

use super::{StartError, aging::Aging, millis, other};
use crate::{
    actors::{
        access_log::AccessLog,
        forwarder::Forwarder,
        mirror::Mirror,
        writer::{Dropped, MemorySink, Writer},
    },
    adapters::{
        api_keys::ApiKeys,
        browsers::BrowserTable,
        database::{
            Database,
            sole::{Part, Sole},
        },
        identity::used::UsedTokens,
        memory::{Memory, access::AccessTable, weaviate::Weaviate},
        sessions::SessionTable,
        usage::prometheus::Prometheus,
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
    pub(super) accesses: AccessTable,
    pub(super) access_log: AccessLog,
    pub(super) forwarder: Option<Forwarder<Weaviate>>,
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
    /// A pattern of `MEM_REDACT` is none; TLS cannot be set up on this machine.
    pub(super) fn start(
        config: &Config,
        database: &Database,
        metrics: &Prometheus,
    ) -> Result<Self, StartError> {
        let redactor = Redactor::new(&config.memory.redact).map_err(other)?;
        let dropped = Dropped::new(metrics.clone());
        let memory = memory(config, database)?;
        let writer = memory.is_on().then(|| {
            let sink = MemorySink::new(memory.clone(), dropped.clone());
            Writer::start(sink, waiting(config), config.durability)
        });
        let accesses = AccessTable::new(database.clone());
        let tables = Self {
            access_log: AccessLog::start(accesses.clone(), WAITING),
            accesses,
            forwarder: forwarder(&memory, metrics),
            memory,
            mirror: Mirror::new(writer, dropped, redactor),
            sessions: SessionTable::new(database.clone()),
            browsers: BrowserTable::new(database.clone()),
            used: UsedTokens::new(database.clone()),
            api_keys: ApiKeys::new(database.clone()),
        };
        actix_web::rt::spawn(tables.aging(config, database).go_on());
        Ok(tables)
    }

    fn aging(&self, config: &Config, database: &Database) -> Aging {
        Aging {
            sole: Sole::new(database, Part::Aging),
            memory: self.memory.clone(),
            mirror: self.mirror.clone(),
            keeps_ms: config.memory.retention.map(millis),
            max_bytes: config.memory.max_bytes,
            sessions: self.sessions.clone(),
            browsers: self.browsers.clone(),
            used: self.used.clone(),
        }
    }
}

fn memory(config: &Config, database: &Database) -> Result<Memory, StartError> {
    Ok(match &config.memory.backend {
        MemoryBackend::None => Memory::None,
        MemoryBackend::Database => Memory::Rows(database.clone()),
        MemoryBackend::Weaviate(weaviate) => {
            let home = home(config);
            let weaviate = Weaviate::new(weaviate, database.clone(), home);
            Memory::Weaviate(weaviate.map_err(other)?)
        }
    })
}

/// Whose users the original's events belong to: it knew names alone, so where there
/// are two issuers nobody can tell.
fn home(config: &Config) -> Option<String> {
    match &config.auth.issuers[..] {
        [one] => Some(one.url.clone()),
        _ => None,
    }
}

fn forwarder(memory: &Memory, metrics: &Prometheus) -> Option<Forwarder<Weaviate>> {
    match memory {
        Memory::Weaviate(weaviate) => Some(Forwarder::start(weaviate.clone(), metrics.clone())),
        Memory::None | Memory::Rows(_) => None,
    }
}

/// How many rows may wait for the disk.
pub(super) fn waiting(config: &Config) -> u32 {
    let calls = config.max_in_flight.saturating_mul(WAITING_A_CALL);
    u32::try_from(calls).unwrap_or(u32::MAX).max(WAITING)
}
