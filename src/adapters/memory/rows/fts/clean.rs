//! What was erased leaves the disk as well: the index of words, and the journal.

use sqlx::SqliteConnection;

use crate::adapters::{database::sqlite::Sqlite, memory::MemoryError};

/// How many pages of the index are merged in one commit.
const PAGES: i64 = 200;

const UNCLEAN: &str = "select unclean from memory_index";
const SOIL: &str = "update memory_index set unclean = max(unclean, ?1)";
const CLEAN: &str = "update memory_index set unclean = 0";
const MERGE: &str = "insert into memory_word (memory_word, rank) values ('merge', ?1)";
const CHANGES: &str = "select total_changes()";

/// What may still hold erased texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Soiled {
    Journal = 1,
    /// Words that are marked as deleted in the index, too.
    Index = 2,
}

/// Notes that there is something to clean, in the transaction that leaves it.
pub(super) async fn soil(conn: &mut SqliteConnection, what: Soiled) -> sqlx::Result<()> {
    sqlx::query(SOIL)
        .bind(what as i64)
        .execute(conn)
        .await
        .map(drop)
}

/// Cleans what erasing has left, if it has; also after a crash in the middle of it.
/// The caller has [`Sqlite::heavy`].
pub(in crate::adapters::memory::rows) async fn clean(db: &Sqlite) -> Result<(), MemoryError> {
    let unclean: i64 = sqlx::query_scalar(UNCLEAN).fetch_one(&db.readers).await?;
    if unclean >= Soiled::Index as i64 {
        merge(db).await?;
    }
    if unclean > 0 && db.scrub().await? {
        let done = db
            .writer
            .write(|conn| Box::pin(async move { sqlx::query(CLEAN).execute(conn).await }));
        done.await?;
    }
    Ok(())
}

/// Merges the whole index into one piece, in which nothing is that was deleted. A
/// negative number begins that, others go on.
async fn merge(db: &Sqlite) -> Result<(), MemoryError> {
    let mut pages = -PAGES;
    loop {
        let merged = db
            .writer
            .write(move |conn| Box::pin(async move { merge_some(conn, pages).await }));
        if !merged.await? {
            return Ok(());
        }
        pages = PAGES;
    }
}

/// Whether there is more to merge.
async fn merge_some(conn: &mut SqliteConnection, pages: i64) -> sqlx::Result<bool> {
    let before: i64 = sqlx::query_scalar(CHANGES).fetch_one(&mut *conn).await?;
    sqlx::query(MERGE).bind(pages).execute(&mut *conn).await?;
    let after: i64 = sqlx::query_scalar(CHANGES).fetch_one(conn).await?;
    Ok(after - before >= 2)
}
