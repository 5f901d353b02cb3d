//! The index of words, which follows behind: an event costs its caller no more
//! than a row, and its words are indexed when it is quiet, or before its owner
//! searches.

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use sqlx::{FromRow, SqliteConnection};

use super::{OwnerRow, index_words, owner_row, run};
use crate::{
    adapters::{memory::MemoryError, sqlite::Sqlite},
    domain::id::Owner,
};

/// How many events are indexed in one commit, and how much of text: others want
/// to write in between.
const EVENTS: i64 = 200;
const BYTES: usize = 256 * 1024;

const BEHIND: &str = "
    select owner_no, last_no, indexed_no, events, bytes from memory_owner
     where indexed_no < last_no limit 1";

const NEXT: &str = "
    select memory_no, title, text from memory_event
     where memory_no > ?1 and memory_no < ?2 order by memory_no limit ?3";

const ADD: &str = "
    insert into memory_word (rowid, words)
    select value ->> 0, value ->> 1 from json_each(?1) order by 1";

const DONE: &str = "update memory_owner set indexed_no = ?2 where owner_no = ?1";

#[derive(FromRow)]
struct Texts {
    memory_no: i64,
    title: Option<String>,
    text: Option<String>,
}

/// Whether events of `owner` are not in the index yet.
pub(super) fn is_behind(owner: &OwnerRow) -> bool {
    owner.indexed_no < owner.last_no
}

/// Indexes some events: of `owner`, or of whoever has some that are not. `false`
/// if there were none.
pub(in crate::adapters::memory) async fn index(
    db: &Sqlite,
    owner: Option<&Owner>,
) -> Result<bool, MemoryError> {
    let owner = owner.cloned();
    let written = db.writer.write(move |conn| {
        let owner = owner.clone();
        Box::pin(async move {
            let row = match &owner {
                Some(owner) => owner_row(&mut *conn, owner).await?,
                None => sqlx::query_as(BEHIND).fetch_optional(&mut *conn).await?,
            };
            match row.filter(is_behind) {
                Some(row) => index_some(conn, &row).await.map(|()| true),
                None => Ok(false),
            }
        })
    });
    Ok(written.await?)
}

async fn index_some(conn: &mut SqliteConnection, owner: &OwnerRow) -> sqlx::Result<()> {
    let (rows, is_all) = next(conn, owner).await?;
    let last = rows.last().map(|row| row.memory_no - owner.floor());
    let words: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!([
                row.memory_no,
                index_words(row.title.as_deref(), row.text.as_deref())
            ])
        })
        .collect();
    run(conn, ADD, Value::from(words).to_string()).await?;
    let done = last.filter(|_| !is_all).unwrap_or(owner.last_no);
    sqlx::query(DONE)
        .bind(owner.owner_no)
        .bind(done)
        .execute(conn)
        .await
        .map(drop)
}

/// The next events to index, and whether they are the last ones.
async fn next(conn: &mut SqliteConnection, owner: &OwnerRow) -> sqlx::Result<(Vec<Texts>, bool)> {
    let mut rows = sqlx::query_as::<_, Texts>(NEXT)
        .bind(owner.floor() + owner.indexed_no)
        .bind(owner.ceiling())
        .bind(EVENTS)
        .fetch(conn);
    let (mut found, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await? {
        bytes += row.text.as_ref().map_or(0, String::len);
        found.push(row);
        if bytes > BYTES {
            return Ok((found, false));
        }
    }
    let is_all = (found.len() as i64) < EVENTS;
    Ok((found, is_all))
}
