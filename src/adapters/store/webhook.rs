//! The rows of webhooks, as far as tasks must know of them: one that comes with
//! a message is written with it, or neither is.

use sqlx::FromRow;

use super::{Store, StoreError, WebhookView};
use crate::{
    adapters::database::{Conn, Sql},
    domain::{
        a2a::push::{MOST, NewWebhook},
        id::TaskId,
        time::UnixMillis,
    },
};

const OTHERS: &str = "
    select count(*) from push_config where task_id = $1 and config_id <> $2";

/// The dialects have other words for the lesser and the greater of two.
macro_rules! insert {
    ($lesser:literal, $greater:literal) => {
        concat!(
            "
    insert into push_config (task_id, config_id, url, host, sealed, sent_seq, due_at, created_at)
    select $1, $2, $3, $4, $5, ",
            $lesser,
            "(coalesce($6, newest.seq), newest.seq),
           case when newest.seq > coalesce($6, newest.seq) then $7 end, $7
      from (select max(seq) seq from task_event where task_id = $1) newest where true
        on conflict (task_id, config_id) do update
       set url = excluded.url, host = excluded.host, sealed = excluded.sealed,
           failures = 0, failing_since = null, dead_at = null, last_error = null,
           due_at = case when exists (select 1 from task_event
                                       where task_id = $1 and seq > push_config.sent_seq)
                         then $7 end,
           created_at = ",
            $greater,
            "(excluded.created_at, push_config.created_at + 1)"
        )
    };
}

/// One that is replaced goes on from where it was. created_at always changes: a
/// delivery to the old place that is still under way no longer counts.
const INSERT: Sql = Sql::each(insert!("min", "max"), insert!("least", "greatest"));

const SHOWN: &str = "
    select config_id, host, sent_seq, failures, due_at, dead_at, last_error
      from push_config where task_id = $1 order by created_at, config_id";

/// Writes `new` for a task that is there, to be told of everything after event
/// `since`, or of what happens from now on. `false`: the task has as many as it
/// may, and nothing is written. On a server the task's row must be held.
pub(in crate::adapters) async fn put(
    conn: &mut Conn<'_>,
    task: TaskId,
    new: &NewWebhook,
    since: Option<i64>,
    now: UnixMillis,
) -> sqlx::Result<bool> {
    let task = task.to_string();
    let others = conn.query(OTHERS).bind(&task).bind(&new.id);
    let others: i64 = others.scalar().await?;
    if others >= i64::from(MOST) {
        return Ok(false);
    }
    conn.query(INSERT)
        .bind(&task)
        .bind(&new.id)
        .bind(&new.url)
        .bind(&new.host)
        .bind(&new.sealed)
        .bind(since)
        .bind(now.0)
        .run()
        .await?;
    Ok(true)
}

#[derive(FromRow)]
struct Row {
    config_id: String,
    host: String,
    sent_seq: i64,
    #[sqlx(try_from = "i64")]
    failures: u32,
    due_at: Option<i64>,
    dead_at: Option<i64>,
    last_error: Option<String>,
}

impl Store {
    /// The webhooks of a task, the oldest first.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn webhooks(&self, id: TaskId) -> Result<Vec<WebhookView>, StoreError> {
        let rows = self.db.query(SHOWN).bind(id.to_string());
        let rows: Vec<Row> = rows.all().await?;
        Ok(rows.into_iter().map(WebhookView::from).collect())
    }
}

impl From<Row> for WebhookView {
    fn from(row: Row) -> Self {
        Self {
            id: row.config_id,
            host: row.host,
            sent: row.sent_seq,
            failures: row.failures,
            due_at: row.due_at.map(UnixMillis),
            dead_at: row.dead_at.map(UnixMillis),
            last_error: row.last_error,
        }
    }
}
