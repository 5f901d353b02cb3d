//! The end of an attempt.

use sqlx::SqliteConnection;

use super::{fold, sql};
use crate::{
    adapters::store::{Finish, dialogue::Product},
    domain::{
        id::TaskId,
        task::{Attempt, TaskState},
        time::UnixMillis,
    },
};

/// Writes how `attempt` ended. Nobody wants what a canceled task handed on: the
/// ids of what ended with it; `None` if the attempt is no longer the current one.
pub(super) async fn finish(
    conn: &mut SqliteConnection,
    attempt: Attempt,
    end: &Finish,
    now: UnixMillis,
) -> sqlx::Result<Option<Vec<String>>> {
    if !close(conn, attempt, end, now).await? {
        return Ok(None);
    }
    if end.artifacts == Product::Told {
        fold::settle(conn, &attempt.task.to_string()).await?;
    }
    Ok(Some(match end.state {
        TaskState::Canceled => end_tree(conn, attempt.task, true, now).await?,
        _ => Vec::new(),
    }))
}

/// Whether the row was still that of `attempt`.
async fn close(
    conn: &mut SqliteConnection,
    attempt: Attempt,
    end: &Finish,
    now: UnixMillis,
) -> sqlx::Result<bool> {
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
    Ok(done.rows_affected() > 0)
}

/// Ends a task and its unfinished children: the ids of all that ended.
pub(super) async fn cancel(
    conn: &mut SqliteConnection,
    id: TaskId,
    now: UnixMillis,
) -> sqlx::Result<Vec<String>> {
    end_tree(conn, id, false, now).await
}

/// Ends all that is unfinished from `id` down; for one that has ended already
/// only where it just did, `is_ended`.
async fn end_tree(
    conn: &mut SqliteConnection,
    id: TaskId,
    is_ended: bool,
    now: UnixMillis,
) -> sqlx::Result<Vec<String>> {
    let ended: Vec<String> = sqlx::query_scalar(sql::CANCEL)
        .bind(id.to_string())
        .bind(now.0)
        .bind(is_ended)
        .fetch_all(&mut *conn)
        .await?;
    for id in &ended {
        fold::settle(conn, id).await?;
    }
    Ok(ended)
}
