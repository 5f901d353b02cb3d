//! Events leave the outbox without having been sent. What is erased leaves a row
//! with nothing in it, until Weaviate has been told: the event may be on its way.

use crate::{
    adapters::{
        database::{Conn, Database, Sql},
        memory::MemoryError,
    },
    domain::{id::Owner, time::UnixMillis},
};

/// Rows that leave in one commit: others want to write in between.
const SOME: i64 = 500;

const EMPTY: &str = "
    update memory_outbox
       set body = '{}', bytes = 2, task_id = null, session_id = '', attempts = 0, delays = 0, due_at = 0,
           dead_at = null, last_error = null, erased_at = ";
const NOW: Sql = Sql::each(
    "cast(unixepoch('subsec') * 1000 as integer)",
    "(extract(epoch from clock_timestamp()) * 1000)::bigint",
);
const WHICH: &str = "
     where outbox_no in (select outbox_no from memory_outbox
                          where erased_at is null and issuer = ";
/// What others are about to change is waited for.
const MINE: Sql = Sql::each("", " for update");

const EXPIRE: &str = "
    delete from memory_outbox
     where outbox_no in (select outbox_no from memory_outbox
                          where at < $1 and erased_at is null limit $2)";

const FORGET_KEYS: &str = "
    delete from memory_outbox_key
     where kept_at < $1 and event_id not in (select event_id from memory_outbox)";

/// Erases what waits of one event; whether it did.
pub(in crate::adapters::memory::weaviate) async fn erase(
    db: &Database,
    event: uuid::Uuid,
    owner: &Owner,
) -> Result<bool, MemoryError> {
    Ok(remove(db, owner, Some(event)).await? > 0)
}

/// Erases all that waits of `owner`, and their keys; how many events.
pub(in crate::adapters::memory::weaviate) async fn erase_all(
    db: &Database,
    owner: &Owner,
) -> Result<u64, MemoryError> {
    let mut erased = 0;
    loop {
        match remove(db, owner, None).await? {
            0 => return Ok(erased),
            some => erased += some,
        }
    }
}

async fn remove(
    db: &Database,
    owner: &Owner,
    event: Option<uuid::Uuid>,
) -> Result<u64, MemoryError> {
    let owner = owner.clone();
    let removed = db.write(move |mut conn| {
        let (owner, event) = (owner.clone(), event.map(|id| id.to_string()));
        Box::pin(async move {
            forget(&mut conn, &owner, event.as_deref()).await?;
            empty(&mut conn, &owner, event.as_deref()).await
        })
    });
    Ok(removed.await?)
}

async fn empty(conn: &mut Conn<'_>, owner: &Owner, event: Option<&str>) -> sqlx::Result<u64> {
    let mut query = conn.query(EMPTY);
    query.push_each(NOW).push(WHICH).push_bind(&owner.issuer);
    query.push(" and user_id = ").push_bind(&owner.user);
    if let Some(event) = event {
        query.push(" and event_id = ").push_bind(event);
    }
    query
        .push(" limit ")
        .push_bind(SOME)
        .push_each(MINE)
        .push(")");
    query.run().await
}

/// The keys under which events were kept go with them.
async fn forget(conn: &mut Conn<'_>, owner: &Owner, event: Option<&str>) -> sqlx::Result<()> {
    let mut query = conn.query("delete from memory_outbox_key");
    query.push(" where issuer = ").push_bind(&owner.issuer);
    query.push(" and user_id = ").push_bind(&owner.user);
    if let Some(event) = event {
        query.push(" and event_id = ").push_bind(event);
    }
    query.run().await.map(drop)
}

/// Forgets some of what happened before `before` and still waits; how many.
pub(in crate::adapters::memory::weaviate) async fn expire(
    db: &Database,
    before: UnixMillis,
) -> Result<u64, MemoryError> {
    let expired = db.write(move |mut conn| {
        Box::pin(async move { conn.query(EXPIRE).bind(before.0).bind(SOME).run().await })
    });
    Ok(expired.await?)
}

/// Forgets the keys from before `before` whose events were sent.
pub(in crate::adapters::memory::weaviate) async fn forget_keys(
    db: &Database,
    before: UnixMillis,
) -> Result<(), MemoryError> {
    let forgotten = db.write(move |mut conn| {
        Box::pin(async move { conn.query(FORGET_KEYS).bind(before.0).run().await.map(drop) })
    });
    Ok(forgotten.await?)
}
