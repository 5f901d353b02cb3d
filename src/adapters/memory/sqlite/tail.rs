//! Events as they come in. An owner's numbers are given in the order of commits,
//! so the last number seen of each says what is new, whenever it happened.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::{QueryBuilder, SqliteConnection};

use super::{FIELDS, Row};
use crate::{
    adapters::{
        memory::{MemoryError, Remembered, TailFilter},
        sqlite::Sqlite,
    },
    domain::memory::EventKind,
};

/// How many numbers are looked at in one go.
const SOME: i64 = 500;

const LAST: &str = "
    select owner_no, last_no from memory_owner where ?1 is null or user_id = ?1";

/// Follows everyone's events, or those of people of one name.
#[derive(Debug)]
pub struct Tail {
    db: Sqlite,
    filter: TailFilter,
    /// The last number seen of each owner.
    seen: HashMap<i64, i64>,
}

/// Numbers of one owner that were not looked at: after `from`, up to `to`.
struct Span {
    owner_no: i64,
    from: i64,
    to: i64,
}

impl Tail {
    pub(in crate::adapters::memory) async fn start(
        db: &Sqlite,
        filter: TailFilter,
        newest: u32,
    ) -> Result<(Vec<Remembered>, Self), MemoryError> {
        // One transaction: both are of the same moment.
        let mut at_once = db.readers.begin().await?;
        let seen = last(&mut at_once, &filter).await?.into_iter().collect();
        let mut events = recent(&mut at_once, &filter, newest).await?;
        events.reverse();
        let db = db.clone();
        Ok((events, Self { db, filter, seen }))
    }

    pub(in crate::adapters::memory) async fn next(
        &mut self,
    ) -> Result<Vec<Remembered>, MemoryError> {
        loop {
            let mut at_once = self.db.readers.begin().await?;
            let spans = self.unseen(&last(&mut at_once, &self.filter).await?);
            if spans.is_empty() {
                return Ok(Vec::new());
            }
            let events = within(&mut at_once, &spans, self.filter.event).await?;
            let seen = spans.iter().map(|span| (span.owner_no, span.to));
            self.seen.extend(seen);
            if !events.is_empty() {
                return Ok(events);
            }
        }
    }

    fn unseen(&self, last: &[(i64, i64)]) -> Vec<Span> {
        let mut room = SOME;
        let mut spans = Vec::new();
        for &(owner_no, last_no) in last {
            let from = self.seen.get(&owner_no).copied().unwrap_or(0);
            let to = last_no.min(from + room);
            if from < to {
                room -= to - from;
                spans.push(Span { owner_no, from, to });
            }
        }
        spans
    }
}

async fn last(
    conn: &mut SqliteConnection,
    filter: &TailFilter,
) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    let user = filter.user.as_deref();
    sqlx::query_as(LAST).bind(user).fetch_all(conn).await
}

async fn recent(
    conn: &mut SqliteConnection,
    filter: &TailFilter,
    limit: u32,
) -> Result<Vec<Remembered>, sqlx::Error> {
    let mut query = QueryBuilder::<sqlx::Sqlite>::new("select ");
    query
        .push(FIELDS)
        .push(" from memory_event e join memory_owner o on o.owner_no = e.owner_no where true");
    if let Some(user) = &filter.user {
        query.push(" and e.owner_no in (select owner_no from memory_owner where user_id = ");
        query.push_bind(&**user).push(")");
    }
    push_event(&mut query, filter.event);
    query.push(" order by e.at desc, e.event_id desc limit ");
    query.push_bind(limit);
    events(conn, query).await
}

async fn within(
    conn: &mut SqliteConnection,
    spans: &[Span],
    event: Option<EventKind>,
) -> Result<Vec<Remembered>, sqlx::Error> {
    let spans = spans.iter().map(|span| {
        let floor = span.owner_no << 32;
        json!([floor + span.from, floor + span.to])
    });
    let mut query = QueryBuilder::<sqlx::Sqlite>::new("select ");
    // Joined in this order: each span is one stretch of the table.
    query.push(FIELDS).push(" from json_each(");
    query.push_bind(spans.collect::<Value>().to_string());
    query.push(
        ") span cross join memory_event e
             on e.memory_no > (span.value ->> 0) and e.memory_no <= (span.value ->> 1)
           cross join memory_owner o on o.owner_no = e.owner_no where true",
    );
    push_event(&mut query, event);
    query.push(" order by e.at, e.event_id");
    events(conn, query).await
}

fn push_event(query: &mut QueryBuilder<sqlx::Sqlite>, event: Option<EventKind>) {
    if let Some(event) = event {
        query.push(" and e.event = ").push_bind(event.name());
    }
}

async fn events(
    conn: &mut SqliteConnection,
    mut query: QueryBuilder<sqlx::Sqlite>,
) -> Result<Vec<Remembered>, sqlx::Error> {
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Remembered::try_from).collect()
}
