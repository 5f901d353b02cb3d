//! `attach-gateway memory`: shared memory, beside a gateway that serves or without
//! one.

mod erase;
mod export;
mod import;
mod person;
mod progress;
mod stats;
mod tail;

use std::process::ExitCode;

use clap::Subcommand;

use super::{fail, serve::WRONG_SETTING};
use crate::{
    adapters::{
        database::{Database, OpenError},
        memory::{Memory, MemoryError, weaviate::Weaviate},
        store::StoreError,
    },
    config::{self, Config, LogFormat, MemoryApart, MemoryBackend},
    telemetry,
};

/// What to do with shared memory.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Erase everything of one person
    ///
    /// Every event goes, also out of the index, and of a file what the disk still
    /// knew of it; PostgreSQL uses the space again after its next vacuum, and its
    /// journal and backups are yours to mind. Usage records stay: they are bills. Sessions and API keys stay too;
    /// attach-gateway keys revoke ends a key. What a serving gateway is told
    /// meanwhile is kept: run it again after the person's last call. Interrupted,
    /// it goes on when it is run again.
    Erase(erase::Wanted),
    /// Print events as lines of JSON, the oldest first
    ///
    /// One event a line, with all its fields. memory import reads it back.
    Export(export::Wanted),
    /// Read lines of JSON back that memory export printed
    ///
    /// An event that is there already is left alone, so the same file may be read
    /// again. Secrets are redacted (MEM_REDACT too), events older than
    /// MEM_RETENTION_DAYS are left out. A line that is wrong ends it: what stands
    /// before the line is kept then.
    ///
    /// Objects of the original's class MemoryEvent, one a line with
    /// _additional { id }, are read as well: fields that are nobody's here go into
    /// metadata.
    Import(import::Wanted),
    /// Print the newest events, and then what comes, everyone's
    ///
    /// One event a line: when, whose, what, the model or the title, the beginning
    /// of the text, the task. Ctrl-C ends it.
    Tail(tail::Wanted),
    /// Who has how much, the largest first
    Stats {
        /// How many people
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Memory(#[from] MemoryError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Told(String),
}

/// What the commands work on.
struct Place {
    memory: Memory,
    database: Database,
}

pub(super) async fn run(command: Command) -> ExitCode {
    let settings = config::vars().and_then(|vars| Config::memory_apart(&vars));
    let settings = match settings {
        Ok(settings) => settings,
        Err(faults) => return fail(WRONG_SETTING, faults),
    };
    telemetry::start("warn", LogFormat::Text);
    let place = match open(&settings, matches!(command, Command::Import(_))).await {
        Ok(place) => place,
        Err(code) => return code,
    };
    let done = match command {
        Command::Erase(wanted) => erase::run(&place, wanted).await,
        Command::Export(wanted) => export::run(&place, wanted).await,
        Command::Import(wanted) => import::run(&place.memory, &settings, wanted).await,
        Command::Tail(wanted) => tail::run(&place.memory, wanted).await,
        Command::Stats { limit } => stats::run(&place.memory, limit).await,
    };
    place.database.close().await;
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(1, error),
    }
}

/// Opens the database that is there, as it is: a gateway may serve from it. One
/// that is missing is made where `is_made`.
async fn open(settings: &MemoryApart, is_made: bool) -> Result<Place, ExitCode> {
    if matches!(settings.memory.backend, MemoryBackend::None) {
        return Err(fail(WRONG_SETTING, MemoryError::Off));
    }
    let opened = match Database::existing(&settings.database).await {
        Err(OpenError::Missing(_)) if is_made => Database::open(&settings.database).await,
        opened => opened,
    };
    let database = opened.map_err(|error| fail(1, error))?;
    let memory = chosen(settings, &database).map_err(|error| fail(1, error))?;
    Ok(Place { memory, database })
}

/// The backend that is configured.
fn chosen(settings: &MemoryApart, database: &Database) -> Result<Memory, reqwest::Error> {
    Ok(match &settings.memory.backend {
        MemoryBackend::None => Memory::None,
        MemoryBackend::Database => Memory::Rows(database.clone()),
        MemoryBackend::Weaviate(config) => {
            let home = settings.home.clone();
            Memory::Weaviate(Weaviate::new(config, database.clone(), home)?)
        }
    })
}
