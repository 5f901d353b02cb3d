//! The index of words in a file: a table of FTS5.

mod clean;
mod cut;
mod index;

use sqlx::SqliteConnection;

pub(super) use clean::clean;
pub(super) use cut::{Cut, Entry, cut_out};
pub(super) use index::{catch_up, index};

/// Where an owner's words stand: owner_no << 36 | memory_no, which is room for
/// 134 million owners and 68 thousand million events.
const PLACE_BITS: u32 = 36;

/// Where the words of an owner's event stand. The next owner's begin at their 0.
pub(super) fn place(owner_no: i64, memory_no: i64) -> i64 {
    owner_no << PLACE_BITS | memory_no
}

/// A word as the index reads it: nothing in it is an operator.
pub(super) fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}

async fn run(conn: &mut SqliteConnection, sql: &'static str, rows: String) -> sqlx::Result<u64> {
    let done = sqlx::query(sql).bind(rows).execute(conn).await?;
    Ok(done.rows_affected())
}
