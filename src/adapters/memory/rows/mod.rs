//! Memory in the database itself: rows, and an index of their words that each kind of
//! database has in its own way.

mod erase;
mod fts;
mod numbers;
mod owners;
mod reach;
mod read;
mod search;
mod tail;
mod vectors;
mod write;

use serde_json::{Map, Value};
use sqlx::FromRow;
use tokio::sync::SemaphorePermit;

pub(super) use erase::{erase, erase_all, expire, shrink};
pub(super) use owners::{holdings, total};
pub(super) use read::{get, oldest, recent};
pub(super) use search::search;
pub(super) use tail::Tail;
pub(super) use write::{keep, write};

use super::{MemoryError, Remembered};
use crate::{
    adapters::database::{Database, Sql},
    domain::{id::Owner, memory::words::words, time::UnixMillis},
};

/// The fields of [`Row`], of `memory_event e join memory_owner o`.
const FIELDS: &str = "e.memory_no, e.event_id, e.at, e.event, o.issuer, o.user_id, e.session_id, \
                      e.task_id, e.title, e.text, e.body";

/// A page ends with the event that passes this: documents may be long.
const PAGE_BYTES: usize = 4 << 20;
/// How much of an event is indexed and ranked, in bytes.
const INDEXED: usize = 64 * 1024;

/// When it happened, where everyone's events are looked at by age.
const AGE: Sql = Sql::each("e.at", "(e.at + 0)");

/// On a server the words are in the row from the start, but for those that were moved
/// there from a file.
const OWNER: Sql = Sql::each(
    "select owner_no, last_no, max(indexed_no, (select indexed_no from memory_index)) indexed_no,
            events, bytes
       from memory_owner where issuer = $1 and user_id = $2",
    "select owner_no, last_no, events, bytes,
            case when exists (select from memory_event e
                               where e.owner_no = o.owner_no and e.words is null)
                 then 0 else last_no end indexed_no
       from memory_owner o where issuer = $1 and user_id = $2",
);

/// An owner's row.
#[derive(Clone, Copy, Debug, FromRow)]
struct OwnerRow {
    owner_no: i64,
    last_no: i64,
    /// Up to this one their events can be searched for.
    indexed_no: i64,
    events: i64,
    bytes: i64,
}

impl OwnerRow {
    async fn of(db: &Database, owner: &Owner) -> sqlx::Result<Option<Self>> {
        let row = db.query(OWNER).bind(&owner.issuer).bind(&owner.user);
        row.optional().await
    }

    /// Whether events are not in the index yet.
    fn is_behind(&self) -> bool {
        self.indexed_no < self.last_no
    }
}

/// Indexes some events that are not; whether there may be more.
pub(super) async fn index(db: &Database) -> Result<bool, MemoryError> {
    match db {
        Database::Sqlite(file) => fts::index(file).await,
        Database::Postgres(_) => vectors::index(db, None).await,
    }
}

/// Indexes everything of `owner` that is there at this moment.
async fn catch_up(db: &Database, owner: &Owner) -> Result<(), MemoryError> {
    match db {
        Database::Sqlite(file) => fts::catch_up(db, file, owner).await,
        Database::Postgres(_) => vectors::catch_up(db, owner).await,
    }
}

/// Takes what was erased off the disk where it still is. What a server deleted is its
/// own affair: the space is used again after its next vacuum.
pub(super) async fn clean(db: &Database) -> Result<(), MemoryError> {
    let _turn = turn(db).await;
    clean_in_turn(db).await
}

async fn clean_in_turn(db: &Database) -> Result<(), MemoryError> {
    match db.file() {
        Some(file) => fts::clean(file).await,
        None => Ok(()),
    }
}

/// The turn to work through many commits, where one does at a time.
async fn turn(db: &Database) -> Option<SemaphorePermit<'_>> {
    db.file()?.heavy.acquire().await.ok()
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
