//! Where shared memory is kept.

mod sqlite;

use serde_json::{Map, Value};

use crate::{
    adapters::sqlite::{Sqlite, WriteError},
    domain::{
        id::{Owner, SessionId, TaskId},
        memory::MemoryEvent,
        time::UnixMillis,
    },
};

/// The memory backend. A clone is cheap.
#[derive(Clone, Debug)]
pub enum Memory {
    /// Nothing is kept.
    None,
    /// In the database file.
    Sqlite(Sqlite),
}

/// Why memory did not do it.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// `MEM_BACKEND=none`.
    #[error("memory is off; set MEM_BACKEND=sqlite")]
    Off,
    /// No such event, or not this owner's: the two look alike.
    #[error("unknown event")]
    NotFound,
    /// The database refused or is closed.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A read failed.
    #[error("database: {0}")]
    Read(#[from] sqlx::Error),
}

/// An event as its owner reads it.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// Its id.
    pub id: uuid::Uuid,
    /// When it happened.
    pub at: UnixMillis,
    /// Its name and fields, as they were written.
    pub fields: Map<String, Value>,
}

/// Which of an owner's events to read.
#[derive(Clone, Debug, Default)]
pub struct MemoryFilter {
    /// Only this kind.
    pub event: Option<String>,
    /// Only of this task.
    pub task: Option<TaskId>,
    /// Only of this session.
    pub session: Option<SessionId>,
    /// Only older than this event.
    pub before: Option<uuid::Uuid>,
    /// At most so many.
    pub limit: u32,
}

impl Memory {
    /// Whether anything is kept.
    pub fn is_on(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Keeps a batch. Written again, an event is kept once.
    ///
    /// # Errors
    ///
    /// The database; nothing of the batch is kept then.
    pub async fn write(&self, batch: &[MemoryEvent]) -> Result<(), MemoryError> {
        match self {
            Self::None => Ok(()),
            Self::Sqlite(db) => sqlite::write(db, batch).await,
        }
    }

    /// Keeps one event and says under which id: with an idempotency `key` that
    /// its owner used before, under the id of the first one.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Off`]; the database.
    pub async fn keep(
        &self,
        event: MemoryEvent,
        key: Option<String>,
    ) -> Result<uuid::Uuid, MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Sqlite(db) => sqlite::keep(db, event, key).await,
        }
    }

    /// One event of `owner`.
    ///
    /// # Errors
    ///
    /// [`MemoryError::NotFound`], [`MemoryError::Off`], the database.
    pub async fn get(&self, id: uuid::Uuid, owner: &Owner) -> Result<Remembered, MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Sqlite(db) => sqlite::get(db, id, owner).await,
        }
    }

    /// Events of `owner`, newest first: as many as the filter asks for, or fewer
    /// where they are long; whether there are more.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Off`], the database.
    pub async fn recent(
        &self,
        owner: &Owner,
        filter: &MemoryFilter,
    ) -> Result<(Vec<Remembered>, bool), MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Sqlite(db) => sqlite::recent(db, owner, filter).await,
        }
    }

    /// Forgets up to a thousand events from before `before`; how many.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn expire(&self, before: UnixMillis) -> Result<u64, MemoryError> {
        match self {
            Self::None => Ok(0),
            Self::Sqlite(db) => sqlite::expire(db, before).await,
        }
    }
}
