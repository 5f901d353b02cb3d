//! Events as they come in: their numbers are given in the order of commits, so the
//! last number seen says what is new, whenever it happened.

use super::{AGE, FIELDS, Row};
use crate::adapters::{
    database::{Database, Query, order::Order},
    memory::{MemoryError, Remembered, TailFilter},
};

/// How many numbers are looked at in one go.
const SOME: i64 = 500;

/// Whether it is worth to ask for the last number that is settled.
const LATER: &str = "select exists (select 1 from memory_event where memory_no > $1)";

/// Follows everyone's events, or those of people of one name.
#[derive(Debug)]
pub struct Tail {
    db: Database,
    filter: TailFilter,
    /// The last number that was looked at.
    seen: i64,
}

impl Tail {
    pub(in crate::adapters::memory) async fn start(
        db: &Database,
        filter: TailFilter,
        newest: u32,
    ) -> Result<(Vec<Remembered>, Self), MemoryError> {
        let seen = Order::Memory.settled(db).await?;
        let mut query = passing(db, &filter);
        query.push(" and e.memory_no <= ").push_bind(seen);
        query.push(" order by ").push_each(AGE);
        query
            .push(" desc, e.event_id desc limit ")
            .push_bind(newest);
        let mut events = events(query).await?;
        events.reverse();
        let db = db.clone();
        Ok((events, Self { db, filter, seen }))
    }

    pub(in crate::adapters::memory) async fn next(
        &mut self,
    ) -> Result<Vec<Remembered>, MemoryError> {
        loop {
            let to = self.last().await?.min(self.seen + SOME);
            if to <= self.seen {
                return Ok(Vec::new());
            }
            let mut query = passing(&self.db, &self.filter);
            query.push(" and e.memory_no > ").push_bind(self.seen);
            query.push(" and e.memory_no <= ").push_bind(to);
            query.push(" order by e.memory_no");
            let events = events(query).await?;
            self.seen = to;
            if !events.is_empty() {
                return Ok(events);
            }
        }
    }

    /// The last number that can be read on to; no new one while an insert takes long.
    async fn last(&self) -> Result<i64, MemoryError> {
        let is_any: bool = self.db.query(LATER).bind(self.seen).scalar().await?;
        if !is_any {
            return Ok(self.seen);
        }
        match Order::Memory.settled(&self.db).await {
            Err(error) if error.is_locked() => Ok(self.seen),
            last => Ok(last?),
        }
    }
}

/// The events that pass `filter`, with room for more conditions.
fn passing<'d>(db: &'d Database, filter: &TailFilter) -> Query<'d> {
    let mut query = db.query("select ");
    query
        .push(FIELDS)
        .push(" from memory_event e join memory_owner o on o.owner_no = e.owner_no where true");
    if let Some(user) = &filter.user {
        query.push(" and o.user_id = ").push_bind(user);
    }
    if let Some(event) = filter.event {
        query.push(" and e.event = ").push_bind(event.name());
    }
    query
}

async fn events(query: Query<'_>) -> Result<Vec<Remembered>, sqlx::Error> {
    let rows: Vec<Row> = query.all().await?;
    rows.into_iter().map(Remembered::try_from).collect()
}
