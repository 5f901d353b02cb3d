//! Taking tasks by name, where somebody else says when they are to be run.

use std::sync::Arc;

use serde_json::Value;

use super::{Claimed, Finish, Store, StoreError, finish, rows, rows::ClaimRow, sql};
use crate::{
    adapters::database::Conn,
    domain::{id::TaskId, task::TaskState, time::UnixMillis},
};

/// How a task stands for those who run tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its state.
    pub state: TaskState,
    /// When it is, or was, due; where somebody works on it, when the lease runs out. None
    /// where it is over or waits for its caller.
    pub due: Option<UnixMillis>,
    /// Whether somebody works on it.
    pub is_held: bool,
}

impl Store {
    /// What rows call this process where it works on a task.
    pub fn runner(&self) -> Arc<str> {
        self.runner.clone()
    }

    /// Takes those of `tasks` that nobody works on, each with an attempt of its own that
    /// holds until `lease`. Whether they are due is for whoever asks to know; only of one
    /// that somebody works on must the lease have run out.
    ///
    /// # Errors
    ///
    /// The database; nothing is claimed then.
    pub async fn claim_named(
        &self,
        tasks: &[TaskId],
        now: UnixMillis,
        lease: UnixMillis,
    ) -> Result<Vec<Claimed>, StoreError> {
        self.claim_by_name(tasks, (now, lease), false).await
    }

    /// The same for those that are due.
    ///
    /// # Errors
    ///
    /// The database; nothing is claimed then.
    pub async fn claim_due(
        &self,
        tasks: &[TaskId],
        now: UnixMillis,
        lease: UnixMillis,
    ) -> Result<Vec<Claimed>, StoreError> {
        self.claim_by_name(tasks, (now, lease), true).await
    }

    async fn claim_by_name(
        &self,
        tasks: &[TaskId],
        (now, lease): (UnixMillis, UnixMillis),
        only_due: bool,
    ) -> Result<Vec<Claimed>, StoreError> {
        let (names, runner) = (names(tasks), self.runner.clone());
        let written = self.db.lone(move |mut conn| {
            let (names, runner) = (names.clone(), runner.clone());
            Box::pin(async move {
                let by = (&*names, &*runner);
                claim(&mut conn, by, (now, lease), only_due).await
            })
        });
        let claimed: Result<Vec<Claimed>, sqlx::Error> =
            written.await?.into_iter().map(Claimed::try_from).collect();
        let claimed = claimed?;
        claimed.iter().for_each(|one| self.grew(one.attempt.task));
        Ok(claimed)
    }

    /// Ends `task` as `end` says if nobody works on it, in an attempt of its own: what
    /// ended with it, as [`finish`](Self::finish). `None` where somebody works on it, or
    /// it is over or waits for its caller.
    ///
    /// # Errors
    ///
    /// The database, also a [permanent](StoreError::is_permanent) one; the task is left as
    /// it is then, and nobody's.
    pub async fn end_named(
        &self,
        task: TaskId,
        end: &Finish,
        now: UnixMillis,
    ) -> Result<Option<Vec<TaskId>>, StoreError> {
        let (names, who, state) = (names(&[task]), self.runner.clone(), end.state);
        let end = Arc::new(end.clone());
        let written = self.db.write(move |mut conn| {
            let (names, who, end) = (names.clone(), who.clone(), end.clone());
            Box::pin(async move {
                let claimed = claim(&mut conn, (&names, &who), (now, now), false).await?;
                let Some(row) = claimed.into_iter().next() else {
                    return Ok(None);
                };
                let attempt = Claimed::try_from(row)?.attempt;
                finish::finish(&mut conn, attempt, &end, now, &who).await
            })
        });
        let below = written.await?;
        below
            .map(|below| self.ended(task, state, &below))
            .transpose()
    }

    /// How a task stands; `None` if there is none.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn waiting_for(&self, task: TaskId) -> Result<Option<Waiting>, StoreError> {
        let row = self.db.query(sql::WAITING_FOR).bind(task.to_string());
        let row: Option<(String, Option<i64>, bool)> = row.optional().await?;
        let Some((state, due, is_held)) = row else {
            return Ok(None);
        };
        Ok(Some(Waiting {
            state: rows::state(&state)?,
            due: due.map(UnixMillis),
            is_held,
        }))
    }
}

/// Takes the tasks of these `names` for `who`.
async fn claim(
    conn: &mut Conn<'_>,
    (names, who): (&str, &str),
    (now, lease): (UnixMillis, UnixMillis),
    only_due: bool,
) -> sqlx::Result<Vec<ClaimRow>> {
    let claim = conn.query(sql::CLAIM_NAMED).bind(now.0).bind(lease.0);
    let claim = claim.bind(names).bind(who).bind(only_due);
    claim.all().await
}

fn names(tasks: &[TaskId]) -> String {
    let names = tasks.iter().map(|task| Value::from(task.to_string()));
    names.collect::<Value>().to_string()
}
