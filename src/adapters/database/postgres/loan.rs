//! A connection out of the pool, for one piece of work that has an end.
//!
//! A server may vanish without a word: its machine loses power, a firewall forgets the
//! connection. TCP takes a quarter of an hour to notice. So whoever waits for it waits
//! for so long only, and what is not answered is closed, not returned.

use std::{
    io,
    ops::{Deref, DerefMut},
    time::Duration,
};

use sqlx::{PgConnection, PgPool, Postgres, pool::PoolConnection};
use tokio::time::{error::Elapsed, timeout};

/// How long a piece of work may take: a statement, a transaction, the next row. A
/// hundred times what ours take.
pub(in crate::adapters::database) const LIMIT: Duration = Duration::from_secs(30);
/// How long the server may take to say that it is ready for the next one.
const RETURN: Duration = Duration::from_secs(5);

/// A connection that goes back into the pool when it is dropped.
pub(in crate::adapters::database) struct Loan {
    conn: PoolConnection<Postgres>,
    is_late: bool,
}

impl Loan {
    /// Takes one, for which it waits as long as the pool does.
    pub(in crate::adapters::database) async fn of(pool: &PgPool) -> sqlx::Result<Self> {
        Ok(Self {
            conn: pool.acquire().await?,
            is_late: false,
        })
    }

    /// What came of work on it, which was under [`LIMIT`]. After one that took longer
    /// nobody knows what would still come.
    pub(in crate::adapters::database) fn done<T>(
        mut self,
        done: Result<sqlx::Result<T>, Elapsed>,
    ) -> sqlx::Result<T> {
        done.unwrap_or_else(|_| {
            self.is_late = true;
            Err(too_slow())
        })
    }
}

/// What is told when [`LIMIT`] has passed.
fn too_slow() -> sqlx::Error {
    let text = format!("the server has not answered within {} s", LIMIT.as_secs());
    io::Error::new(io::ErrorKind::TimedOut, text).into()
}

impl Deref for Loan {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.conn
    }
}

impl DerefMut for Loan {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.conn
    }
}

impl Drop for Loan {
    /// A pool asks whatever comes back whether it is well, and would wait for the
    /// answer for ever.
    fn drop(&mut self) {
        match self.is_late {
            true => self.conn.close_on_drop(),
            false => drop(tokio::spawn(timeout(RETURN, self.conn.return_to_pool()))),
        }
    }
}
