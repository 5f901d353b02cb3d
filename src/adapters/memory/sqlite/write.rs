//! Events into rows: a batch is a few statements of many rows each, so that an
//! event costs little more than its row.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Value, json};
use sqlx::{FromRow, QueryBuilder, SqliteConnection, query_builder::Separated};

use super::parse_id;
use crate::{
    adapters::{
        database::sqlite::Sqlite,
        memory::{Kept, MemoryError},
    },
    domain::{id::Owner, memory::MemoryEvent},
};

/// What an event takes beside its texts, with its places in the indexes.
const OVERHEAD: usize = 300;
/// Rows in one statement at most: each length is a statement to prepare, once.
const ROWS: usize = 32;

/// Makes owners that are new, and tells everyone's number.
const OWNERS: &str = "
    insert into memory_owner (issuer, user_id)
    select value ->> 0, value ->> 1 from json_each(?1) where true
        on conflict (issuer, user_id) do update set last_no = last_no
    returning issuer, user_id, owner_no";

const LAST: &str = "select ifnull(max(memory_no), 0) from memory_event";

const COLUMNS: &str = "
    insert into memory_event (owner_no, at, bytes, event_id, event, session_id, task_id,
                              idempotency_key, title, text, body) ";

/// Counts what was written after ?1, in whosever row it belongs. Not by the index of
/// owners, which would be read whole for the grouping.
const COUNT: &str = "
    update memory_owner
       set events = memory_owner.events + n.events, bytes = memory_owner.bytes + n.bytes,
           last_no = n.last_no
      from (select owner_no, count(*) events, sum(bytes) bytes, max(memory_no) last_no
              from memory_event not indexed where memory_no > ?1 group by owner_no) n
     where n.owner_no = memory_owner.owner_no";

const BY_KEY: &str = "
    select e.event_id from memory_event e join memory_owner o on o.owner_no = e.owner_no
     where o.issuer = ?1 and o.user_id = ?2 and e.idempotency_key = ?3";

/// A batch, ready for the statements.
struct Batch {
    owners: Vec<Owner>,
    /// Each with the place of its owner.
    events: Vec<(usize, MemoryEvent)>,
    key: Option<String>,
}

#[derive(FromRow)]
struct Numbered {
    issuer: String,
    user_id: String,
    owner_no: i64,
}

impl Batch {
    fn new(batch: &[MemoryEvent], key: Option<String>) -> Self {
        let mut known: HashMap<&Owner, usize> = HashMap::new();
        let mut owners: Vec<Owner> = Vec::new();
        let events = batch.iter().map(|event| {
            let place = *known.entry(&event.owner).or_insert_with(|| {
                owners.push(event.owner.clone());
                owners.len() - 1
            });
            (place, event.clone())
        });
        let events = events.collect();
        Self {
            owners,
            events,
            key,
        }
    }

    async fn write(&self, conn: &mut SqliteConnection) -> sqlx::Result<u64> {
        let numbers = self.numbers(&mut *conn).await?;
        let last: i64 = sqlx::query_scalar(LAST).fetch_one(&mut *conn).await?;
        let mut written = 0;
        for rows in self.events.chunks(ROWS) {
            let mut query = QueryBuilder::<sqlx::Sqlite>::new(COLUMNS);
            query.push_values(rows, |row, (place, event)| {
                push(row, numbers[*place], event, self.key.as_deref());
            });
            query.push(" on conflict do nothing");
            written += query.build().execute(&mut *conn).await?.rows_affected();
        }
        sqlx::query(COUNT).bind(last).execute(conn).await?;
        Ok(written)
    }

    /// The number of each owner.
    async fn numbers(&self, conn: &mut SqliteConnection) -> sqlx::Result<Vec<i64>> {
        let owners = self.owners.iter();
        let owners = owners.map(|owner| json!([owner.issuer, owner.user]));
        let found: Vec<Numbered> = sqlx::query_as(OWNERS)
            .bind(owners.collect::<Value>().to_string())
            .fetch_all(conn)
            .await?;
        let known: HashMap<(&str, &str), i64> = found
            .iter()
            .map(|row| ((&*row.issuer, &*row.user_id), row.owner_no))
            .collect();
        let number = |owner: &Owner| known.get(&(&*owner.issuer, &*owner.user)).copied();
        let numbers: Option<Vec<_>> = self.owners.iter().map(number).collect();
        numbers.ok_or(sqlx::Error::RowNotFound)
    }
}

fn push(
    mut row: Separated<'_, sqlx::Sqlite, &'static str>,
    owner_no: i64,
    event: &MemoryEvent,
    key: Option<&str>,
) {
    let mut body = event.body.clone();
    let (task, title, text) = (body.task_id.take(), body.title.take(), body.text.take());
    let body = serde_json::to_string(&body).unwrap_or_else(|_| "{}".to_owned());
    let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let bytes = OVERHEAD + length(&title) + length(&text) + body.len();
    row.push_bind(owner_no)
        .push_bind(event.at.0)
        .push_bind(i64::try_from(bytes).unwrap_or(i64::MAX))
        .push_bind(event.id.to_string())
        .push_bind(event.kind.name())
        .push_bind(&*event.session.0)
        .push_bind(task.map(|task| task.to_string()))
        .push_bind(key)
        .push_bind(title)
        .push_bind(text)
        .push_bind(body);
}

pub(in crate::adapters::memory) async fn write(
    db: &Sqlite,
    batch: &[MemoryEvent],
) -> Result<u64, MemoryError> {
    let batch = Arc::new(Batch::new(batch, None));
    let written = db.writer.write(move |conn| {
        let batch = batch.clone();
        Box::pin(async move { batch.write(conn).await })
    });
    Ok(written.await?)
}

pub(in crate::adapters::memory) async fn keep(
    db: &Sqlite,
    event: MemoryEvent,
    key: Option<String>,
) -> Result<Kept, MemoryError> {
    let (id, owner) = (event.id, event.owner.clone());
    let batch = Arc::new(Batch::new(&[event], key.clone()));
    let written = db.writer.write(move |conn| {
        let (batch, owner, key) = (batch.clone(), owner.clone(), key.clone());
        Box::pin(async move {
            if batch.write(&mut *conn).await? > 0 {
                return Ok(None);
            }
            sqlx::query_scalar::<_, String>(BY_KEY)
                .bind(&*owner.issuer)
                .bind(&*owner.user)
                .bind(key)
                .fetch_optional(conn)
                .await
        })
    });
    Ok(match written.await? {
        None => Kept::Now(id),
        Some(first) => Kept::Before(parse_id(&first)?),
    })
}
