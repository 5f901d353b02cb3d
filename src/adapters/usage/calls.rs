//! The calls of engines that were made for tasks.

use serde_json::json;
use sqlx::FromRow;

use super::UsageTable;
use crate::{
    adapters::database::Sql,
    domain::id::{Owner, TaskId},
};

/// In the order of their commits, written so that they are sorted and not looked for in
/// it: there may be millions of others.
const OF_TASKS: Sql = Sql::each(
    "
    select task_id, usage_id, at, first_byte_ms, duration_ms, model, engine, tokens_in,
           tokens_out, outcome, status
      from usage_record
     where task_id in (select value from json_each($1)) and issuer = $2 and user_id = $3
     order by usage_no + 0 limit $4",
    "
    select task_id, usage_id, at, first_byte_ms, duration_ms, model, engine, tokens_in,
           tokens_out, outcome, status
      from usage_record
     where task_id = any (array(select json_array_elements_text($1::json)))
       and issuer = $2 and user_id = $3
     order by usage_no + 0 limit $4",
);

/// One call.
#[derive(Clone, Debug, FromRow)]
pub struct Call {
    /// For which task.
    pub task_id: String,
    /// uuid v7.
    pub usage_id: String,
    /// When it ended, in ms since the Unix epoch.
    pub at: i64,
    /// Milliseconds until the first byte of the answer.
    pub first_byte_ms: i64,
    /// Milliseconds until its end.
    pub duration_ms: i64,
    /// The model that answered.
    pub model: String,
    /// The engine.
    pub engine: String,
    /// Tokens of the prompt.
    pub tokens_in: i64,
    /// Tokens of the answer.
    pub tokens_out: i64,
    /// `finished`, `failed`, `cut` or `hung_up`.
    pub outcome: String,
    /// The HTTP status; 0 when the client left before there was one.
    pub status: i64,
}

impl UsageTable {
    /// The calls made for `tasks`, all of them `owner`'s; at most `limit`.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn calls(
        &self,
        tasks: &[TaskId],
        owner: &Owner,
        limit: u32,
    ) -> sqlx::Result<Vec<Call>> {
        let calls = self.db.query(OF_TASKS).bind(json!(tasks).to_string());
        let calls = calls.bind(&owner.issuer).bind(&owner.user);
        calls.bind(limit).all().await
    }
}
