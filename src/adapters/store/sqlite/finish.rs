//! The end of an attempt.

use sqlx::{SqliteConnection, sqlite::SqliteQueryResult};

use super::{fold, sql};
use crate::{
    adapters::store::{Finish, dialogue::Product},
    domain::{id::TaskId, task::Attempt, time::UnixMillis},
};

/// Writes how `attempt` ended; no row if it is no longer the current one.
pub(super) async fn finish(
    conn: &mut SqliteConnection,
    attempt: Attempt,
    end: &Finish,
    now: UnixMillis,
) -> sqlx::Result<SqliteQueryResult> {
    let task = attempt.task.to_string();
    if end.artifacts == Product::Output {
        sqlx::query(sql::OUTPUT_ARTIFACT)
            .bind(&task)
            .bind(attempt.number)
            .bind(now.0)
            .execute(&mut *conn)
            .await?;
    }
    let artifacts = match &end.artifacts {
        Product::Artifacts(all) => Some(all),
        Product::Told | Product::Output => None,
    };
    let done = sqlx::query(sql::FINISH)
        .bind(&task)
        .bind(attempt.number)
        .bind(end.state.name())
        .bind(&end.output)
        .bind(&end.detail)
        .bind(now.0)
        .bind(&end.message)
        .bind(end.is_direct)
        .bind(&end.metadata)
        .bind(artifacts)
        .bind(end.artifacts == Product::Output)
        .execute(&mut *conn)
        .await?;
    if end.artifacts == Product::Told && done.rows_affected() > 0 {
        fold::settle(conn, &task).await?;
    }
    Ok(done)
}

/// Ends a task and its unfinished children: the ids of all that ended.
pub(super) async fn cancel(
    conn: &mut SqliteConnection,
    id: TaskId,
    now: UnixMillis,
) -> sqlx::Result<Vec<String>> {
    let ended: Vec<String> = sqlx::query_scalar(sql::CANCEL)
        .bind(id.to_string())
        .bind(now.0)
        .fetch_all(&mut *conn)
        .await?;
    for id in &ended {
        fold::settle(conn, id).await?;
    }
    Ok(ended)
}
