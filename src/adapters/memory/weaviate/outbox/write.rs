//! Events into rows, a batch as one statement over a JSON array.

use std::sync::Arc;

use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::id;
use crate::{
    adapters::{
        database::sqlite::Sqlite,
        memory::{Kept, MemoryError},
    },
    domain::{id::Owner, memory::MemoryEvent},
};

/// An event that was erased and is written again is there again.
const WRITE: &str = "
    insert into memory_outbox (event_id, at, event, issuer, user_id, session_id, task_id, body,
                               bytes)
    select e ->> 'id', e ->> 'at', e ->> 'event', e ->> 'issuer', e ->> 'user', e ->> 'session',
           e ->> 'task', e -> 'body', e ->> 'bytes'
      from (select value e from json_each(?1)) where true
        on conflict (event_id) do update
       set at = excluded.at, event = excluded.event, session_id = excluded.session_id,
           task_id = excluded.task_id, body = excluded.body, bytes = excluded.bytes,
           attempts = 0, delays = 0, due_at = 0, dead_at = null, erased_at = null, last_error = null
     where erased_at is not null and issuer = excluded.issuer and user_id = excluded.user_id";

const CLAIM_KEY: &str = "
    insert into memory_outbox_key (issuer, user_id, idempotency_key, event_id)
    values (?1, ?2, ?3, ?4) on conflict do nothing";

const BY_KEY: &str = "
    select event_id from memory_outbox_key
     where issuer = ?1 and user_id = ?2 and idempotency_key = ?3";

fn to_json(event: &MemoryEvent) -> Value {
    let body = serde_json::to_value(&event.body).unwrap_or_default();
    let bytes = body.to_string().len();
    json!({
        "id": event.id, "at": event.at, "event": event.kind.name(),
        "issuer": event.owner.issuer, "user": event.owner.user, "session": event.session,
        "task": event.body.task_id, "body": body, "bytes": bytes,
    })
}

async fn put(conn: &mut SqliteConnection, events: &str) -> sqlx::Result<u64> {
    let written = sqlx::query(WRITE).bind(events).execute(conn).await?;
    Ok(written.rows_affected())
}

/// Writes a batch; how many rows that made.
pub(in crate::adapters::memory::weaviate) async fn write(
    db: &Sqlite,
    batch: &[MemoryEvent],
) -> Result<u64, MemoryError> {
    let events: Value = batch.iter().map(to_json).collect();
    let events: Arc<str> = events.to_string().into();
    let written = db.writer.write(move |conn| {
        let events = events.clone();
        Box::pin(async move { put(conn, &events).await })
    });
    Ok(written.await?)
}

/// Writes one event, unless its owner used `key` before.
pub(in crate::adapters::memory::weaviate) async fn keep(
    db: &Sqlite,
    event: MemoryEvent,
    key: Option<String>,
) -> Result<Kept, MemoryError> {
    let Some(key) = key else {
        write(db, std::slice::from_ref(&event)).await?;
        return Ok(Kept::Now(event.id));
    };
    let (id, owner) = (event.id, event.owner.clone());
    let rows: Arc<str> = Value::from(vec![to_json(&event)]).to_string().into();
    let kept = db.writer.write(move |conn| {
        let (owner, key, rows) = (owner.clone(), key.clone(), rows.clone());
        Box::pin(async move { keep_once(conn, (id, &owner), &key, &rows).await })
    });
    Ok(kept.await?)
}

async fn keep_once(
    conn: &mut SqliteConnection,
    (event, owner): (uuid::Uuid, &Owner),
    key: &str,
    rows: &str,
) -> sqlx::Result<Kept> {
    let claimed = sqlx::query(CLAIM_KEY)
        .bind(&*owner.issuer)
        .bind(&*owner.user)
        .bind(key)
        .bind(event.to_string())
        .execute(&mut *conn)
        .await?;
    if claimed.rows_affected() > 0 {
        put(conn, rows).await?;
        return Ok(Kept::Now(event));
    }
    let first: String = sqlx::query_scalar(BY_KEY)
        .bind(&*owner.issuer)
        .bind(&*owner.user)
        .bind(key)
        .fetch_one(conn)
        .await?;
    Ok(Kept::Before(id(&first)?))
}
