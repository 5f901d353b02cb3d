//! Numbers that a sequence gives, in the order of commits.
//!
//! A file gives them in that order by itself. On a server a later number may be seen
//! before an earlier one, whose transaction takes longer: who reads on from the last
//! number seen would miss it. So every insert into such a table holds a lock that all
//! inserts share, from before its first number until it is committed (a trigger on
//! the table sees to that), and who reads on takes the lock alone for a moment: then
//! no number is given that cannot be seen.

use super::{Conn, Database, Sql, WriteError, locks::CLASS};

/// How long inserts may have to wait for one that takes long. Then whoever reads on
/// lets them pass, and tries again later.
const PATIENCE: &str = "select set_config('lock_timeout', '500ms', true)";

const ALONE: &str = "select pg_advisory_xact_lock($1::int, $2::int)";

const LAST_USAGE: Sql = Sql::same("select coalesce(max(usage_no), 0) from usage_record");
const LAST_MEMORY: Sql = Sql::same("select coalesce(max(memory_no), 0) from memory_event");

/// Tables that are read on by number. The values are those of the locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `usage_record`, by `usage_no`.
    Usage = 11,
    /// `memory_event`, by `memory_no`.
    Memory = 12,
}

impl Order {
    /// The last number there is: every row up to it that there will ever be is seen
    /// by whoever asks from now on. On a server inserts wait for a moment.
    ///
    /// # Errors
    ///
    /// The database; on a server also an insert that has taken longer than half a
    /// second.
    pub async fn settled(self, db: &Database) -> Result<i64, WriteError> {
        if !db.is_shared() {
            return Ok(db.query(self.last()).scalar().await?);
        }
        db.write(move |mut conn| {
            Box::pin(async move {
                self.hold(&mut conn).await?;
                conn.query(self.last()).scalar().await
            })
        })
        .await
    }

    /// Keeps the table as it is until the transaction ends, where others may write.
    ///
    /// # Errors
    ///
    /// As [`Self::settled`].
    pub async fn hold(self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        if !conn.is_shared() {
            return Ok(());
        }
        conn.query(PATIENCE).run().await?;
        let alone = conn.query(ALONE).bind(i64::from(CLASS)).bind(self as i32);
        alone.run().await.map(drop)
    }

    fn last(self) -> Sql {
        match self {
            Self::Usage => LAST_USAGE,
            Self::Memory => LAST_MEMORY,
        }
    }
}
