//! What waits, as its owner reads it.

use std::collections::HashSet;

use futures_util::TryStreamExt;
use sqlx::FromRow;

use super::{FIELDS, Waiting, id};
use crate::{
    adapters::{
        database::{Database, Query},
        memory::{MemoryError, MemoryFilter, Page, Remembered},
    },
    domain::{id::Owner, memory::cursor::Cursor},
};

/// A list ends with the event that passes this: documents may be long.
const PAGE_BYTES: i64 = 4 << 20;

const STANDING: &str = "
    select (select count(*) from memory_outbox where dead_at is null)
           - (select count(*) from memory_outbox where dead_at is null and erased_at is not null)
           waiting,
           (select count(*) from memory_outbox where dead_at is not null) set_aside,
           (select queued_at from memory_outbox where dead_at is null and erased_at is null
             order by outbox_no limit 1) oldest_at";

/// What the outbox knows of an event.
pub(in crate::adapters::memory::weaviate) enum Found {
    /// It waits.
    Waiting(Remembered),
    /// Its owner erased it, or it is another's.
    Gone,
    /// Nothing.
    Unknown,
}

/// How much waits.
#[derive(Clone, Copy, Debug, FromRow)]
pub(in crate::adapters::memory::weaviate) struct Backlog {
    pub(in crate::adapters::memory::weaviate) waiting: i64,
    pub(in crate::adapters::memory::weaviate) set_aside: i64,
    pub(in crate::adapters::memory::weaviate) oldest_at: Option<i64>,
}

pub(in crate::adapters::memory::weaviate) async fn one(
    db: &Database,
    event: uuid::Uuid,
    owner: &Owner,
) -> Result<Found, MemoryError> {
    let mut query = from_outbox(db);
    query
        .push(" where event_id = ")
        .push_bind(event.to_string());
    let row: Option<Waiting> = query.optional().await?;
    Ok(match row {
        None => Found::Unknown,
        Some(row) if row.erased_at.is_some() || row.owner() != *owner => Found::Gone,
        Some(row) => Found::Waiting(row.try_into()?),
    })
}

/// Events of `owner` that wait, the newest first.
pub(in crate::adapters::memory::weaviate) async fn mine(
    db: &Database,
    owner: &Owner,
    filter: &MemoryFilter,
) -> Result<Page, MemoryError> {
    let mut query = from_outbox(db);
    query.push(" where erased_at is null");
    push_owner(&mut query, owner);
    if let Some(event) = &filter.event {
        query.push(" and event = ").push_bind(event);
    }
    if let Some(task) = filter.task {
        query.push(" and task_id = ").push_bind(task.to_string());
    }
    if let Some(session) = &filter.session {
        query.push(" and session_id = ").push_bind(&*session.0);
    }
    if let Some(Cursor { at, id }) = filter.before {
        query.push(" and (at, event_id) < (").push_bind(at.0);
        query.push(", ").push_bind(id.to_string()).push(")");
    }
    query.push(" order by at desc, event_id desc limit ");
    query.push_bind(filter.limit + 1);
    page(query, filter.limit).await
}

/// Everyone's or one owner's events that wait, the oldest first.
pub(in crate::adapters::memory::weaviate) async fn oldest(
    db: &Database,
    owner: Option<&Owner>,
    after: Option<Cursor>,
    limit: u32,
) -> Result<Page, MemoryError> {
    let mut query = from_outbox(db);
    query.push(" where erased_at is null");
    if let Some(owner) = owner {
        push_owner(&mut query, owner);
    }
    if let Some(Cursor { at, id }) = after {
        query.push(" and (at, event_id) > (").push_bind(at.0);
        query.push(", ").push_bind(id.to_string()).push(")");
    }
    query
        .push(" order by at, event_id limit ")
        .push_bind(limit + 1);
    page(query, limit).await
}

/// Events of `owner`, or of everyone, that Weaviate may still have, though they were
/// erased.
pub(in crate::adapters::memory::weaviate) async fn hidden(
    db: &Database,
    owner: Option<&Owner>,
) -> Result<HashSet<uuid::Uuid>, MemoryError> {
    let mut query = db.query("select event_id from memory_outbox");
    query.push(" where erased_at is not null");
    if let Some(owner) = owner {
        push_owner(&mut query, owner);
    }
    let ids: Vec<String> = query.scalars().await?;
    let ids: Result<_, sqlx::Error> = ids.iter().map(|text| id(text)).collect();
    Ok(ids?)
}

pub(in crate::adapters::memory::weaviate) async fn standing(
    db: &Database,
) -> Result<Backlog, MemoryError> {
    Ok(db.query(STANDING).one().await?)
}

fn from_outbox(db: &Database) -> Query<'_> {
    let mut query = db.query("select ");
    query.push(FIELDS).push(" from memory_outbox");
    query
}

fn push_owner(query: &mut Query<'_>, owner: &Owner) {
    query.push(" and issuer = ").push_bind(&owner.issuer);
    query.push(" and user_id = ").push_bind(&owner.user);
}

async fn page(query: Query<'_>, limit: u32) -> Result<Page, MemoryError> {
    let mut rows = query.stream::<Waiting>();
    let (mut page, mut bytes) = (Page::default(), 0);
    while let Some(row) = rows.try_next().await? {
        if page.events.len() == limit as usize || bytes > PAGE_BYTES {
            page.is_more = true;
            return Ok(page);
        }
        bytes += row.bytes;
        page.events.push(Remembered::try_from(row)?);
    }
    Ok(page)
}
