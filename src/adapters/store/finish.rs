//! The end of an attempt.

use super::{Finish, dialogue::Product, fold, sql};
use crate::{
    adapters::database::Conn,
    domain::{
        id::TaskId,
        task::{Attempt, TaskState},
        time::UnixMillis,
    },
};

/// Writes how `attempt` ended. Nobody wants what a canceled task handed on: the
/// ids of what ended with it; `None` if the attempt is no longer the current one.
pub(super) async fn finish(
    conn: &mut Conn<'_>,
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
    conn: &mut Conn<'_>,
    attempt: Attempt,
    end: &Finish,
    now: UnixMillis,
) -> sqlx::Result<bool> {
    let task = attempt.task.to_string();
    if end.artifacts == Product::Output {
        let said = conn.query(sql::OUTPUT_ARTIFACT).bind(&task);
        said.bind(attempt.number).bind(now.0).run().await?;
    }
    let artifacts = match &end.artifacts {
        Product::Artifacts(all) => Some(all),
        Product::Told | Product::Output => None,
    };
    let done = conn
        .query(sql::FINISH)
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
        .run()
        .await?;
    Ok(done > 0)
}

/// Ends a task and its unfinished children: the ids of all that ended.
pub(super) async fn cancel(
    conn: &mut Conn<'_>,
    id: TaskId,
    now: UnixMillis,
) -> sqlx::Result<Vec<String>> {
    end_tree(conn, id, false, now).await
}

/// Ends all that is unfinished from `id` down; for one that has ended already
/// only where it just did, `is_ended`.
async fn end_tree(
    conn: &mut Conn<'_>,
    id: TaskId,
    is_ended: bool,
    now: UnixMillis,
) -> sqlx::Result<Vec<String>> {
    let ended = conn.query(sql::CANCEL).bind(id.to_string());
    let ended: Vec<String> = ended.bind(now.0).bind(is_ended).scalars().await?;
    for id in &ended {
        fold::settle(conn, id).await?;
    }
    Ok(ended)
}
