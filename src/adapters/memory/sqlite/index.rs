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

const LAST: &str = "
    select ifnull((select max(memory_no) from memory_event), 0), indexed_no from memory_index";

/// The next events of all that are not in the index: searches of their owners may
/// have put some of them there before.
const NEXT: &str = "
    select e.memory_no, (e.owner_no << 36) | e.memory_no place, e.title, e.text
      from memory_event e not indexed cross join memory_owner o on o.owner_no = e.owner_no
     where e.memory_no > ?1 and e.memory_no > o.indexed_no
     order by e.memory_no limit ?2";

/// The next ones of one owner, whose places in the list are fewer than the events
/// of all.
const NEXT_OF_OWNER: &str = "
    select e.memory_no, (e.owner_no << 36) | e.memory_no place, e.title, e.text
      from memory_event e indexed by memory_newest
     where e.memory_no > ?1 and e.owner_no = ?3
     order by e.memory_no limit ?2";

const ADD: &str = "
    insert into memory_word (rowid, words)
    select value ->> 0, value ->> 1 from json_each(?1) order by 1";

const DONE: &str = "update memory_index set indexed_no = ?1";
const DONE_OF_OWNER: &str = "update memory_owner set indexed_no = ?1 where owner_no = ?2";

#[derive(FromRow)]
struct Texts {
    memory_no: i64,
    place: i64,
    title: Option<String>,
    text: Option<String>,
}

/// Indexes some events: of `owner`, or the next ones of all. `false` if there were
/// none.
pub(in crate::adapters::memory) async fn index(
    db: &Sqlite,
    owner: Option<&Owner>,
) -> Result<bool, MemoryError> {
    let owner = owner.cloned();
    let written = db.writer.write(move |conn| {
        let owner = owner.clone();
        Box::pin(async move {
            match &owner {
                Some(owner) => index_owner(conn, owner).await,
                None => index_all(conn).await,
            }
        })
    });
    Ok(written.await?)
}

async fn index_all(conn: &mut SqliteConnection) -> sqlx::Result<bool> {
    let (last, indexed): (i64, i64) = sqlx::query_as(LAST).fetch_one(&mut *conn).await?;
    if indexed >= last {
        return Ok(false);
    }
    let next = sqlx::query_as(NEXT).bind(indexed).bind(EVENTS);
    let done = add(&mut *conn, next).await?.unwrap_or(last);
    sqlx::query(DONE).bind(done).execute(conn).await?;
    Ok(true)
}

async fn index_owner(conn: &mut SqliteConnection, owner: &Owner) -> sqlx::Result<bool> {
    let row = owner_row(&mut *conn, owner).await?;
    let Some(row) = row.filter(OwnerRow::is_behind) else {
        return Ok(false);
    };
    let next = sqlx::query_as(NEXT_OF_OWNER)
        .bind(row.indexed_no)
        .bind(EVENTS)
        .bind(row.owner_no);
    let done = add(&mut *conn, next).await?.unwrap_or(row.last_no);
    sqlx::query(DONE_OF_OWNER)
        .bind(done)
        .bind(row.owner_no)
        .execute(conn)
        .await?;
    Ok(true)
}

type Next = sqlx::query::QueryAs<'static, sqlx::Sqlite, Texts, sqlx::sqlite::SqliteArguments>;

/// Indexes what `next` finds, up to a bound; the last of it where there may be more.
async fn add(conn: &mut SqliteConnection, next: Next) -> sqlx::Result<Option<i64>> {
    let mut rows = next.fetch(&mut *conn);
    let (mut words, mut bytes, mut last) = (Vec::new(), 0, None);
    while let Some(row) = rows.try_next().await? {
        let found = index_words(row.title.as_deref(), row.text.as_deref());
        bytes += found.len();
        last = Some(row.memory_no);
        words.push(json!([row.place, found]));
        if bytes > BYTES {
            break;
        }
    }
    drop(rows);
    let is_more = bytes > BYTES || words.len() as i64 >= EVENTS;
    run(conn, ADD, Value::from(words).to_string()).await?;
    Ok(last.filter(|_| is_more))
}
