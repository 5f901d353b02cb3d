//! Rows into events.

use futures_util::TryStreamExt;

use super::{AGE, FIELDS, PAGE_BYTES, Row};
use crate::{
    adapters::{
        database::{Database, Query, Sql},
        memory::{MemoryError, MemoryFilter, Page, Remembered},
    },
    domain::{id::Owner, memory::cursor::Cursor},
};

pub(in crate::adapters::memory) async fn get(
    db: &Database,
    id: uuid::Uuid,
    owner: &Owner,
) -> Result<Remembered, MemoryError> {
    let mut query = from_events(db);
    query.push(" where e.event_id = ").push_bind(id.to_string());
    push_owner(&mut query, owner);
    let row: Option<Row> = query.optional().await?;
    Ok(row.ok_or(MemoryError::NotFound)?.try_into()?)
}

pub(in crate::adapters::memory) async fn recent(
    db: &Database,
    owner: &Owner,
    filter: &MemoryFilter,
) -> Result<Page, MemoryError> {
    let mut query = from_events(db);
    query.push(" where true");
    push_number(&mut query, owner);
    if let Some(event) = &filter.event {
        query.push(" and e.event = ").push_bind(event);
    }
    if let Some(task) = filter.task {
        query.push(" and e.task_id = ").push_bind(task.to_string());
    }
    if let Some(session) = &filter.session {
        query.push(" and e.session_id = ").push_bind(&*session.0);
    }
    if let Some(Cursor { at, id }) = filter.before {
        query.push(" and (e.at, e.event_id) < (").push_bind(at.0);
        query.push(", ").push_bind(id.to_string()).push(")");
    }
    query.push(" order by e.at desc, e.event_id desc limit ");
    query.push_bind(filter.limit + 1);
    page(query, filter.limit).await
}

/// Everyone's or one owner's events, the oldest first.
pub(in crate::adapters::memory) async fn oldest(
    db: &Database,
    owner: Option<&Owner>,
    after: Option<Cursor>,
    limit: u32,
) -> Result<Page, MemoryError> {
    let mut query = from_events(db);
    query.push(" where true");
    let at = match owner {
        Some(owner) => {
            push_number(&mut query, owner);
            Sql::same("e.at")
        }
        None => AGE,
    };
    if let Some(Cursor { at: moment, id }) = after {
        query.push(" and (").push_each(at).push(", e.event_id) > (");
        query.push_bind(moment.0).push(", ");
        query.push_bind(id.to_string()).push(")");
    }
    query.push(" order by ").push_each(at);
    query.push(", e.event_id limit ").push_bind(limit + 1);
    page(query, limit).await
}

fn from_events(db: &Database) -> Query<'_> {
    let mut query = db.query("select ");
    query
        .push(FIELDS)
        .push(" from memory_event e join memory_owner o on o.owner_no = e.owner_no");
    query
}

/// The number is looked up once, so that the index of the owner's events serves.
pub(super) fn push_number(query: &mut Query<'_>, owner: &Owner) {
    query
        .push(" and e.owner_no = (select owner_no from memory_owner where issuer = ")
        .push_bind(&owner.issuer)
        .push(" and user_id = ")
        .push_bind(&owner.user)
        .push(")");
}

pub(super) fn push_owner(query: &mut Query<'_>, owner: &Owner) {
    query.push(" and o.issuer = ").push_bind(&owner.issuer);
    query.push(" and o.user_id = ").push_bind(&owner.user);
}

async fn page(query: Query<'_>, limit: u32) -> Result<Page, MemoryError> {
    let mut rows = query.stream::<Row>();
    let (mut page, mut bytes) = (Page::default(), 0);
    while let Some(row) = rows.try_next().await? {
        if page.events.len() == limit as usize || bytes > PAGE_BYTES {
            page.is_more = true;
            return Ok(page);
        }
        bytes += row.length();
        page.events.push(Remembered::try_from(row)?);
    }
    Ok(page)
}
