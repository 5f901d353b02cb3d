//! Tasks that their agents have tasks of their own for.

use sqlx::FromRow;

use super::{SqliteStore, rows, rows::ClaimRow};
use crate::{
    adapters::store::{Claimed, StoreError},
    domain::{id::TaskId, task::TaskState},
};

/// What a claim returns, of a row that is not claimed.
const WAITING: &str = "
    select task_id, attempt, tries, detail, issuer, user_id, session_id, parent_task_id, depth,
           actors, scopes, target, input, context_id, request, remote_task_id, remote_context_id,
           traceparent, tracestate, null answer_seq, null asked_by
      from task
     where state = 'auth-required' and remote_task_id is not null
       and (?1 is null or task_id > ?1)
     order by task_id limit ?2";

const ATTACHED: &str = "
    select state, task_id, attempt, tries, detail, issuer, user_id, session_id, parent_task_id,
           depth, actors, scopes, target, input, context_id, request, remote_task_id,
           remote_context_id, traceparent, tracestate, null answer_seq, null asked_by
      from task
     where task_id = ?1 and remote_task_id is not null";

#[derive(FromRow)]
struct Row {
    state: String,
    #[sqlx(flatten)]
    claim: ClaimRow,
}

impl SqliteStore {
    pub(in crate::adapters::store) async fn waiting(
        &self,
        after: Option<TaskId>,
        limit: u32,
    ) -> Result<Vec<Claimed>, StoreError> {
        let rows: Vec<ClaimRow> = sqlx::query_as(WAITING)
            .bind(after.map(|id| id.to_string()))
            .bind(limit)
            .fetch_all(&self.db.readers)
            .await?;
        let found: Result<_, sqlx::Error> = rows.into_iter().map(Claimed::try_from).collect();
        Ok(found?)
    }

    pub(in crate::adapters::store) async fn attached(
        &self,
        id: TaskId,
    ) -> Result<Option<(TaskState, Claimed)>, StoreError> {
        let row: Option<Row> = sqlx::query_as(ATTACHED)
            .bind(id.to_string())
            .fetch_optional(&self.db.readers)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        Ok(Some((rows::state(&row.state)?, row.claim.try_into()?)))
    }
}
