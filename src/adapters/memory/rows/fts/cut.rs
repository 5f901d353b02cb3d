//! What leaves goes out of the index, too.

use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::{
    clean::{Soiled, soil},
    run,
};

/// SQLite's code for a file, or a table of its own making, that makes no sense.
const CORRUPT: i32 = 11;

const CUT_OUT: &str = "
    insert into memory_word (memory_word, rowid, words)
    select 'delete', value ->> 0, value ->> 1 from json_each(?1) order by 2";

const THOROUGH: &str = "insert into memory_word (memory_word, rank) values ('secure-delete', ?1)";

const FORGET_INDEX: &str = "insert into memory_word (memory_word) values ('delete-all')";
const INDEX_ANEW: [&str; 2] = [
    "update memory_owner set indexed_no = 0",
    "update memory_index set indexed_no = 0",
];

/// What the index has of an event.
pub(in crate::adapters::memory::rows) struct Entry {
    pub(in crate::adapters::memory::rows) place: i64,
    pub(in crate::adapters::memory::rows) words: String,
}

/// How much leaves, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::adapters::memory::rows) enum Cut {
    /// One event that is erased: at once.
    One,
    /// Many that are erased: marked now, and merged away when it is cleaned.
    Many,
    /// What grew old: some time.
    Old,
}

/// Takes these entries out of the index.
pub(in crate::adapters::memory::rows) async fn cut_out(
    conn: &mut SqliteConnection,
    entries: &[Entry],
    cut: Cut,
) -> sqlx::Result<()> {
    if cut != Cut::Old {
        let is_marked = !entries.is_empty() && cut == Cut::Many;
        let what = if is_marked {
            Soiled::Index
        } else {
            Soiled::Journal
        };
        soil(&mut *conn, what).await?;
    }
    if entries.is_empty() {
        return Ok(());
    }
    sqlx::query(THOROUGH)
        .bind(i64::from(cut == Cut::One))
        .execute(&mut *conn)
        .await?;
    let rows: Value = entries
        .iter()
        .map(|entry| json!([entry.place, entry.words]))
        .collect();
    match run(&mut *conn, CUT_OUT, rows.to_string()).await {
        Err(error) if is_corrupt(&error) => index_anew(conn).await,
        cut => cut.map(drop),
    }
}

/// An index that does not hold what the rows say is made anew from them: what has to
/// leave must leave.
async fn index_anew(conn: &mut SqliteConnection) -> sqlx::Result<()> {
    tracing::warn!("the index of memory's words is made anew");
    sqlx::query(FORGET_INDEX).execute(&mut *conn).await?;
    for anew in INDEX_ANEW {
        sqlx::query(anew).execute(&mut *conn).await?;
    }
    Ok(())
}

fn is_corrupt(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    let code = code.and_then(|code| code.parse::<i32>().ok());
    code.is_some_and(|code| code & 0xff == CORRUPT)
}
