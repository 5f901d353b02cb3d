//! Where shared memory is kept.

mod everyone;
mod sqlite;

use serde_json::{Map, Value};

use crate::{
    adapters::sqlite::{Sqlite, WriteError},
    domain::{
        id::{Owner, SessionId, TaskId},
        memory::{MemoryEvent, cursor::Cursor, query::Query},
        time::UnixMillis,
    },
};

pub use everyone::{Holding, Tail, TailFilter, Total};

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

impl Remembered {
    /// What can be searched for in it.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let texts = ["title", "text"].into_iter();
        texts.filter_map(|name| self.fields.get(name)?.as_str())
    }
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
    /// Only below this place.
    pub before: Option<Cursor>,
    /// At most so many.
    pub limit: u32,
}

/// Part of a list: as many events as were asked for, or fewer where they are long.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The events, in the list's order.
    pub events: Vec<Remembered>,
    /// Whether the list goes on.
    pub is_more: bool,
}

impl Page {
    /// Where the list goes on, if it does.
    pub fn next(&self) -> Option<Cursor> {
        let last = self.events.last().filter(|_| self.is_more)?;
        Some(Cursor {
            at: last.at,
            id: last.id,
        })
    }
}

/// Under which id an event is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Its own.
    Now(uuid::Uuid),
    /// That of the event which was kept under the same key before.
    Before(uuid::Uuid),
}

impl Memory {
    /// Whether anything is kept.
    pub fn is_on(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Keeps a batch; how many of it were new. Written again, an event is kept
    /// once.
    ///
    /// # Errors
    ///
    /// The database; nothing of the batch is kept then.
    pub async fn write(&self, batch: &[MemoryEvent]) -> Result<u64, MemoryError> {
        match self {
            Self::None => Ok(0),
            Self::Sqlite(db) => sqlite::write(db, batch).await,
        }
    }

    /// Keeps one event and says under which id: with an idempotency `key` that
    /// its owner used before, under the id of the first one. On `Ok` it is on disk.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Off`]; the database.
    pub async fn keep(&self, event: MemoryEvent, key: Option<String>) -> Result<Kept, MemoryError> {
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

    /// Events of `owner`, the newest first.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Off`], the database.
    pub async fn recent(&self, owner: &Owner, filter: &MemoryFilter) -> Result<Page, MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Sqlite(db) => sqlite::recent(db, owner, filter).await,
        }
    }

    /// The events of `owner` that answer `query` best, the best first. Any of the
    /// words may be in them; which are rare is judged by the owner's events alone.
    /// At most `limit`, fewer where they are long.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Off`], the database.
    pub async fn search(
        &self,
        owner: &Owner,
        query: &Query,
        limit: u32,
    ) -> Result<Vec<Remembered>, MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Sqlite(db) => sqlite::search(db, owner, query, limit).await,
        }
    }

    /// Events of `owner`, or of everyone, the oldest first, after `after`. For
    /// whoever runs the gateway.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Off`], the database.
    pub async fn oldest(
        &self,
        owner: Option<&Owner>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page, MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Sqlite(db) => sqlite::oldest(db, owner, after, limit).await,
        }
    }

    /// Erases one event of `owner`, also from what the disk still knew of it.
    ///
    /// # Errors
    ///
    /// [`MemoryError::NotFound`], [`MemoryError::Off`], the database.
    pub async fn erase(&self, id: uuid::Uuid, owner: &Owner) -> Result<(), MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Sqlite(db) => sqlite::erase(db, id, owner).await,
        }
    }

    /// Erases every event of `owner`; how many there were. Asked again after an
    /// error, it goes on.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Off`], the database.
    pub async fn erase_all(&self, owner: &Owner) -> Result<u64, MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Sqlite(db) => sqlite::erase_all(db, owner).await,
        }
    }

    /// Forgets some events from before `before`; how many. To be called until it
    /// says 0.
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

    /// Forgets some of the oldest events, if all together take more than
    /// `max_bytes`; how many. To be called until it says 0.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn shrink(&self, max_bytes: u64) -> Result<u64, MemoryError> {
        match self {
            Self::None => Ok(0),
            Self::Sqlite(db) => sqlite::shrink(db, max_bytes).await,
        }
    }

    /// Prepares some events for searches; whether there may be more. Nothing needs
    /// it: a search does what is missing.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn index(&self) -> Result<bool, MemoryError> {
        match self {
            Self::None => Ok(false),
            Self::Sqlite(db) => sqlite::index(db, None).await,
        }
    }
}
