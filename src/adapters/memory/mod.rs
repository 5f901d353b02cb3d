//! Where shared memory is kept.

pub mod access;
mod everyone;
mod rows;
pub mod weaviate;

use serde_json::{Map, Value};

use crate::{
    adapters::database::{Database, WriteError},
    domain::{
        id::{Owner, SessionId, TaskId},
        memory::{MemoryEvent, cursor::Cursor, query::Query},
        time::UnixMillis,
    },
};
use weaviate::{Fault, Weaviate};

pub use everyone::{Holding, Tail, TailFilter, Total};

/// The memory backend. A clone is cheap.
#[derive(Clone, Debug)]
pub enum Memory {
    /// Nothing is kept.
    None,
    /// In the database itself.
    Rows(Database),
    /// In a Weaviate, after a stay in the database.
    Weaviate(Weaviate),
}

/// Why memory did not do it.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// `MEM_BACKEND=none`.
    #[error("memory is off; set MEM_BACKEND to sqlite, postgres or weaviate")]
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
    /// What is kept elsewhere cannot be had now.
    #[error(transparent)]
    Away(#[from] Fault),
}

/// How what is kept elsewhere stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Events that wait on disk to be sent.
    pub waiting: u64,
    /// Events that were refused too often: on disk, until someone looks after them.
    pub set_aside: u64,
    /// How long the oldest of those that wait has waited, in ms.
    pub oldest_ms: Option<i64>,
    /// Why the place could not be used the last time it was asked.
    pub away: Option<String>,
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

    /// The word of `MEM_BACKEND`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Rows(Database::Sqlite(_)) => "sqlite",
            Self::Rows(Database::Postgres(_)) => "postgres",
            Self::Weaviate(_) => "weaviate",
        }
    }

    /// How it stands with what is kept elsewhere; `None` where nothing is. Costs a
    /// look at the rows that wait.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn standing(&self, now: UnixMillis) -> Result<Option<Standing>, MemoryError> {
        match self {
            Self::None | Self::Rows(_) => Ok(None),
            Self::Weaviate(weaviate) => weaviate.standing(now).await.map(Some),
        }
    }

    /// Keeps a batch; how many of it were new. Written again, an event is kept
    /// once; one that has left for Weaviate counts as new again.
    ///
    /// # Errors
    ///
    /// The database; nothing of the batch is kept then.
    pub async fn write(&self, batch: &[MemoryEvent]) -> Result<u64, MemoryError> {
        match self {
            Self::None => Ok(0),
            Self::Rows(db) => rows::write(db, batch).await,
            Self::Weaviate(weaviate) => weaviate.write(batch).await,
        }
    }

    /// Keeps one event and says under which id: with an idempotency `key` that
    /// its owner used before, under the id of the first one. On `Ok` it is on disk.
    /// With Weaviate a key is known for a day.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Off`]; the database.
    pub async fn keep(&self, event: MemoryEvent, key: Option<String>) -> Result<Kept, MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Rows(db) => rows::keep(db, event, key).await,
            Self::Weaviate(weaviate) => weaviate.keep(event, key).await,
        }
    }

    /// One event of `owner`.
    ///
    /// # Errors
    ///
    /// [`MemoryError::NotFound`], [`MemoryError::Off`], [`MemoryError::Away`], the database.
    pub async fn get(&self, id: uuid::Uuid, owner: &Owner) -> Result<Remembered, MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Rows(db) => rows::get(db, id, owner).await,
            Self::Weaviate(weaviate) => weaviate.get(id, owner).await,
        }
    }

    /// Events of `owner`, the newest first.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Off`], [`MemoryError::Away`], the database.
    pub async fn recent(&self, owner: &Owner, filter: &MemoryFilter) -> Result<Page, MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Rows(db) => rows::recent(db, owner, filter).await,
            Self::Weaviate(weaviate) => weaviate.recent(owner, filter).await,
        }
    }

    /// The events of `owner` that answer `query` best, the best first. Any of the
    /// words may be in them; which are rare is judged by the owner's events alone.
    /// At most `limit`, fewer where they are long. In Weaviate, events that still
    /// wait to be sent are not searched; which words are rare is judged by the
    /// hundred events that Weaviate ranks best; and words that no space separates, as
    /// in Chinese, are not found.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Off`], [`MemoryError::Away`], the database.
    pub async fn search(
        &self,
        owner: &Owner,
        query: &Query,
        limit: u32,
    ) -> Result<Vec<Remembered>, MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Rows(db) => rows::search(db, owner, query, limit).await,
            Self::Weaviate(weaviate) => weaviate.search(owner, query, limit).await,
        }
    }

    /// Events of `owner`, or of everyone, the oldest first, after `after`. For
    /// whoever runs the gateway.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Off`], [`MemoryError::Away`], the database.
    pub async fn oldest(
        &self,
        owner: Option<&Owner>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page, MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Rows(db) => rows::oldest(db, owner, after, limit).await,
            Self::Weaviate(weaviate) => weaviate.oldest(owner, after, limit).await,
        }
    }

    /// Erases one event of `owner`, of a file also from what the disk still knew of it.
    /// A server uses the space again after its next vacuum; its journal, its replicas
    /// and its backups are its own affair.
    ///
    /// # Errors
    ///
    /// [`MemoryError::NotFound`], [`MemoryError::Off`], [`MemoryError::Away`], the database.
    pub async fn erase(&self, id: uuid::Uuid, owner: &Owner) -> Result<(), MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Rows(db) => rows::erase(db, id, owner).await,
            Self::Weaviate(weaviate) => weaviate.erase(id, owner).await,
        }
    }

    /// Erases every event of `owner`; how many there were. What was noted of uses of
    /// memory in the name of their tasks goes, too, also what is noted meanwhile. Asked
    /// again after an error, it goes on.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Off`], [`MemoryError::Away`], the database.
    pub async fn erase_all(&self, owner: &Owner) -> Result<u64, MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Rows(db) => {
                access::erase(db, owner).await?;
                let erased = rows::erase_all(db, owner).await?;
                // What was noted meanwhile.
                access::erase(db, owner).await?;
                Ok(erased)
            }
            Self::Weaviate(weaviate) => {
                let db = weaviate.database();
                access::erase(db, owner).await?;
                // Also what was kept here before memory went to Weaviate.
                let before = rows::erase_all(db, owner).await?;
                let erased = weaviate.erase_all(owner).await?;
                access::erase(db, owner).await?;
                Ok(before + erased)
            }
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
            Self::Rows(db) => rows::expire(db, before).await,
            Self::Weaviate(weaviate) => weaviate.expire(before).await,
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
            Self::None | Self::Weaviate(_) => Ok(0),
            Self::Rows(db) => rows::shrink(db, max_bytes).await,
        }
    }

    /// Takes off the disk what erasing had no chance to, because it was cut off or
    /// somebody read all the while. Nothing on a server.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn clean(&self) -> Result<(), MemoryError> {
        match self {
            Self::None | Self::Weaviate(_) => Ok(()),
            Self::Rows(db) => rows::clean(db).await,
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
            Self::None | Self::Weaviate(_) => Ok(false),
            Self::Rows(db) => rows::index(db).await,
        }
    }
}
