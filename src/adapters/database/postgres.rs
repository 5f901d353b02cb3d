//! A PostgreSQL server: a pool, and transactions that begin anew when they were in
//! another's way.

mod connect;
mod look;
pub(super) mod remedy;

use futures_util::future::BoxFuture;
use sqlx::{PgPool, error::DatabaseError, migrate::Migrator};

use super::{Conn, OpenError, WriteError};
use crate::config::Server;
pub use look::Look;

static STEPS: Migrator = sqlx::migrate!("migrations/postgres");

/// How often a transaction is tried that others keep getting in the way of.
const TRIES: u32 = 10;
/// `serialization_failure` and `deadlock_detected`.
const IN_THE_WAY: [&str; 2] = ["40001", "40P01"];
/// `undefined_table`.
const NO_TABLE: &str = "42P01";

/// The open database on a server. A clone shares everything.
#[derive(Clone, Debug)]
pub struct Postgres {
    /// Every connection: to read, to write.
    pub pool: PgPool,
}

impl Postgres {
    /// Connects, and brings the tables up to date. Two that do so at once wait for
    /// each other.
    ///
    /// # Errors
    ///
    /// [`OpenError::Server`], [`OpenError::Unfit`].
    pub async fn open(server: &Server) -> Result<Self, OpenError> {
        let pool = connect::pool(server).await?;
        let steps = STEPS.run(&pool).await;
        steps.map_err(|error| OpenError::server(server, error.into()))?;
        Ok(Self { pool })
    }

    /// Looks at a server, and changes nothing.
    ///
    /// # Errors
    ///
    /// [`OpenError::Server`], [`OpenError::Unfit`].
    pub async fn look(server: &Server) -> Result<Look, OpenError> {
        look::look(server, &STEPS).await
    }

    /// Connects to a database that a gateway has made its tables in.
    ///
    /// # Errors
    ///
    /// [`OpenError::Server`], [`OpenError::Unfit`], [`OpenError::Empty`].
    pub async fn existing(server: &Server) -> Result<Self, OpenError> {
        let pool = connect::pool(server).await?;
        let tried = sqlx::query("select 1 from probe").execute(&pool).await;
        match tried {
            Ok(_) => Ok(Self { pool }),
            Err(error) if code(&error).as_deref() == Some(NO_TABLE) => {
                Err(OpenError::Empty(server.place()))
            }
            Err(error) => Err(OpenError::server(server, error)),
        }
    }

    pub(super) async fn write<T, F>(&self, mut work: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: for<'c> FnMut(Conn<'c>) -> BoxFuture<'c, sqlx::Result<T>> + Send + 'static,
    {
        let mut tries = 1;
        loop {
            match self.attempt(&mut work).await {
                Err(error) if tries < TRIES && is_in_the_way(&error) => tries += 1,
                done => return Ok(done?),
            }
        }
    }

    pub(super) async fn lone<T, F>(&self, mut work: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: for<'c> FnMut(Conn<'c>) -> BoxFuture<'c, sqlx::Result<T>> + Send + 'static,
    {
        let mut tries = 1;
        loop {
            let mut conn = self.pool.acquire().await?;
            match work(Conn::Postgres(&mut conn)).await {
                Err(error) if tries < TRIES && is_in_the_way(&error) => tries += 1,
                done => return Ok(done?),
            }
        }
    }

    async fn attempt<T, F>(&self, work: &mut F) -> sqlx::Result<T>
    where
        F: for<'c> FnMut(Conn<'c>) -> BoxFuture<'c, sqlx::Result<T>> + Send,
    {
        let mut transaction = self.pool.begin().await?;
        let done = work(Conn::Postgres(&mut transaction)).await?;
        transaction.commit().await?;
        Ok(done)
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

fn is_in_the_way(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| IN_THE_WAY.contains(&&*code))
}

fn code(error: &sqlx::Error) -> Option<String> {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.map(|code| code.into_owned())
}
