//! Tasks that their agents have tasks of their own for.

use std::sync::Arc;

use sqlx::FromRow;

use super::{Claimed, Store, StoreError, rows, rows::ClaimRow, sql::claim_columns};
use crate::{
    adapters::database::{Sql, WriteError},
    domain::{id::TaskId, task::TaskState, time::UnixMillis},
};

/// What a claim returns, of a row that is not claimed.
macro_rules! waiting {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            claim_columns!(),
            ",
              cast(null as bigint) answer_seq, cast(null as bigint) asked_by",
            $after
        )
    };
}

/// A file finds them among the open ones, and does not walk all tasks to be in order.
const WAITING: Sql = Sql::each(
    waiting!(
        "
    select ",
        "
      from task indexed by task_open
     where state in ('submitted', 'working', 'input-required', 'auth-required')
       and state = 'auth-required' and remote_task_id is not null
       and ($1 is null or task_id > $1)
     order by task_id limit $2"
    ),
    // Without those that other gateways listen to: what an agent says is written once.
    waiting!(
        "
    with free as materialized (
        select task_id from task
         where state = 'auth-required' and remote_task_id is not null
           and ($1 is null or task_id > $1)
           and (listener is null or listener = $5 or listens_until <= $3)
         order by task_id limit $2 for no key update skip locked)
    update task set listener = $5, listens_until = $4
     where task_id = any (array(select task_id from free))
    returning ",
        ""
    ),
);

const ATTACHED: &str = waiting!(
    "
    select state, ",
    "
      from task
     where task_id = $1 and remote_task_id is not null"
);

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
    /// Where there are other gateways, these leave them to this one until `lease`,
    /// which [`renew`](Self::renew) puts off.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn waiting(
        &self,
        after: Option<TaskId>,
        limit: u32,
        now: UnixMillis,
        lease: UnixMillis,
    ) -> Result<Vec<Claimed>, StoreError> {
        let after = after.map(|id| id.to_string());
        let mut found: Vec<ClaimRow> = match self.is_shared() {
            false => self.db.query(WAITING).bind(after).bind(limit).all().await?,
            true => self.listen_to(after, limit, (now, lease)).await?,
        };
        found.sort_by(|a, b| a.task_id.cmp(&b.task_id));
        let found: Result<_, sqlx::Error> = found.into_iter().map(Claimed::try_from).collect();
        Ok(found?)
    }

    async fn listen_to(
        &self,
        after: Option<String>,
        limit: u32,
        (now, lease): (UnixMillis, UnixMillis),
    ) -> Result<Vec<ClaimRow>, WriteError> {
        let wanted = Arc::new((after, self.runner.clone()));
        let written = self.db.lone(move |mut conn| {
            let wanted = wanted.clone();
            Box::pin(async move {
                let (after, runner) = &*wanted;
                let found = conn.query(WAITING).bind(after).bind(limit);
                found.bind(now.0).bind(lease.0).bind(runner).all().await
            })
        });
        written.await
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::database::Database;

    #[actix::test]
    async fn those_that_wait_are_found_among_the_open_ones() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("a.db").display());
        let db = Database::open(&url.parse().unwrap()).await.unwrap();
        let waiting = db.query(WAITING).bind(None::<String>).bind(5_i64);
        let plan = waiting.plan().await.join("\n");
        assert!(plan.contains("USING INDEX task_open (state=?)"), "{plan}");
        assert!(!plan.contains("SCAN"), "{plan}");
    }
}
