//! Events leave the outbox without having been sent. What is erased leaves a row
//! with nothing in it, until Weaviate has been told: the event may be on its way.

use sqlx::{QueryBuilder, SqliteConnection};

use crate::{
    adapters::{database::sqlite::Sqlite, memory::MemoryError},
    domain::{id::Owner, time::UnixMillis},
};

/// Rows that leave in one commit: others want to write in between.
const SOME: i64 = 500;

const EMPTY: &str = "
    update memory_outbox
       set body = '{}', bytes = 2, task_id = null, session_id = '', attempts = 0, delays = 0, due_at = 0,
           dead_at = null, last_error = null,
           erased_at = cast(unixepoch('subsec') * 1000 as integer)
     where outbox_no in (select outbox_no from memory_outbox
                          where erased_at is null and issuer = ";

const EXPIRE: &str = "
    delete from memory_outbox
     where outbox_no in (select outbox_no from memory_outbox
                          where at < ?1 and erased_at is null limit ?2)";

const FORGET_KEYS: &str = "
    delete from memory_outbox_key
     where kept_at < ?1 and event_id not in (select event_id from memory_outbox)";

/// Erases what waits of one event; whether it did.
pub(in crate::adapters::memory::weaviate) async fn erase(
    db: &Sqlite,
    event: uuid::Uuid,
    owner: &Owner,
) -> Result<bool, MemoryError> {
    Ok(remove(db, owner, Some(event)).await? > 0)
}

/// Erases all that waits of `owner`, and their keys; how many events.
pub(in crate::adapters::memory::weaviate) async fn erase_all(
    db: &Sqlite,
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

async fn remove(db: &Sqlite, owner: &Owner, event: Option<uuid::Uuid>) -> Result<u64, MemoryError> {
    let owner = owner.clone();
    let removed = db.writer.write(move |conn| {
        let (owner, event) = (owner.clone(), event.map(|id| id.to_string()));
        Box::pin(async move {
            forget(conn, &owner, event.as_deref()).await?;
            empty(conn, &owner, event.as_deref()).await
        })
    });
    Ok(removed.await?)
}

async fn empty(
    conn: &mut SqliteConnection,
    owner: &Owner,
    event: Option<&str>,
) -> sqlx::Result<u64> {
    let mut query = QueryBuilder::<sqlx::Sqlite>::new(EMPTY);
    query.push_bind(&*owner.issuer);
    query.push(" and user_id = ").push_bind(&*owner.user);
    if let Some(event) = event {
        query.push(" and event_id = ").push_bind(event);
    }
    query.push(" limit ").push_bind(SOME).push(")");
    Ok(query.build().execute(conn).await?.rows_affected())
}

/// The keys under which events were kept go with them.
async fn forget(
    conn: &mut SqliteConnection,
    owner: &Owner,
    event: Option<&str>,
) -> sqlx::Result<()> {
    let mut query = QueryBuilder::<sqlx::Sqlite>::new("delete from memory_outbox_key");
    query.push(" where issuer = ").push_bind(&*owner.issuer);
    query.push(" and user_id = ").push_bind(&*owner.user);
    if let Some(event) = event {
        query.push(" and event_id = ").push_bind(event);
    }
    query.build().execute(conn).await.map(drop)
}

/// Forgets some of what happened before `before` and still waits; how many.
pub(in crate::adapters::memory::weaviate) async fn expire(
    db: &Sqlite,
    before: UnixMillis,
) -> Result<u64, MemoryError> {
    let expired = db.writer.write(move |conn| {
        Box::pin(async move {
            let gone = sqlx::query(EXPIRE).bind(before.0).bind(SOME);
            Ok(gone.execute(conn).await?.rows_affected())
        })
    });
    Ok(expired.await?)
}

/// Forgets the keys from before `before` whose events were sent.
pub(in crate::adapters::memory::weaviate) async fn forget_keys(
    db: &Sqlite,
    before: UnixMillis,
) -> Result<(), MemoryError> {
    let forgotten = db.writer.write(move |conn| {
        Box::pin(async move {
            let keys = sqlx::query(FORGET_KEYS).bind(before.0);
            keys.execute(conn).await.map(drop)
        })
    });
    Ok(forgotten.await?)
}
