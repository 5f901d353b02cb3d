//! What is sent next, and what came of it.

use std::sync::Arc;

use futures_util::TryStreamExt;
use serde_json::{Value, json};

use super::Waiting;
use crate::{
    adapters::{
        database::{Conn, Database, Query, Sql},
        memory::MemoryError,
    },
    domain::time::UnixMillis,
};

/// Bytes of one batch, but for a single event that is longer.
const BYTES: i64 = 4 << 20;
/// A row that waits longer than this was written before a clock was set back.
const FAR_MS: i64 = 600_000;
/// How long after the first time Weaviate is told again to forget an event: what
/// was sent and broke off may arrive late.
const AGAIN_MS: i64 = 60_000;
/// How long it is left alone after it did not want to forget some.
const KEPT_MS: i64 = 5_000;

/// What failed and is due again goes first, a few at a time; then what is new, in
/// order.
const DUE: &str = "
    select event_id, at, event, issuer, user_id, session_id, body, bytes, attempts, delays,
           erased_at
      from (select * from memory_outbox
             where dead_at is null and due_at > 0 and (due_at <= $1 or due_at > $2)
             order by due_at limit $3) again
    union all
    select event_id, at, event, issuer, user_id, session_id, body, bytes, attempts, delays,
           erased_at
      from (select * from memory_outbox
             where dead_at is null and due_at = 0
             order by due_at, outbox_no limit $4) fresh";

/// The events of a JSON array of ids.
const THESE: Sql = Sql::each(
    " and event_id in (select value from json_each($1))",
    " and event_id in (select value from json_array_elements_text($1::json))",
);

const SENT: &str = "delete from memory_outbox where erased_at is null";

const UNMADE: &str = "
    update memory_outbox set attempts = attempts + 1, due_at = $2 where erased_at is not null";

const FORGOTTEN: &str = "
    delete from memory_outbox where erased_at is not null and attempts > 1";

const KEPT: &str = "update memory_outbox set due_at = $2 where erased_at is not null";

const DELAYED: Sql = Sql::each(
    "update memory_outbox
        set delays = delays + 1, due_at = r ->> 'due_at', last_error = r ->> 'error'
       from (select value r from json_each($1))
      where event_id = r ->> 'id' and erased_at is null",
    "update memory_outbox
        set delays = delays + 1, due_at = (r ->> 'due_at')::bigint, last_error = r ->> 'error'
       from json_array_elements($1::json) r
      where event_id = r ->> 'id' and erased_at is null",
);

const REFUSED: Sql = Sql::each(
    "update memory_outbox
        set attempts = r ->> 'attempts', due_at = r ->> 'due_at', dead_at = r ->> 'dead_at',
            last_error = r ->> 'error'
       from (select value r from json_each($1))
      where event_id = r ->> 'id' and erased_at is null",
    "update memory_outbox
        set attempts = (r ->> 'attempts')::bigint, due_at = (r ->> 'due_at')::bigint,
            dead_at = (r ->> 'dead_at')::bigint, last_error = r ->> 'error'
       from json_array_elements($1::json) r
      where event_id = r ->> 'id' and erased_at is null",
);

/// An event that Weaviate did not take.
#[derive(Clone, Debug)]
pub(in crate::adapters::memory::weaviate) struct Refusal {
    pub(in crate::adapters::memory::weaviate) id: String,
    /// How often it was refused by now.
    pub(in crate::adapters::memory::weaviate) attempts: u32,
    /// What Weaviate said.
    pub(in crate::adapters::memory::weaviate) error: String,
    /// When it is tried again; `None` sets it aside.
    pub(in crate::adapters::memory::weaviate) due_at: Option<UnixMillis>,
}

/// An event that Weaviate could not take, for whatever reason but itself.
#[derive(Clone, Debug)]
pub(in crate::adapters::memory::weaviate) struct Delay {
    pub(in crate::adapters::memory::weaviate) id: String,
    /// What Weaviate said.
    pub(in crate::adapters::memory::weaviate) error: String,
    /// When it is tried again.
    pub(in crate::adapters::memory::weaviate) due_at: UnixMillis,
}

