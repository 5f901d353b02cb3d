//! Events into rows: a batch is a few statements of many rows each, so that an
//! event costs little more than its row.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Value, json};
use sqlx::{FromRow, QueryBuilder, SqliteConnection, query_builder::Separated};

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
/// Rows in one statement at most: each length is a statement to prepare, once.
const ROWS: usize = 32;

/// Gives each owner as many numbers as there are events.
const NUMBER: &str = "
    insert into memory_owner (issuer, user_id, last_no)
    select value ->> 0, value ->> 1, value ->> 2 from json_each(?1) where true
        on conflict (issuer, user_id) do update set last_no = last_no + excluded.last_no
    returning issuer, user_id, (owner_no << 32) + last_no top";

const COLUMNS: &str = "
    insert into memory_event (memory_no, event_id, at, event, session_id, task_id, title, text,
                              body, bytes, idempotency_key) ";

const BY_KEY: &str = "
    select e.event_id from memory_event e join memory_owner o on o.owner_no = e.owner_no
     where o.issuer = ?1 and o.user_id = ?2 and e.idempotency_key = ?3";

/// A batch, ready for the statements.
struct Batch {
    /// Whose they are, and how many each has.
    owners: Vec<(Owner, usize)>,
    events: Vec<Numbered>,
    key: Option<String>,
}

/// An event of the owner at a place in the batch, who has some left after it.
struct Numbered {
    event: MemoryEvent,
    place: usize,
    left: usize,
}

#[derive(FromRow)]
struct Top {
    issuer: String,
    user_id: String,
    top: i64,
}

impl Batch {
    fn new(batch: &[MemoryEvent], key: Option<String>) -> Self {
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
            Numbered {
                event: event.clone(),
                place,
                left: left[place],
            }
        });
        let events = events.collect();
        Self {
            owners,
            events,
            key,
        }
    }

    async fn write(&self, conn: &mut SqliteConnection) -> sqlx::Result<u64> {
        let tops = self.number(&mut *conn).await?;
        let mut written = 0;
        for rows in self.events.chunks(ROWS) {
            let mut query = QueryBuilder::<sqlx::Sqlite>::new(COLUMNS);
            query.push_values(rows, |row, event| {
                event.push(row, &tops, self.key.as_deref())
            });
            query.push(" on conflict do nothing");
            written += query.build().execute(&mut *conn).await?.rows_affected();
        }
        Ok(written)
    }

    /// The highest number each owner may use for the batch.
    async fn number(&self, conn: &mut SqliteConnection) -> sqlx::Result<Vec<i64>> {
        let owners = self.owners.iter();
        let owners = owners.map(|(who, count)| json!([who.issuer, who.user, count]));
        let tops: Vec<Top> = sqlx::query_as(NUMBER)
            .bind(owners.collect::<Value>().to_string())
            .fetch_all(conn)
            .await?;
        let tops: HashMap<(&str, &str), i64> = tops
            .iter()
            .map(|top| ((&*top.issuer, &*top.user_id), top.top))
            .collect();
        let top = |who: &Owner| tops.get(&(&*who.issuer, &*who.user)).copied();
        let owners = self.owners.iter();
        let tops: Option<Vec<_>> = owners.map(|(who, _)| top(who)).collect();
        tops.ok_or(sqlx::Error::RowNotFound)
    }
}

impl Numbered {
    fn push(
        &self,
        mut row: Separated<'_, sqlx::Sqlite, &'static str>,
        tops: &[i64],
        key: Option<&str>,
    ) {
        let MemoryEvent { id, at, kind, .. } = self.event;
        let mut body = self.event.body.clone();
        let (task, title, text) = (body.task_id.take(), body.title.take(), body.text.take());
        let body = serde_json::to_string(&body).unwrap_or_else(|_| "{}".to_owned());
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let bytes = OVERHEAD + length(&title) + length(&text) + body.len();
        row.push_bind(tops[self.place] - self.left as i64)
            .push_bind(id.to_string())
            .push_bind(at.0)
            .push_bind(kind.name())
            .push_bind(&*self.event.session.0)
            .push_bind(task.map(|task| task.to_string()))
            .push_bind(title)
            .push_bind(text)
            .push_bind(body)
            .push_bind(bytes as i64)
            .push_bind(key);
    }
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
