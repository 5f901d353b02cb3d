//! What calls used: rows, and what is shown of them.

pub mod calls;
pub mod openmeter;
pub mod picture;
pub mod prometheus;
pub mod sums;

use std::sync::Arc;

use sqlx::FromRow;
use tokio::sync::watch;

use crate::{
    adapters::database::{Conn, Database, Sql, WriteError},
    domain::usage::UsageRecord,
};

/// Every column, in the order rows are bound.
const COLUMNS: &str = "
    insert into usage_record (usage_id, at, issuer, user_id, session_id, task_id, project,
                              model_asked, model, engine, tokens_in, tokens_out, source_in, source_out,
                              outcome, status, first_byte_ms, duration_ms) ";
/// Rows in one statement at most: each length is a statement that connections keep.
const ROWS: usize = 32;

/// In a file `total` and not `sum`, which fails where an integer overflows. It adds
/// floats: exact up to 2^53 tokens, and the cast stops at the largest integer. The
/// index usage_sum has all of it, in order: a million records take 0.2 s, without it
/// 2 to 4.
const TOTALS: Sql = Sql::each(
    "select issuer, user_id, model, cast(total(tokens_in) as integer) tokens_in,
            cast(total(tokens_out) as integer) tokens_out
       from usage_record where tokens_in > 0 or tokens_out > 0
      group by issuer, user_id, model",
    "select issuer, user_id, model,
            least(sum(tokens_in), 9223372036854775807)::bigint tokens_in,
            least(sum(tokens_out), 9223372036854775807)::bigint tokens_out
       from usage_record where tokens_in > 0 or tokens_out > 0
      group by issuer, user_id, model",
);

/// The table of usage records. A clone is cheap.
#[derive(Clone, Debug)]
pub struct UsageTable {
    db: Database,
    /// Records were committed.
    committed: watch::Sender<()>,
    /// For those who want a picture of it.
    turns: Arc<picture::Turns>,
}

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
    pub fn new(db: Database) -> Self {
        Self {
            db,
            committed: watch::Sender::new(()),
            turns: Arc::default(),
        }
    }

    /// Changes whenever records were committed by this table or a clone of it; other
    /// gateways' are not heard of.
    pub fn commits(&self) -> watch::Receiver<()> {
        self.committed.subscribe()
    }

    /// Writes a batch. Written again, a record is kept once.
    ///
    /// # Errors
    ///
    /// The database; nothing of the batch is kept then.
    pub async fn write(&self, batch: &[UsageRecord]) -> Result<(), WriteError> {
        let batch: Arc<[UsageRecord]> = batch.into();
        let written = self.db.write(move |mut conn| {
            let batch = batch.clone();
            Box::pin(async move {
                for rows in batch.chunks(ROWS) {
                    insert(&mut conn, rows).await?;
                }
                Ok(())
            })
        });
        written.await?;
        self.committed.send_replace(());
        Ok(())
    }

    /// Sums over all rows that have tokens, `i64::MAX` at most: a refused call names
    /// whatever model it likes.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn totals(&self) -> Result<Vec<Total>, sqlx::Error> {
        self.db.query(TOTALS).all().await
    }
}

async fn insert(conn: &mut Conn<'_>, rows: &[UsageRecord]) -> sqlx::Result<()> {
    let mut query = conn.query(COLUMNS);
    query.push_rows(rows, |mut row, record| {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        row.push_bind(record.id.to_string())
            .push_bind(record.at.0)
            .push_bind(&*record.owner.issuer)
            .push_bind(&*record.owner.user)
            .push_bind(&*record.session.0)
            .push_bind(record.task.map(|task| task.to_string()))
            .push_bind(&record.project)
            .push_bind(&record.model_asked)
            .push_bind(&record.model)
            .push_bind(&record.engine)
            .push_bind(number(record.tokens_in))
            .push_bind(number(record.tokens_out))
            .push_bind(record.source_in.name())
            .push_bind(record.source_out.name())
            .push_bind(record.outcome)
            .push_bind(record.status)
            .push_bind(number(record.first_byte_ms))
            .push_bind(number(record.duration_ms));
    });
    query.push(" on conflict do nothing");
    query.run().await.map(drop)
}
