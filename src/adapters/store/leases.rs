//! How long attempts hold, and what becomes of those that do not end.

use std::sync::Arc;

use super::{Retry, Store, StoreError, claim::pairs, rows, sql};
use crate::{
    adapters::database::Conn,
    domain::{task::Attempt, time::UnixMillis},
};

impl Store {
    /// Records that a task is to be tried again.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`], as [`finish`](Self::finish).
    pub async fn retry(
        &self,
        attempt: Attempt,
        retry: &Retry,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let retry = Arc::new(retry.clone());
        let written = self.db.lone(move |mut conn| {
            let retry = retry.clone();
            Box::pin(async move {
                conn.query(sql::RETRY)
                    .bind(attempt.task.to_string())
                    .bind(attempt.number)
                    .bind(retry.due.0)
                    .bind(&retry.detail)
                    .bind(i64::from(!retry.counted))
                    .bind(now.0)
                    .run()
                    .await
            })
        });
        self.heard(attempt, written.await?)
    }

    /// Says that these attempts still run. Those that come back do so in vain:
    /// their task was canceled or claimed without this process's doing.
    ///
    /// # Errors
    ///
    /// The database; the next renewal tries again.
    pub async fn renew(
        &self,
        attempts: Vec<Attempt>,
        lease: UnixMillis,
    ) -> Result<Vec<Attempt>, StoreError> {
        let (attempts, runner): (Arc<[Attempt]>, _) = (attempts.into(), self.runner.clone());
        let written = self.db.lone(move |mut conn| {
            let (attempts, runner) = (attempts.clone(), runner.clone());
            Box::pin(async move {
                match conn.is_shared() {
                    true => renew_all(&mut conn, &attempts, lease, &runner).await,
                    false => renew_each(&mut conn, &attempts, lease).await,
                }
            })
        });
        Ok(written.await?)
    }

    /// Makes every task that a dead process worked on due at once; how many. Does
    /// nothing where others may be alive: there the leases decide.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn take_back(&self, now: UnixMillis) -> Result<u64, StoreError> {
        if self.is_shared() {
            return Ok(0);
        }
        let written = self.db.write(move |mut conn| {
            Box::pin(async move { conn.query(sql::TAKE_BACK).bind(now.0).run().await })
        });
        Ok(written.await?)
    }
}

/// One after the other: a few short statements on a file cost nothing.
async fn renew_each(
    conn: &mut Conn<'_>,
    attempts: &[Attempt],
    lease: UnixMillis,
) -> sqlx::Result<Vec<Attempt>> {
    let mut lost = Vec::new();
    for attempt in attempts {
        let renewed = conn.query(sql::RENEW).bind(attempt.task.to_string());
        let renewed = renewed.bind(attempt.number).bind(lease.0).run().await?;
        if renewed == 0 && is_lost(conn, *attempt).await? {
            lost.push(*attempt);
        }
    }
    Ok(lost)
}

/// Whether the row has moved on without `attempt`. An end that the attempt wrote
/// itself is none of that.
async fn is_lost(conn: &mut Conn<'_>, attempt: Attempt) -> sqlx::Result<bool> {
    let own = conn.query(sql::STILL_OWN).bind(attempt.task.to_string());
    let own: Option<(i64,)> = own.bind(attempt.number).optional().await?;
    Ok(own.is_none())
}

/// One statement, however many there are.
async fn renew_all(
    conn: &mut Conn<'_>,
    attempts: &[Attempt],
    lease: UnixMillis,
    runner: &str,
) -> sqlx::Result<Vec<Attempt>> {
    let lost = conn.query(sql::RENEW_ALL).bind(pairs(attempts));
    let lost: Vec<(String, i64)> = lost.bind(lease.0).bind(runner).all().await?;
    let lost = lost.into_iter().map(|(task, number)| {
        Ok(Attempt {
            task: rows::task_id(&task)?,
            number: u32::try_from(number).map_err(rows::decode)?,
        })
    });
    lost.collect()
}
