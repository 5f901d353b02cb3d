//! The table of sessions.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::FromRow;

use crate::{
    adapters::database::{Database, Sql, WriteError},
    domain::{
        browser::IDLE_MS,
        id::{Owner, SessionId},
        time::UnixMillis,
    },
};

/// On a server in the order of the ids, so that no two gateways wait for each other.
const WRITE: Sql = Sql::each(
    "insert into session (session_id, issuer, user_id, first_seen_at, last_seen_at, requests)
     select e ->> 0, e ->> 1, e ->> 2, e ->> 3, e ->> 4, e ->> 5
       from (select value e from json_each($1)) where true
         on conflict (session_id) do update
        set last_seen_at = max(last_seen_at, excluded.last_seen_at),
            requests = requests + excluded.requests",
    "insert into session as s
            (session_id, issuer, user_id, first_seen_at, last_seen_at, requests)
     select e ->> 0, e ->> 1, e ->> 2,
            (e ->> 3)::bigint, (e ->> 4)::bigint, (e ->> 5)::bigint
       from json_array_elements($1::json) e order by (e ->> 0) collate \"C\"
         on conflict (session_id) do update
        set first_seen_at = least(s.first_seen_at, excluded.first_seen_at),
            last_seen_at = greatest(s.last_seen_at, excluded.last_seen_at),
            requests = s.requests + excluded.requests",
);

/// A browser that has not called yet has no row of its own in session.
const LIST: Sql = Sql::each(
    "select coalesce(s.session_id, b.session_id) session_id,
            coalesce(s.issuer, b.issuer) issuer, coalesce(s.user_id, b.user_id) user_id,
            coalesce(s.first_seen_at, b.created_at) first_seen_at,
            max(coalesce(s.last_seen_at, 0), coalesce(b.seen_at, 0)) last_seen_at,
            coalesce(s.requests, 0) requests, b.seen_at, b.ends_at, b.ended_at from ",
    "select coalesce(s.session_id, b.session_id) session_id,
            coalesce(s.issuer, b.issuer) issuer, coalesce(s.user_id, b.user_id) user_id,
            coalesce(s.first_seen_at, b.created_at) first_seen_at,
            greatest(s.last_seen_at, b.seen_at) last_seen_at,
            coalesce(s.requests, 0) requests, b.seen_at, b.ends_at, b.ended_at from ",
);

const EVERYONES: &str = "
    session s full join browser_session b on b.session_id = s.session_id
    order by last_seen_at desc, session_id limit $1";

const ONES_OWN: &str = "
    (select * from session where issuer = $1 and user_id = $2) s full join
    (select * from browser_session where issuer = $1 and user_id = $2) b
        on b.session_id = s.session_id
    order by last_seen_at desc, session_id limit $3";

const EXPIRE: Sql = Sql::each(
    "delete from session
      where session_id in (select session_id from session
                            where last_seen_at < $1 order by last_seen_at limit 1000)",
    "delete from session
      where session_id in (select session_id from session
                            where last_seen_at < $1 order by last_seen_at limit 1000
                              for update skip locked)",
);

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

/// One session, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Its id.
    pub session: SessionId,
    /// Whose it is.
    pub owner: Owner,
    /// The first request.
    pub first_seen_at: UnixMillis,
    /// The newest, as far as it is written.
    pub last_seen_at: UnixMillis,
    /// How many there were.
    pub requests: i64,
    /// Until when its browser is signed in, or was; `None` if it belongs to a
    /// token.
    pub until: Option<UnixMillis>,
}

#[derive(FromRow)]
struct Row {
    session_id: String,
    issuer: String,
    user_id: String,
    first_seen_at: i64,
    last_seen_at: i64,
    requests: i64,
    seen_at: Option<i64>,
    ends_at: Option<i64>,
    ended_at: Option<i64>,
}

/// Sessions in the database. A clone is cheap.
#[derive(Clone, Debug)]
pub struct SessionTable(Database);

impl SessionTable {
    /// The table in `db`.
    pub fn new(db: Database) -> Self {
        Self(db)
    }

    /// Adds visits to what is known of their sessions, here and in other gateways.
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
        let written = self.0.lone(move |mut conn| {
            let rows = rows.clone();
            Box::pin(async move { conn.query(WRITE).bind(rows).run().await.map(drop) })
        });
        written.await
    }

    /// Up to `limit` sessions, the one used last first.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn list(&self, limit: u32) -> Result<Vec<SessionView>, sqlx::Error> {
        let mut query = self.0.query(LIST);
        query.push(EVERYONES);
        let rows: Vec<Row> = query.bind(limit).all().await?;
        Ok(rows.into_iter().map(Row::view).collect())
    }

    /// Up to `limit` sessions of `owner`, the one used last first.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn of(&self, owner: &Owner, limit: u32) -> Result<Vec<SessionView>, sqlx::Error> {
        let mut query = self.0.query(LIST);
        query.push(ONES_OWN);
        let query = query.bind(&*owner.issuer).bind(&*owner.user);
        let rows: Vec<Row> = query.bind(limit).all().await?;
        Ok(rows.into_iter().map(Row::view).collect())
    }

    /// Forgets up to a thousand sessions last seen before `before`; how many.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn expire(&self, before: UnixMillis) -> Result<u64, WriteError> {
        let written = self.0.lone(move |mut conn| {
            Box::pin(async move { conn.query(EXPIRE).bind(before.0).run().await })
        });
        written.await
    }
}

impl Row {
    fn view(self) -> SessionView {
        let idle = self.seen_at.map(|at| at.saturating_add(IDLE_MS));
        let until = [idle, self.ends_at, self.ended_at];
        SessionView {
            session: SessionId(self.session_id.into()),
            owner: Owner::new(self.issuer, self.user_id),
            first_seen_at: UnixMillis(self.first_seen_at),
            last_seen_at: UnixMillis(self.last_seen_at),
            requests: self.requests,
            until: until.into_iter().flatten().min().map(UnixMillis),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sessions_that_were_not_seen_are_forgotten_a_thousand_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&folder.path().join("attach.db").into())
            .await
            .unwrap();
        let table = SessionTable::new(db);
        let visit = |n: i64| {
            let visit = Visit::first(Owner::new("i", "ada"), UnixMillis(n));
            (SessionId(n.to_string().into()), visit)
        };
        table.write((0..1500).map(visit).collect()).await.unwrap();
        let mut expired = Vec::new();
        for _ in 0..3 {
            expired.push(table.expire(UnixMillis(1200)).await.unwrap());
        }
        assert_eq!(expired, [1000, 200, 0]);
        assert_eq!(table.expire(UnixMillis(1500)).await.unwrap(), 300);
    }
}
