//! Memory in the database file.

use futures_util::TryStreamExt;
use serde_json::{Map, Value, json};
use sqlx::{FromRow, QueryBuilder};

use super::{MemoryError, MemoryFilter, Remembered};
use crate::{
    adapters::sqlite::Sqlite,
    domain::{id::Owner, memory::MemoryEvent, time::UnixMillis},
};

/// A whole batch as one statement over a JSON array: one bind and one step of
/// the driver, however many events.
const WRITE: &str = "
    insert into memory_event (event_id, at, event, issuer, user_id, session_id, task_id, title,
                              text, body, idempotency_key)
    select e ->> 'id', e ->> 'at', e ->> 'event', e ->> 'issuer', e ->> 'user', e ->> 'session',
           e ->> 'task', e ->> 'title', e ->> 'text', e -> 'body', e ->> 'key'
      from (select value e from json_each(?1)) where true
        on conflict do nothing";

const BY_KEY: &str = "
    select event_id from memory_event
     where issuer = ?1 and user_id = ?2 and idempotency_key = ?3";

const GET: &str = "
    select event_id, at, event, issuer, user_id, session_id, task_id, title, text, body
      from memory_event where event_id = ?1 and issuer = ?2 and user_id = ?3";

const RECENT: &str = "
    select event_id, at, event, issuer, user_id, session_id, task_id, title, text, body
      from memory_event where issuer = ";

const EXPIRE: &str = "
    delete from memory_event where event_id in (
        select event_id from memory_event where at < ?1 order by at limit 1000)";

/// A page ends with the event that passes this: documents may be long.
const PAGE_BYTES: usize = 4 << 20;

#[derive(FromRow)]
struct Row {
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

fn to_json(event: &MemoryEvent, key: Option<&str>) -> Value {
    let mut body = event.body.clone();
    let (task, title, text) = (body.task_id.take(), body.title.take(), body.text.take());
    json!({
        "id": event.id, "at": event.at, "event": event.kind.name(),
        "issuer": event.owner.issuer, "user": event.owner.user, "session": event.session,
        "task": task, "title": title, "text": text, "body": body, "key": key,
    })
}

pub(super) async fn write(db: &Sqlite, batch: &[MemoryEvent]) -> Result<(), MemoryError> {
    let rows: Vec<Value> = batch.iter().map(|event| to_json(event, None)).collect();
    let rows = Value::from(rows).to_string();
    let written = db.writer.write(move |conn| {
        let rows = rows.clone();
        Box::pin(async move { sqlx::query(WRITE).bind(rows).execute(conn).await.map(drop) })
    });
    Ok(written.await?)
}

pub(super) async fn keep(
    db: &Sqlite,
    event: MemoryEvent,
    key: Option<String>,
) -> Result<uuid::Uuid, MemoryError> {
    let (id, owner) = (event.id, event.owner.clone());
    let row = Value::from(vec![to_json(&event, key.as_deref())]).to_string();
    let written = db.writer.write(move |conn| {
        let (row, owner, key) = (row.clone(), owner.clone(), key.clone());
        Box::pin(async move {
            sqlx::query(WRITE).bind(row).execute(&mut *conn).await?;
            let Some(key) = key else { return Ok(None) };
            sqlx::query_scalar::<_, String>(BY_KEY)
                .bind(&*owner.issuer)
                .bind(&*owner.user)
                .bind(key)
                .fetch_optional(conn)
                .await
        })
    });
    match written.await? {
        None => Ok(id),
        Some(first) => Ok(parse_id(&first)?),
    }
}

pub(super) async fn get(
    db: &Sqlite,
    id: uuid::Uuid,
    owner: &Owner,
) -> Result<Remembered, MemoryError> {
    let row: Option<Row> = sqlx::query_as(GET)
        .bind(id.to_string())
        .bind(&*owner.issuer)
        .bind(&*owner.user)
        .fetch_optional(&db.readers)
        .await?;
    Ok(row.ok_or(MemoryError::NotFound)?.try_into()?)
}

pub(super) async fn recent(
    db: &Sqlite,
    owner: &Owner,
    filter: &MemoryFilter,
) -> Result<(Vec<Remembered>, bool), MemoryError> {
    let mut query = QueryBuilder::<sqlx::Sqlite>::new(RECENT);
    query
        .push_bind(&*owner.issuer)
        .push(" and user_id = ")
        .push_bind(&*owner.user);
    if let Some(event) = &filter.event {
        query.push(" and event = ").push_bind(event);
    }
    if let Some(task) = filter.task {
        query.push(" and task_id = ").push_bind(task.to_string());
    }
    if let Some(session) = &filter.session {
        query.push(" and session_id = ").push_bind(&*session.0);
    }
    if let Some(before) = filter.before {
        query.push(" and event_id < ").push_bind(before.to_string());
    }
    let limit = filter.limit as usize;
    query
        .push(" order by event_id desc limit ")
        .push_bind(filter.limit + 1);
    let mut rows = query.build_query_as::<Row>().fetch(&db.readers);
    let (mut events, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await? {
        if events.len() == limit || bytes > PAGE_BYTES {
            return Ok((events, true));
        }
        bytes += row.text.as_ref().map_or(0, String::len) + row.body.len();
        events.push(Remembered::try_from(row)?);
    }
    Ok((events, false))
}

pub(super) async fn expire(db: &Sqlite, before: UnixMillis) -> Result<u64, MemoryError> {
    let written = db.writer.write(move |conn| {
        Box::pin(async move { sqlx::query(EXPIRE).bind(before.0).execute(conn).await })
    });
    Ok(written.await?.rows_affected())
}

impl TryFrom<Row> for Remembered {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let body: Value =
            serde_json::from_str(&row.body).map_err(|e| sqlx::Error::Decode(e.into()))?;
        let mut fields = match body {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
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
