//! A PostgreSQL server: a pool, and transactions that begin anew when they were in
//! another's way.

mod connect;
pub(super) mod loan;
mod look;
pub(super) mod remedy;
pub(super) mod rows;

use futures_util::future::BoxFuture;
use sqlx::{Connection, PgPool, migrate::Migrator};
use tokio::time::timeout;

use super::{
    Conn, OpenError, WriteError,
    error::{code, is_no_table},
};
use crate::config::Server;
use loan::{LIMIT, Loan};
pub use look::Look;

static STEPS: Migrator = sqlx::migrate!("migrations/postgres");

/// How often a transaction is tried that others keep getting in the way of.
const TRIES: u32 = 10;
/// A transaction that sees one moment.
const AT_ONCE: &str = "begin isolation level repeatable read, read only";
/// `serialization_failure` and `deadlock_detected`.
const IN_THE_WAY: [&str; 2] = ["40001", "40P01"];

/// The open database on a server. A clone shares everything.
#[derive(Clone, Debug)]
pub struct Postgres {
    /// Every connection: to read, to write.
    pub pool: PgPool,
}

impl Postgres {
    /// Connects, and brings the tables up to date. Two that do so at once wait for
    /// each other. Where nothing is to be made, nothing need be allowed to be.
    ///
    /// # Errors
    ///
    /// [`OpenError::Server`], [`OpenError::Unfit`].
    pub async fn open(server: &Server) -> Result<Self, OpenError> {
        let pool = connect::pool(server).await?;
        let steps = async {
            match look::is_done(&pool, &STEPS).await? {
                true => Ok(()),
                false => STEPS.run(&pool).await.map_err(sqlx::Error::from),
            }
        };
        let steps = steps.await;
        steps.map_err(|error| OpenError::server(server, error))?;
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
            Err(error) if is_no_table(&error) => Err(OpenError::Empty(server.place())),
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
            let mut loan = Loan::of(&self.pool).await?;
            let tried = timeout(LIMIT, work(Conn::Postgres(&mut loan))).await;
            match loan.done(tried) {
                Err(error) if tries < TRIES && is_in_the_way(&error) => tries += 1,
                done => return Ok(done?),
            }
        }
    }

    async fn attempt<T, F>(&self, work: &mut F) -> sqlx::Result<T>
    where
        F: for<'c> FnMut(Conn<'c>) -> BoxFuture<'c, sqlx::Result<T>> + Send,
    {
        let mut loan = Loan::of(&self.pool).await?;
        let tried = timeout(LIMIT, async {
            let mut transaction = loan.begin().await?;
            let done = work(Conn::Postgres(&mut transaction)).await?;
            transaction.commit().await?;
            Ok(done)
        });
        let tried = tried.await;
        loan.done(tried)
    }

    pub(super) async fn read<T, F>(&self, work: F) -> sqlx::Result<T>
    where
        F: for<'c> FnOnce(Conn<'c>) -> BoxFuture<'c, sqlx::Result<T>>,
    {
        let mut loan = Loan::of(&self.pool).await?;
        let read = timeout(LIMIT, async {
            let mut at_once = loan.begin_with(AT_ONCE).await?;
            work(Conn::Postgres(&mut at_once)).await
        });
        let read = read.await;
        loan.done(read)
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

fn is_in_the_way(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| IN_THE_WAY.contains(&&*code))
}
