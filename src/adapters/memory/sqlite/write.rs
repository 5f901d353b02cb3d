//! Events into rows: whole batches as statements over JSON arrays, so that they
//! cost a few steps of the driver, however many events they are.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Value, json};
use sqlx::{FromRow, SqliteConnection};

use super::parse_id;
use crate::{
    adapters::{
        memory::{Kept, MemoryError},
        sqlite::Sqlite,
    },
    domain::{id::Owner, memory::MemoryEvent},
};

/// What an event takes beside its texts, with its places in the indexes.
const OVERHEAD: usize = 300;

/// Gives each owner as many numbers as there are events.
const NUMBER: &str = "
    insert into memory_owner (issuer, user_id, last_no)
    select value ->> 0, value ->> 1, value ->> 2 from json_each(?1) where true
        on conflict (issuer, user_id) do update set last_no = last_no + excluded.last_no
    returning issuer, user_id, (owner_no << 32) + last_no top";

const WRITE: &str = "
    insert into memory_event (memory_no, event_id, at, event, session_id, task_id, title, text,
                              body, bytes, idempotency_key)
    select (?2 ->> (e ->> 'owner')) - (e ->> 'left'), e ->> 'id', e ->> 'at', e ->> 'event',
           e ->> 'session', e ->> 'task', e ->> 'title', e ->> 'text', e -> 'body',
           e ->> 'bytes', e ->> 'key'
      from (select value e from json_each(?1)) where true
        on conflict do nothing";

const BY_KEY: &str = "
    select e.event_id from memory_event e join memory_owner o on o.owner_no = e.owner_no
     where o.issuer = ?1 and o.user_id = ?2 and e.idempotency_key = ?3";

/// A batch, ready for the statements.
struct Batch {
    owners: Vec<(Owner, usize)>,
    events: String,
}

#[derive(FromRow)]
struct Top {
    issuer: String,
    user_id: String,
    top: i64,
}

impl Batch {
    fn new(batch: &[MemoryEvent], key: Option<&str>) -> Self {
        let mut known: HashMap<&Owner, usize> = HashMap::new();
        let mut owners: Vec<(Owner, usize)> = Vec::new();
        for event in batch {
            let place = *known.entry(&event.owner).or_insert_with(|| {
                owners.push((event.owner.clone(), 0));
                owners.len() - 1
            });
            owners[place].1 += 1;
        }
        let mut left: Vec<_> = owners.iter().map(|(_, count)| *count).collect();
        let events = batch.iter().map(|event| {
            let place = known[&event.owner];
            left[place] -= 1;
            to_json(event, (place, left[place]), key)
        });
        let events = events.collect::<Value>().to_string();
        Self { owners, events }
    }

    async fn write(&self, conn: &mut SqliteConnection) -> sqlx::Result<u64> {
        let owners = self.owners.iter();
        let owners = owners.map(|(who, count)| json!([who.issuer, who.user, count]));
        let tops: Vec<Top> = sqlx::query_as(NUMBER)
            .bind(owners.collect::<Value>().to_string())
            .fetch_all(&mut *conn)
            .await?;
        let tops: HashMap<(&str, &str), i64> = tops
            .iter()
            .map(|top| ((&*top.issuer, &*top.user_id), top.top))
            .collect();
        let owners = self.owners.iter();
        let tops = owners.map(|(who, _)| tops.get(&(&*who.issuer, &*who.user)).copied());
        let written = sqlx::query(WRITE)
            .bind(&*self.events)
            .bind(tops.collect::<Value>().to_string())
            .execute(conn);
        Ok(written.await?.rows_affected())
    }
}

/// The event of the owner at `place`, who has `left` more after it.
fn to_json(event: &MemoryEvent, (place, left): (usize, usize), key: Option<&str>) -> Value {
    let mut body = event.body.clone();
    let (task, title, text) = (body.task_id.take(), body.title.take(), body.text.take());
    let body = serde_json::to_value(body).unwrap_or_default();
    let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let bytes = OVERHEAD + length(&title) + length(&text) + body.to_string().len();
    json!({
        "owner": place, "left": left, "id": event.id, "at": event.at, "event": event.kind.name(),
        "session": event.session, "task": task, "title": title, "text": text, "body": body,
        "bytes": bytes, "key": key,
    })
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
    let batch = Arc::new(Batch::new(&[event], key.as_deref()));
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