/// What came of a batch.
#[derive(Clone, Debug, Default)]
pub(in crate::adapters::memory::weaviate) struct Settlement {
    /// Weaviate has them.
    pub(in crate::adapters::memory::weaviate) sent: Vec<String>,
    /// Erased ones: Weaviate has them no more.
    pub(in crate::adapters::memory::weaviate) unmade: Vec<String>,
    /// Erased ones that Weaviate did not want to forget.
    pub(in crate::adapters::memory::weaviate) kept: Vec<String>,
    /// They wait, each by itself.
    pub(in crate::adapters::memory::weaviate) delayed: Vec<Delay>,
    /// Weaviate does not want them.
    pub(in crate::adapters::memory::weaviate) refused: Vec<Refusal>,
}

/// Up to `limit` rows that are due, fewer where they are long.
pub(in crate::adapters::memory::weaviate) async fn due(
    db: &Database,
    now: UnixMillis,
    limit: u32,
) -> Result<Vec<Waiting>, MemoryError> {
    let query = db.query(DUE).bind(now.0).bind(now.plus(FAR_MS).0);
    let query = query.bind(limit / 4).bind(limit - limit / 4);
    let mut rows = query.stream::<Waiting>();
    let (mut due, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await? {
        bytes += row.bytes;
        if bytes > BYTES && !due.is_empty() {
            break;
        }
        due.push(row);
    }
    Ok(due)
}

/// Writes down what came of a batch, all of it or nothing.
pub(in crate::adapters::memory::weaviate) async fn settle(
    db: &Database,
    settlement: Settlement,
    now: UnixMillis,
) -> Result<(), MemoryError> {
    let settlement = Arc::new(settlement);
    let written = db.write(move |mut conn| {
        let settlement = settlement.clone();
        Box::pin(async move { settlement.write(&mut conn, now).await })
    });
    Ok(written.await?)
}

impl Settlement {
    async fn write(&self, conn: &mut Conn<'_>, now: UnixMillis) -> sqlx::Result<()> {
        if !self.sent.is_empty() {
            these(conn, SENT, &self.sent).run().await?;
        }
        if !self.unmade.is_empty() {
            let again = these(conn, UNMADE, &self.unmade).bind(now.plus(AGAIN_MS).0);
            again.run().await?;
            these(conn, FORGOTTEN, &self.unmade).run().await?;
        }
        if !self.kept.is_empty() {
            let kept = these(conn, KEPT, &self.kept).bind(now.plus(KEPT_MS).0);
            kept.run().await?;
        }
        self.write_refusals(conn, now).await
    }

    async fn write_refusals(&self, conn: &mut Conn<'_>, now: UnixMillis) -> sqlx::Result<()> {
        if !self.delayed.is_empty() {
            let delayed: Value = self.delayed.iter().map(Delay::json).collect();
            conn.query(DELAYED).bind(delayed.to_string()).run().await?;
        }
        if !self.refused.is_empty() {
            let refused: Value = self.refused.iter().map(|one| one.json(now)).collect();
            conn.query(REFUSED).bind(refused.to_string()).run().await?;
        }
        Ok(())
    }
}

/// The statement `sql` about these events; its first place is theirs.
fn these<'c>(conn: &'c mut Conn<'_>, sql: &'static str, ids: &[String]) -> Query<'c> {
    let mut query = conn.query(sql);
    query.push_each(THESE);
    query.bind(Value::from(ids).to_string())
}

impl Delay {
    fn json(&self) -> Value {
        json!({ "id": self.id, "error": told(&self.error), "due_at": self.due_at })
    }
}

impl Refusal {
    fn json(&self, now: UnixMillis) -> Value {
        let dead_at = self.due_at.is_none().then_some(now);
        let due_at = self.due_at.unwrap_or_default();
        json!({
            "id": self.id, "attempts": self.attempts, "error": told(&self.error),
            "due_at": due_at, "dead_at": dead_at,
        })
    }
}

/// What Weaviate said, without a NUL, which is no JSON to a server.
fn told(error: &str) -> String {
    error.replace('\0', "\u{fffd}")
}
