//! Everyone's memory, for whoever runs the gateway: never on a caller's route.

use super::{Memory, MemoryError, Remembered, rows, weaviate};
use crate::domain::{id::Owner, memory::EventKind, time::UnixMillis};

/// What one person has in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Who.
    pub owner: Owner,
    /// How many events.
    pub events: u64,
    /// About what they take; `None` where the backend does not tell.
    pub bytes: Option<u64>,
    /// When the first of them happened.
    pub oldest: UnixMillis,
    /// When the last one did.
    pub newest: UnixMillis,
}

/// What all have together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    /// How many people have events.
    pub people: u64,
    /// How many events.
    pub events: u64,
    /// About what they take; `None` where the backend does not tell.
    pub bytes: Option<u64>,
    /// When the first of them happened; `None` without any.
    pub oldest: Option<UnixMillis>,
    /// When the last one did.
    pub newest: Option<UnixMillis>,
}

/// Which of everyone's events to follow.
#[derive(Clone, Debug, Default)]
pub struct TailFilter {
    /// Only of people of this name, whoever vouches for them.
    pub user: Option<String>,
    /// Only of this kind.
    pub event: Option<EventKind>,
}

/// Follows what comes into memory, in the order in which it comes in.
#[derive(Debug)]
pub enum Tail {
    /// In the database itself.
    Rows(rows::Tail),
    /// In Weaviate, by their moments.
    Weaviate(weaviate::Tail),
}

impl Memory {
    /// Who has events: people called `user`, or all; at most `limit`, the largest
    /// first.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Off`], the database.
    pub async fn holdings(
        &self,
        user: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Holding>, MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Rows(db) => rows::holdings(db, user, limit).await,
            Self::Weaviate(weaviate) => weaviate.holdings(user, limit).await,
        }
    }

    /// What all have together.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Off`], the database.
    pub async fn total(&self) -> Result<Total, MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Rows(db) => rows::total(db).await,
            Self::Weaviate(weaviate) => weaviate.total().await,
        }
    }

    /// The newest events that pass `filter`, at most `newest` of them and the
    /// oldest of these first; and a [`Tail`] that goes on where they end: nothing
    /// is missed between the two and nothing comes twice. In Weaviate they come by
    /// their moments: one that is late is missed.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Off`], the database.
    pub async fn tail(
        &self,
        filter: TailFilter,
        newest: u32,
    ) -> Result<(Vec<Remembered>, Tail), MemoryError> {
        match self {
            Self::None => Err(MemoryError::Off),
            Self::Rows(db) => {
                let (events, tail) = rows::Tail::start(db, filter, newest).await?;
                Ok((events, Tail::Rows(tail)))
            }
            Self::Weaviate(weaviate) => {
                let (events, tail) = weaviate.tail(filter, newest).await?;
                Ok((events, Tail::Weaviate(tail)))
            }
        }
    }
}

impl Tail {
    /// Some of what came in since it was asked last, whatever moment the events
    /// say they are from; nothing if there was nothing.
    ///
    /// # Errors
    ///
    /// The database. Asked again, it goes on.
    pub async fn next(&mut self) -> Result<Vec<Remembered>, MemoryError> {
        match self {
            Self::Rows(tail) => tail.next().await,
            Self::Weaviate(tail) => tail.next().await,
        }
    }
}
