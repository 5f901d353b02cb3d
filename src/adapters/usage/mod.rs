//! What calls used: rows, and what is shown of them.

pub mod prometheus;

use serde_json::{Value, json};
use sqlx::FromRow;

use crate::{
    adapters::sqlite::{Sqlite, WriteError},
    domain::usage::UsageRecord,
};

/// A whole batch as one statement over a JSON array.
const WRITE: &str = "
    insert into usage_record (usage_id, at, issuer, user_id, session_id, task_id, project,
                              model_asked, model, engine, tokens_in, tokens_out, source, outcome,
                              status, first_byte_ms, duration_ms)
    select e ->> 0, e ->> 1, e ->> 2, e ->> 3, e ->> 4, e ->> 5, e ->> 6, e ->> 7, e ->> 8,
           e ->> 9, e ->> 10, e ->> 11, e ->> 12, e ->> 13, e ->> 14, e ->> 15, e ->> 16
      from (select value e from json_each(?1)) where true
        on conflict do nothing";

const TOTALS: &str = "
    select issuer, user_id, model, sum(tokens_in) tokens_in, sum(tokens_out) tokens_out
      from usage_record group by issuer, user_id, model";

/// The table of usage records. A clone is cheap.
#[derive(Clone, Debug)]
pub struct UsageTable(Sqlite);

/// What one user's calls of one model add up to.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Total {
    /// The user's issuer.
    pub issuer: String,
    /// The user.
    pub user_id: String,
    /// The model.
    pub model: String,
    /// Tokens of prompts.
    pub tokens_in: i64,
    /// Tokens of answers.
    pub tokens_out: i64,
}

impl UsageTable {
    /// The table in `db`.
    pub fn new(db: Sqlite) -> Self {
        Self(db)
    }

    /// Writes a batch. Written again, a record is kept once.
    ///
    /// # Errors
    ///
    /// The database; nothing of the batch is kept then.
    pub async fn write(&self, batch: &[UsageRecord]) -> Result<(), WriteError> {
        let rows = Value::from(batch.iter().map(to_json).collect::<Vec<_>>()).to_string();
        let written = self.0.writer.write(move |conn| {
            let rows = rows.clone();
            Box::pin(async move { sqlx::query(WRITE).bind(rows).execute(conn).await.map(drop) })
        });
        written.await
    }

    /// Sums over all rows.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn totals(&self) -> Result<Vec<Total>, sqlx::Error> {
        sqlx::query_as(TOTALS).fetch_all(&self.0.readers).await
    }
}

fn to_json(record: &UsageRecord) -> Value {
    json!([
        record.id,
        record.at,
        record.owner.issuer,
        record.owner.user,
        record.session,
        record.task,
        record.project,
        record.model_asked,
        record.model,
        record.engine,
        record.tokens_in,
        record.tokens_out,
        record.source.name(),
        record.outcome,
        record.status,
        record.first_byte_ms,
        record.duration_ms,
    ])
}
