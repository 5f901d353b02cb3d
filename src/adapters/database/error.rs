//! Why the database did not do it.

use std::{borrow::Cow, path::PathBuf, sync::Arc};

use sqlx::error::DatabaseError;

use super::postgres::remedy::said;
use crate::config::Server;

/// `SQLITE_FULL`, and `disk_full` of PostgreSQL.
const FULL: [&str; 2] = ["13", "53100"];
/// `lock_not_available` of PostgreSQL.
const LOCKED: &str = "55P03";

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another gateway serves from it.
    #[error("{} is in use by another gateway; stop that one, or set ATTACH_DATA or DATABASE_URL to another place", .0.display())]
    InUse(PathBuf),
    /// There is no database yet.
    #[error("there is no {}; run this in the folder of the gateway, or set ATTACH_DATA or DATABASE_URL as it does", .0.display())]
    Missing(PathBuf),
    /// The folder or the file cannot be made.
    #[error("{}: {source}; set ATTACH_DATA or DATABASE_URL to a place that can be written", path.display())]
    Io {
        /// What could not be opened.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// SQLite or a migration failed.
    #[error("{}: {source}; the file is left as it was", path.display())]
    Database {
        /// The database file.
        path: PathBuf,
        /// Why.
        source: sqlx::Error,
    },
    /// The server cannot be used.
    #[error("{place}: {}; {remedy}", said(source))]
    Server {
        /// Host, port and database: no password.
        place: String,
        /// Why.
        source: sqlx::Error,
        /// What to do.
        remedy: String,
    },
    /// The server is there, and not fit for us.
    #[error("{place}: {why}, or set DATABASE_URL to another place")]
    Unfit {
        /// Host, port and database: no password.
        place: String,
        /// Why, and what to do.
        why: String,
    },
    /// The server has no tables of ours.
    #[error(
        "{0} has no tables of a gateway yet; start one on it first, or set DATABASE_URL as it does"
    )]
    Empty(String),
}

impl OpenError {
    /// `server` cannot be used, because of `source`.
    pub(super) fn server(server: &Server, source: sqlx::Error) -> Self {
        Self::Server {
            place: server.place(),
            remedy: server.remedy(&source),
            source,
        }
    }
}

/// Why a write did not happen.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// The database refused.
    #[error("database: {0}")]
    Database(Arc<sqlx::Error>),
    /// The writer has been closed.
    #[error("the database is closed")]
    Closed,
}

impl WriteError {
    /// Whether there is no room on the disk.
    pub fn is_full(&self) -> bool {
        self.code().is_some_and(|code| FULL.contains(&&*code))
    }

    /// Whether it waited for what another has, for as long as it wanted to.
    pub fn is_locked(&self) -> bool {
        self.code().is_some_and(|code| code == LOCKED)
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        let Self::Database(error) = self else {
            return None;
        };
        error.as_database_error().and_then(DatabaseError::code)
    }
}

impl From<sqlx::Error> for WriteError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}
