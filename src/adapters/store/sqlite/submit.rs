//! The row of a new task, or why there is none.

use sqlx::SqliteConnection;

use super::{rows, sql, webhook};
use crate::domain::{
    task::{NewTask, TaskState},
    time::UnixMillis,
    trace::Trace,
};

/// Why no row was written.
pub(super) enum Refusal {
    /// The same request came before: its task.
    Existing(String),
    /// The key stands for another request.
    KeyReused,
    /// The state of a parent that has ended.
    ParentEnded(String),
    /// The owner has too many waiting tasks.
    QueueFull,
}

/// Writes the row of `task` and of its webhook, unless something speaks against
/// it. A request that came before has written its webhook then.
pub(super) async fn insert(
    conn: &mut SqliteConnection,
    task: &NewTask,
    max_waiting: u32,
    now: UnixMillis,
) -> sqlx::Result<Option<Refusal>> {
    let key = task.key.as_ref();
    let done = sqlx::query(sql::SUBMIT)
        .bind(task.id.to_string())
        .bind(&*task.owner.issuer)
        .bind(&*task.owner.user)
        .bind(&*task.session.0)
        .bind(&task.context)
        .bind(task.parent.map(|id| id.to_string()))
        .bind(task.depth)
        .bind(rows::actors_to_json(&task.actors))
        .bind(task.scopes.to_text())
        .bind(&task.target)
        .bind(&task.input)
        .bind(key.map(|k| &k.key))
        .bind(key.map(|k| &k.digest))
        .bind(now.0)
        .bind(max_waiting)
        .bind(&task.request)
        .bind(task.trace.as_ref().map(Trace::to_string))
        .bind(task.trace.as_ref().and_then(Trace::state))
        .execute(&mut *conn)
        .await?;
    if done.rows_affected() > 0 {
        if let Some(new) = &task.webhook {
            // A new task has no other.
            webhook::put(conn, task.id, new, Some(0), now).await?;
        }
        return Ok(None);
    }
    refusal(conn, task).await.map(Some)
}

/// Why the insert found no row to write.
async fn refusal(conn: &mut SqliteConnection, task: &NewTask) -> sqlx::Result<Refusal> {
    if let Some(key) = &task.key {
        let before: Option<(String, String)> = sqlx::query_as(sql::BY_KEY)
            .bind(&*task.owner.issuer)
            .bind(&*task.owner.user)
            .bind(&key.key)
            .fetch_optional(&mut *conn)
            .await?;
        if let Some((id, digest)) = before {
            let same = digest == key.digest;
            return Ok(if same {
                Refusal::Existing(id)
            } else {
                Refusal::KeyReused
            });
        }
    }
    let parent: Option<String> = sqlx::query_scalar("select state from task where task_id = ?1")
        .bind(task.parent.map(|id| id.to_string()))
        .fetch_optional(conn)
        .await?;
    Ok(match parent {
        Some(state) if state.parse().is_ok_and(TaskState::is_terminal) => {
            Refusal::ParentEnded(state)
        }
        _ => Refusal::QueueFull,
    })
}
