//! The table of sessions.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::{
    adapters::sqlite::{Sqlite, WriteError},
    domain::{
        id::{Owner, SessionId},
        time::UnixMillis,
    },
};

const WRITE: &str = "
    insert into session (session_id, issuer, user_id, first_seen_at, last_seen_at, requests)
    select e ->> 0, e ->> 1, e ->> 2, e ->> 3, e ->> 4, e ->> 5
      from (select value e from json_each(?1)) where true
        on conflict (session_id) do update
       set last_seen_at = max(last_seen_at, excluded.last_seen_at),
           requests = requests + excluded.requests";

/// What is noted of one session since the last time.
#[derive(Clone, Debug)]
pub struct Visit {
    owner: Owner,
    first_seen_at: UnixMillis,
    /// The newest request.
    pub last_seen_at: UnixMillis,
    /// How many there were.
    pub requests: u64,
}

impl Visit {
    /// The first request of `owner`.
    pub fn first(owner: Owner, now: UnixMillis) -> Self {
        Self {
            owner,
            first_seen_at: now,
            last_seen_at: now,
            requests: 1,
        }
    }
}

/// Sessions in the database file. A clone is cheap.
#[derive(Clone, Debug)]
pub struct SessionTable(Sqlite);

impl SessionTable {
    /// The table in `db`.
    pub fn new(db: Sqlite) -> Self {
        Self(db)
    }

    /// Adds visits to what is known of their sessions.
    ///
    /// # Errors
    ///
    /// The database; nothing of the batch is kept then.
    pub async fn write(&self, visits: HashMap<SessionId, Visit>) -> Result<(), WriteError> {
        let rows: Vec<Value> = visits
            .iter()
            .map(|(session, visit)| {
                json!([
                    session,
                    visit.owner.issuer,
                    visit.owner.user,
                    visit.first_seen_at,
                    visit.last_seen_at,
                    visit.requests,
                ])
            })
            .collect();
        let rows = Value::from(rows).to_string();
        let written = self.0.writer.write(move |conn| {
            let rows = rows.clone();
            Box::pin(async move { sqlx::query(WRITE).bind(rows).execute(conn).await.map(drop) })
        });
        written.await
    }
}
