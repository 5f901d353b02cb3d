//! Memory in the database file.

mod clean;
mod erase;
mod index;
mod owners;
mod read;
mod search;
mod tail;
mod write;

use serde_json::{Map, Value};
use sqlx::{FromRow, SqliteConnection};

pub(super) use clean::clean;
pub(super) use erase::{erase, erase_all, expire, shrink};
pub(super) use index::index;
pub(super) use owners::{holdings, total};
pub(super) use read::{get, oldest, recent};
pub(super) use search::search;
pub(super) use tail::Tail;
pub(super) use write::{keep, write};

use super::Remembered;
use crate::domain::{id::Owner, memory::words::words, time::UnixMillis};

/// The fields of [`Row`], of `memory_event e join memory_owner o`.
const FIELDS: &str = "e.memory_no, e.event_id, e.at, e.event, o.issuer, o.user_id, e.session_id, \
                      e.task_id, e.title, e.text, e.body";

/// A page ends with the event that passes this: documents may be long.
const PAGE_BYTES: usize = 4 << 20;
/// How much of an event is indexed and ranked, in bytes.
const INDEXED: usize = 64 * 1024;

/// Where an owner's words stand: owner_no << 36 | memory_no, which is room for
/// 134 million owners and 68 thousand million events.
const PLACE_BITS: u32 = 36;

const OWNER: &str = "
    select owner_no, last_no, max(indexed_no, (select indexed_no from memory_index)) indexed_no,
           events, bytes
      from memory_owner where issuer = ?1 and user_id = ?2";

/// An owner's row. `indexed_no` is also what the index of all says.
#[derive(Clone, Copy, Debug, FromRow)]
struct OwnerRow {
    owner_no: i64,
    last_no: i64,
    indexed_no: i64,
    events: i64,
    bytes: i64,
}

impl OwnerRow {
    /// Where the owner's words begin.
    fn first_place(&self) -> i64 {
        self.owner_no << PLACE_BITS
    }

    /// Where the next owner's would.
    fn end_place(&self) -> i64 {
        (self.owner_no + 1) << PLACE_BITS
    }

    /// Whether events are not in the index yet.
    fn is_behind(&self) -> bool {
        self.indexed_no < self.last_no
    }
}

/// The number of the event at a place.
fn number(place: i64) -> i64 {
    place & ((1 << PLACE_BITS) - 1)
}

async fn owner_row(
    conn: impl sqlx::Executor<'_, Database = sqlx::Sqlite>,
    owner: &Owner,
) -> sqlx::Result<Option<OwnerRow>> {
    sqlx::query_as(OWNER)
        .bind(&*owner.issuer)
        .bind(&*owner.user)
        .fetch_optional(conn)
        .await
}

/// What the index knows an event by: the words of its beginning.
fn index_words(title: Option<&str>, text: Option<&str>) -> String {
    let mut all = String::new();
    for word in [title, text].into_iter().flatten().flat_map(words) {
        if all.len() + word.len() > INDEXED {
            break;
        }
        all.push_str(&word);
        all.push(' ');
    }
    all
}

async fn run(conn: &mut SqliteConnection, sql: &'static str, rows: String) -> sqlx::Result<u64> {
    let done = sqlx::query(sql).bind(rows).execute(conn).await?;
    Ok(done.rows_affected())
}

#[derive(FromRow)]
struct Row {
    memory_no: i64,
    event_id: String,
    at: i64,
    event: String,
    issuer: String,
    user_id: String,
    session_id: String,
    task_id: Option<String>,
    title: Option<String>,
    text: Option<String>,
    body: String,
}

impl Row {
    fn length(&self) -> usize {
        self.text.as_ref().map_or(0, String::len) + self.body.len()
    }
}

impl TryFrom<Row> for Remembered {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let decode = |error: serde_json::Error| sqlx::Error::Decode(error.into());
        let mut fields: Map<String, Value> = serde_json::from_str(&row.body).map_err(decode)?;
        let own = [
            ("event", Some(row.event)),
            ("issuer", Some(row.issuer)),
            ("user", Some(row.user_id)),
            ("session_id", Some(row.session_id)),
            ("task_id", row.task_id),
            ("title", row.title),
            ("text", row.text),
        ];
        let present = own
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        fields.extend(present.map(|(name, value)| (name.to_owned(), value.into())));
        Ok(Self {
            id: parse_id(&row.event_id)?,
            at: UnixMillis(row.at),
            fields,
        })
    }
}

fn parse_id(text: &str) -> Result<uuid::Uuid, sqlx::Error> {
    text.parse()
        .map_err(|e: uuid::Error| sqlx::Error::Decode(e.into()))
}
