//! The index of words, which follows behind: an event costs its caller no more
//! than a row, and its words are indexed when it is quiet, or before its owner
//! searches.

use std::sync::Arc;

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use sqlx::{FromRow, SqliteConnection};

use super::run;
use crate::{
    adapters::{
        database::{Database, sqlite::Sqlite},
        memory::{
            MemoryError,
            rows::{OwnerRow, index_words},
        },
    },
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

/// Those of one owner. They are looked up once: their place in the index of owners
/// is by their moments.
const OF_OWNER: &str = "
    select memory_no from memory_event
     where owner_no = ?1 and memory_no > ?2 and memory_no <= ?3 order by memory_no";

const NEXT_OF_OWNER: &str = "
    select e.memory_no, (e.owner_no << 36) | e.memory_no place, e.title, e.text
      from json_each(?1) n cross join memory_event e on e.memory_no = n.value
      join memory_owner o on o.owner_no = e.owner_no
     where e.memory_no > max(o.indexed_no, (select indexed_no from memory_index))
     order by e.memory_no";

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

/// Indexes some events; `false` if there were none.
pub(in crate::adapters::memory::rows) async fn index(db: &Sqlite) -> Result<bool, MemoryError> {
    let written = db
        .writer
        .write(|conn| Box::pin(async move { index_all(conn).await }));
    Ok(written.await?)
}

/// Indexes everything of `owner` that is there at this moment.
pub(in crate::adapters::memory::rows) async fn catch_up(
    db: &Database,
    file: &Sqlite,
    owner: &Owner,
) -> Result<(), MemoryError> {
    let _turn = file.heavy.acquire().await;
    let row = OwnerRow::of(db, owner).await?;
    let Some(row) = row.filter(OwnerRow::is_behind) else {
        return Ok(());
    };
    let numbers: Vec<i64> = sqlx::query_scalar(OF_OWNER)
        .bind(row.owner_no)
        .bind(row.indexed_no)
        .bind(row.last_no)
        .fetch_all(&file.readers)
        .await?;
    let mut left = &numbers[..];
    loop {
        let some: Arc<[i64]> = left[..left.len().min(EVENTS as usize)].into();
        let is_last = some.len() == left.len();
        let end = if is_last {
            row.last_no
        } else {
            some[some.len() - 1]
        };
        let written = file.writer.write(move |conn| {
            let some = some.clone();
            Box::pin(async move { index_owner(conn, row.owner_no, &some, end).await })
        });
        let done = written.await?;
        if done >= row.last_no {
            return Ok(());
        }
        left = &left[left.partition_point(|number| *number <= done)..];
    }
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

/// Indexes these events of an owner, which are all up to `end`; up to which one it
/// did.
async fn index_owner(
    conn: &mut SqliteConnection,
    owner_no: i64,
    numbers: &[i64],
    end: i64,
) -> sqlx::Result<i64> {
    let next = sqlx::query_as(NEXT_OF_OWNER).bind(Value::from(numbers).to_string());
    let done = add(&mut *conn, next).await?.unwrap_or(end);
    sqlx::query(DONE_OF_OWNER)
        .bind(done)
        .bind(owner_no)
        .execute(conn)
        .await?;
    Ok(done)
}

type Next = sqlx::query::QueryAs<'static, sqlx::Sqlite, Texts, sqlx::sqlite::SqliteArguments>;

/// Indexes what `next` finds, up to a bound; the last one it did where that came
/// first.
async fn add(conn: &mut SqliteConnection, next: Next) -> sqlx::Result<Option<i64>> {
    let mut rows = next.fetch(&mut *conn);
    let (mut words, mut bytes, mut bound) = (Vec::new(), 0, None);
    while let Some(row) = rows.try_next().await? {
        let found = index_words(row.title.as_deref(), row.text.as_deref());
        bytes += found.len();
        words.push(json!([row.place, found]));
        if bytes > BYTES || words.len() >= EVENTS as usize {
            bound = Some(row.memory_no);
            break;
        }
    }
    drop(rows);
    run(conn, ADD, Value::from(words).to_string()).await?;
    Ok(bound)
}
