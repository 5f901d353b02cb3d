//! Events into rows.

use std::{collections::HashSet, sync::Arc};

use super::id;
use crate::{
    adapters::{
        database::{Conn, Database},
        memory::{Kept, MemoryError},
    },
    domain::{id::Owner, memory::MemoryEvent},
};

/// Rows in one statement at most: each length is a statement that connections keep.
const ROWS: usize = 32;

const COLUMNS: &str = "
    insert into memory_outbox (event_id, at, event, issuer, user_id, session_id, task_id, body,
                               bytes) ";

/// An event that was erased and is written again is there again.
const END: &str = "
        on conflict (event_id) do update
       set at = excluded.at, event = excluded.event, session_id = excluded.session_id,
           task_id = excluded.task_id, body = excluded.body, bytes = excluded.bytes,
           attempts = 0, delays = 0, due_at = 0, dead_at = null, erased_at = null, last_error = null
     where memory_outbox.erased_at is not null and memory_outbox.issuer = excluded.issuer
       and memory_outbox.user_id = excluded.user_id";

const CLAIM_KEY: &str = "
    insert into memory_outbox_key (issuer, user_id, idempotency_key, event_id)
    values ($1, $2, $3, $4) on conflict do nothing";

const BY_KEY: &str = "
    select event_id from memory_outbox_key
     where issuer = $1 and user_id = $2 and idempotency_key = $3";

/// A batch, ready for the statements.
struct Row {
    event: MemoryEvent,
    body: String,
}

/// Each event once: a statement of a server writes no row twice.
fn rows(batch: &[MemoryEvent]) -> Arc<[Row]> {
    let mut known = HashSet::new();
    let new = batch.iter().filter(|event| known.insert(event.id));
    new.map(|event| Row {
        event: event.clone(),
        body: serde_json::to_string(&event.body).unwrap_or_else(|_| "{}".to_owned()),
    })
    .collect()
}

async fn put(conn: &mut Conn<'_>, batch: &[Row]) -> sqlx::Result<u64> {
    let mut written = 0;
    for rows in batch.chunks(ROWS) {
        let mut query = conn.query(COLUMNS);
        query.push_rows(rows, |mut row, Row { event, body }| {
            row.push_bind(event.id.to_string())
                .push_bind(event.at.0)
                .push_bind(event.kind.name())
                .push_bind(&event.owner.issuer)
                .push_bind(&event.owner.user)
                .push_bind(&event.session.0)
                .push_bind(event.body.task_id.map(|task| task.to_string()))
                .push_bind(body)
                .push_bind(i64::try_from(body.len()).unwrap_or(i64::MAX));
        });
        query.push(END);
        written += query.run().await?;
    }
    Ok(written)
}

/// Writes a batch; how many rows that made.
pub(in crate::adapters::memory::weaviate) async fn write(
    db: &Database,
    batch: &[MemoryEvent],
) -> Result<u64, MemoryError> {
    let rows = rows(batch);
    let written = db.write(move |mut conn| {
        let rows = rows.clone();
        Box::pin(async move { put(&mut conn, &rows).await })
    });
    Ok(written.await?)
}

/// Writes one event, unless its owner used `key` before.
pub(in crate::adapters::memory::weaviate) async fn keep(
    db: &Database,
    event: MemoryEvent,
    key: Option<String>,
) -> Result<Kept, MemoryError> {
    let Some(key) = key else {
        write(db, std::slice::from_ref(&event)).await?;
        return Ok(Kept::Now(event.id));
    };
    let (id, owner) = (event.id, event.owner.clone());
    let rows = rows(&[event]);
    let kept = db.write(move |mut conn| {
        let (owner, key, rows) = (owner.clone(), key.clone(), rows.clone());
        Box::pin(async move { keep_once(&mut conn, (id, &owner), &key, &rows).await })
    });
    Ok(kept.await?)
}

async fn keep_once(
    conn: &mut Conn<'_>,
    (event, owner): (uuid::Uuid, &Owner),
    key: &str,
    rows: &[Row],
) -> sqlx::Result<Kept> {
    let claim = conn.query(CLAIM_KEY).bind(&owner.issuer).bind(&owner.user);
    if claim.bind(key).bind(event.to_string()).run().await? > 0 {
        put(conn, rows).await?;
        return Ok(Kept::Now(event));
    }
    let first = conn.query(BY_KEY).bind(&owner.issuer).bind(&owner.user);
    let first: String = first.bind(key).scalar().await?;
    Ok(Kept::Before(id(&first)?))
}
