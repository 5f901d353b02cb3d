//! Events as they come in: their numbers are given in the order of commits, so the
//! last number seen says what is new, whenever it happened.

use sqlx::{QueryBuilder, SqliteConnection};

use super::{FIELDS, Row};
use crate::adapters::{
    database::sqlite::Sqlite,
    memory::{MemoryError, Remembered, TailFilter},
};

/// How many numbers are looked at in one go.
const SOME: i64 = 500;

const LAST: &str = "select ifnull(max(memory_no), 0) from memory_event";

/// Follows everyone's events, or those of people of one name.
#[derive(Debug)]
pub struct Tail {
    db: Sqlite,
    filter: TailFilter,
    /// The last number that was looked at.
    seen: i64,
}

impl Tail {
    pub(in crate::adapters::memory) async fn start(
        db: &Sqlite,
        filter: TailFilter,
        newest: u32,
    ) -> Result<(Vec<Remembered>, Self), MemoryError> {
        // One transaction: both are of the same moment.
        let mut at_once = db.readers.begin().await?;
        let seen = last(&mut at_once).await?;
        let mut query = passing(&filter);
        query.push(" order by e.at desc, e.event_id desc limit ");
        query.push_bind(newest);
        let mut events = events(&mut at_once, query).await?;
        events.reverse();
        let db = db.clone();
        Ok((events, Self { db, filter, seen }))
    }

    pub(in crate::adapters::memory) async fn next(
        &mut self,
    ) -> Result<Vec<Remembered>, MemoryError> {
        loop {
            let mut at_once = self.db.readers.begin().await?;
            let to = last(&mut at_once).await?.min(self.seen + SOME);
            if to <= self.seen {
                return Ok(Vec::new());
            }
            let mut query = passing(&self.filter);
            query.push(" and e.memory_no > ").push_bind(self.seen);
            query.push(" and e.memory_no <= ").push_bind(to);
            query.push(" order by e.memory_no");
            let events = events(&mut at_once, query).await?;
            self.seen = to;
            if !events.is_empty() {
                return Ok(events);
            }
        }
    }
}

async fn last(conn: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(LAST).fetch_one(conn).await
}

/// The events that pass `filter`, with room for more conditions.
fn passing(filter: &TailFilter) -> QueryBuilder<sqlx::Sqlite> {
    let mut query = QueryBuilder::new("select ");
    query
        .push(FIELDS)
        .push(" from memory_event e join memory_owner o on o.owner_no = e.owner_no where true");
    if let Some(user) = &filter.user {
        query.push(" and o.user_id = ").push_bind(&**user);
    }
    if let Some(event) = filter.event {
        query.push(" and e.event = ").push_bind(event.name());
    }
    query
}

async fn events(
    conn: &mut SqliteConnection,
    mut query: QueryBuilder<sqlx::Sqlite>,
) -> Result<Vec<Remembered>, sqlx::Error> {
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Remembered::try_from).collect()
}
