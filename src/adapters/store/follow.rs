//! Tasks that their agents have tasks of their own for.

use sqlx::FromRow;

use super::{Claimed, Store, StoreError, rows, rows::ClaimRow};
use crate::domain::{id::TaskId, task::TaskState};

/// What a claim returns, of a row that is not claimed.
const WAITING: &str = "
    select task_id, attempt, tries, detail, issuer, user_id, session_id, parent_task_id, depth,
           actors, scopes, target, input, context_id, request, remote_task_id, remote_context_id,
           traceparent, tracestate,
           cast(null as bigint) answer_seq, cast(null as bigint) asked_by
      from task
     where state = 'auth-required' and remote_task_id is not null
       and ($1 is null or task_id > $1)
     order by task_id limit $2";

const ATTACHED: &str = "
    select state, task_id, attempt, tries, detail, issuer, user_id, session_id, parent_task_id,
           depth, actors, scopes, target, input, context_id, request, remote_task_id,
           remote_context_id, traceparent, tracestate,
           cast(null as bigint) answer_seq, cast(null as bigint) asked_by
      from task
     where task_id = $1 and remote_task_id is not null";

#[derive(FromRow)]
struct Row {
    state: String,
    #[sqlx(flatten)]
    claim: ClaimRow,
}

impl Store {
    /// Tasks that wait for credentials at an agent that has a task of its own for
    /// them, with the attempt that is still theirs: the agent may go on by
    /// itself. In the order of their ids, those after `after`, at most `limit`.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn waiting(
        &self,
        after: Option<TaskId>,
        limit: u32,
    ) -> Result<Vec<Claimed>, StoreError> {
        let after = after.map(|id| id.to_string());
        let rows: Vec<ClaimRow> = self.db.query(WAITING).bind(after).bind(limit).all().await?;
        let found: Result<_, sqlx::Error> = rows.into_iter().map(Claimed::try_from).collect();
        Ok(found?)
    }

    /// A task, with the attempt that was its last, and where it stands; `None`
    /// if it is not there, or if its agent has no task of its own for it.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn attached(&self, id: TaskId) -> Result<Option<(TaskState, Claimed)>, StoreError> {
        let found = self.db.query(ATTACHED).bind(id.to_string());
        let row: Option<Row> = found.optional().await?;
        let Some(row) = row else {
            return Ok(None);
        };
        Ok(Some((rows::state(&row.state)?, row.claim.try_into()?)))
    }
}
