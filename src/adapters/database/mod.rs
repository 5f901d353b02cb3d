//! The database, as one of the products it can be. What stands above asks the same
//! of both, in one text of SQL wherever their dialects agree ([`Sql`]).

mod args;
mod error;
pub(super) mod locks;
pub mod order;
pub mod postgres;
mod query;
pub mod sole;
pub mod sqlite;
mod values;

use futures_util::future::BoxFuture;
use sqlx::{PgConnection, SqliteConnection};

pub use args::Bind;
pub use error::{OpenError, WriteError, is_no_table};
pub use query::{Query, Record, Sql};
pub use values::Values;

use crate::config::Place;
use postgres::Postgres;
use query::On;
use sqlite::Sqlite;

/// The open database. A clone shares everything.
#[derive(Clone, Debug)]
pub enum Database {
    /// One file, one serving process.
    Sqlite(Sqlite),
    /// A server, for any number of gateways.
    Postgres(Postgres),
}

/// The connection of a transaction.
pub enum Conn<'c> {
    /// To the file.
    Sqlite(&'c mut SqliteConnection),
    /// To the server.
    Postgres(&'c mut PgConnection),
}

impl Conn<'_> {
    /// A statement of this transaction.
    pub fn query(&mut self, sql: impl Into<Sql>) -> Query<'_> {
        match self {
            Self::Sqlite(conn) => Query::new(On::SqliteConn(conn, Default::default()), sql.into()),
            Self::Postgres(conn) => Query::new(On::PgConn(conn, Default::default()), sql.into()),
        }
    }

    /// Whether others may write at the same time: what one statement reads and the
    /// next one relies on has to be locked then.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

impl Database {
    /// Opens the database at `place`, and brings its tables up to date. A file is
    /// made if it is missing; a server must have the database already.
    ///
    /// Must run inside a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`OpenError`], with the place and what to do.
    pub async fn open(place: &Place) -> Result<Self, OpenError> {
        match place {
            Place::Sqlite(path) => Sqlite::open(path).await.map(Self::Sqlite),
            Place::Postgres(server) => Postgres::open(server).await.map(Self::Postgres),
        }
    }

    /// Opens a database that is there, beside the gateway that may serve from it, and
    /// leaves its tables as they are.
    ///
    /// # Errors
    ///
    /// [`OpenError`]: there is none.
    pub async fn existing(place: &Place) -> Result<Self, OpenError> {
        match place {
            Place::Sqlite(path) => Sqlite::existing(path).await.map(Self::Sqlite),
            Place::Postgres(server) => Postgres::existing(server).await.map(Self::Postgres),
        }
    }

    /// A statement that only reads, outside of a transaction.
    pub fn query(&self, sql: impl Into<Sql>) -> Query<'_> {
        match self {
            Self::Sqlite(file) => Query::new(
                On::SqlitePool(&file.readers, Default::default()),
                sql.into(),
            ),
            Self::Postgres(server) => {
                Query::new(On::PgPool(&server.pool, Default::default()), sql.into())
            }
        }
    }

    /// Runs `work` in a transaction and resolves once it is on disk: all of it, or on
    /// an error nothing.
    ///
    /// In a file it shares its fsync with what others write at that moment; on a
    /// server it runs beside theirs (read committed), and again when it was in
    /// another's way. So it may run twice, and captures what it needs by reference
    /// count or clone.
    ///
    /// # Errors
    ///
    /// [`WriteError`].
    pub async fn write<T, F>(&self, work: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: for<'c> FnMut(Conn<'c>) -> BoxFuture<'c, sqlx::Result<T>> + Send + 'static,
    {
        match self {
            Self::Sqlite(file) => {
                let mut work = work;
                let written = file.writer.write(move |conn| work(Conn::Sqlite(conn)));
                written.await
            }
            Self::Postgres(server) => server.write(work).await,
        }
    }

    /// As [`write`](Self::write), for `work` that is one statement as long as it goes
    /// well: a server is asked nothing else. What it does after that is done on its own.
    ///
    /// # Errors
    ///
    /// [`WriteError`].
    pub async fn lone<T, F>(&self, work: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: for<'c> FnMut(Conn<'c>) -> BoxFuture<'c, sqlx::Result<T>> + Send + 'static,
    {
        match self {
            Self::Sqlite(_) => self.write(work).await,
            Self::Postgres(server) => server.lone(work).await,
        }
    }

    /// Runs `work`, which only reads, on what the database holds at one moment.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn read<T, F>(&self, work: F) -> sqlx::Result<T>
    where
        F: for<'c> FnOnce(Conn<'c>) -> BoxFuture<'c, sqlx::Result<T>>,
    {
        match self {
            Self::Sqlite(file) => {
                let mut at_once = file.readers.begin().await?;
                work(Conn::Sqlite(&mut at_once)).await
            }
            Self::Postgres(server) => server.read(work).await,
        }
    }

    /// Whether several gateways may serve from it at once.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// The file, where it is one.
    pub fn file(&self) -> Option<&Sqlite> {
        match self {
            Self::Sqlite(file) => Some(file),
            Self::Postgres(_) => None,
        }
    }

    /// Waits for what is being written, then closes every connection.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(file) => file.close().await,
            Self::Postgres(server) => server.close().await,
        }
    }
}
