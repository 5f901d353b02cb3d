//! Events into rows: a batch is a few statements of many rows each, so that an
//! event costs little more than its row.

use std::{collections::HashMap, sync::Arc};

use super::{numbers::numbers, parse_id, vectors};
use crate::{
    adapters::{
        database::{Conn, Database, Sql, Values},
        memory::{Kept, MemoryError},
    },
    domain::{id::Owner, memory::MemoryEvent},
};

/// What an event takes beside its texts, with its places in the indexes.
const OVERHEAD: usize = 300;
/// Rows in one statement at most: each length is a statement that connections keep.
const ROWS: usize = 32;

const LAST: &str = "select coalesce(max(memory_no), 0) from memory_event";

/// On a server with the words of the event, and triggers that count.
const COLUMNS: Sql = Sql::each(
    "insert into memory_event (owner_no, at, bytes, event_id, event, session_id, task_id,
                               idempotency_key, title, text, body) ",
    "insert into memory_event (owner_no, at, bytes, event_id, event, session_id, task_id,
                               idempotency_key, title, text, body, words)
     select a, b, c, d, e, f, g, h, i, j, k, array_to_tsvector(string_to_array(l, ' ')) from (",
);
const END: Sql = Sql::each(
    " on conflict do nothing",
    ") v (a, b, c, d, e, f, g, h, i, j, k, l) on conflict do nothing",
);

/// Counts what was written after $1, in whosever row it belongs. Not by the index of
/// owners, which would be read whole for the grouping. For a file.
const COUNT: &str = "
    update memory_owner
       set events = memory_owner.events + n.events, bytes = memory_owner.bytes + n.bytes,
           last_no = n.last_no
      from (select owner_no, count(*) events, sum(bytes) bytes, max(memory_no) last_no
              from memory_event not indexed where memory_no > $1 group by owner_no) n
     where n.owner_no = memory_owner.owner_no";

const BY_KEY: &str = "
    select e.event_id from memory_event e join memory_owner o on o.owner_no = e.owner_no
     where o.issuer = $1 and o.user_id = $2 and e.idempotency_key = $3";

/// A batch, ready for the statements.
struct Batch {
    owners: Vec<Owner>,
    /// Each with the place of its owner.
    events: Vec<(usize, MemoryEvent)>,
    key: Option<String>,
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

    async fn write(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let numbers = numbers(conn, &self.owners).await?;
        if conn.is_shared() {
            return self.put(conn, &numbers).await;
        }
        let last: i64 = conn.query(LAST).scalar().await?;
        let written = self.put(conn, &numbers).await?;
        conn.query(COUNT).bind(last).run().await?;
        Ok(written)
    }

    async fn put(&self, conn: &mut Conn<'_>, numbers: &[i64]) -> sqlx::Result<u64> {
        let (is_shared, mut written) = (conn.is_shared(), 0);
        for rows in self.events.chunks(ROWS) {
            let mut query = conn.query(COLUMNS);
            query.push_rows(rows, |mut row, (place, event)| {
                push(&mut row, numbers[*place], event, self.key.as_deref());
                if is_shared {
                    row.push_bind(vectors::words_of(numbers[*place], event));
                }
            });
            query.push_each(END);
            written += query.run().await?;
        }
        Ok(written)
    }
}

fn push(row: &mut Values<'_, '_>, owner_no: i64, event: &MemoryEvent, key: Option<&str>) {
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
        .push_bind(&event.session.0)
        .push_bind(task.map(|task| task.to_string()))
        .push_bind(key)
        .push_bind(title)
        .push_bind(text)
        .push_bind(body);
}

pub(in crate::adapters::memory) async fn write(
    db: &Database,
    batch: &[MemoryEvent],
) -> Result<u64, MemoryError> {
    let batch = Arc::new(Batch::new(batch, None));
    let written = db.write(move |mut conn| {
        let batch = batch.clone();
        Box::pin(async move { batch.write(&mut conn).await })
    });
    Ok(written.await?)
}

pub(in crate::adapters::memory) async fn keep(
    db: &Database,
    event: MemoryEvent,
    key: Option<String>,
) -> Result<Kept, MemoryError> {
    let (id, owner) = (event.id, event.owner.clone());
    let batch = Arc::new(Batch::new(&[event], key.clone()));
    let written = db.write(move |mut conn| {
        let (batch, owner, key) = (batch.clone(), owner.clone(), key.clone());
        Box::pin(async move {
            if batch.write(&mut conn).await? > 0 {
                return Ok(None);
            }
            let first = conn.query(BY_KEY).bind(&owner.issuer).bind(&owner.user);
            first.bind(key).optional_scalar::<String>().await
        })
    });
    Ok(match written.await? {
        None => Kept::Now(id),
        Some(first) => Kept::Before(parse_id(&first)?),
    })
}
