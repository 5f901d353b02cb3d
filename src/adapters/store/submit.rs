//! The row of a new task, or why there is none.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{rows, sql, webhook};
use crate::{
    adapters::database::Conn,
    domain::{
        task::{NewTask, TaskState},
        time::UnixMillis,
        trace::Trace,
    },
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

/// What writes the row of `task`: one statement, unless it has a webhook or is
/// refused.
pub(super) fn work(
    task: Arc<NewTask>,
    max_waiting: u32,
    now: UnixMillis,
) -> impl for<'c> FnMut(Conn<'c>) -> BoxFuture<'c, sqlx::Result<Option<Refusal>>> + Send + 'static {
    move |mut conn| {
        let task = task.clone();
        Box::pin(async move { insert(&mut conn, &task, max_waiting, now).await })
    }
}

/// Writes the row of `task` and of its webhook, unless something speaks against
/// it. A request that came before has written its webhook then.
async fn insert(
    conn: &mut Conn<'_>,
    task: &NewTask,
    max_waiting: u32,
    now: UnixMillis,
) -> sqlx::Result<Option<Refusal>> {
    let key = task.key.as_ref();
    let done = conn
        .query(sql::SUBMIT)
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
        .run()
        .await?;
    if done > 0 {
        if let Some(new) = &task.webhook {
            // A new task has no other.
            webhook::put(conn, task.id, new, Some(0), now).await?;
        }
        return Ok(None);
    }
    refusal(conn, task).await.map(Some)
}

/// Why the insert found no row to write.
async fn refusal(conn: &mut Conn<'_>, task: &NewTask) -> sqlx::Result<Refusal> {
    if let Some(key) = &task.key {
        let before = conn.query(sql::BY_KEY).bind(&*task.owner.issuer);
        let before = before.bind(&*task.owner.user).bind(&key.key);
        let before: Option<(String, String)> = before.optional().await?;
        if let Some((id, digest)) = before {
            let same = digest == key.digest;
            return Ok(if same {
                Refusal::Existing(id)
            } else {
                Refusal::KeyReused
            });
        }
    }
    let parent = conn.query("select state from task where task_id = $1");
    let parent = parent.bind(task.parent.map(|id| id.to_string()));
    let parent: Option<String> = parent.optional_scalar().await?;
    Ok(match parent {
        Some(state) if state.parse().is_ok_and(TaskState::is_terminal) => {
            Refusal::ParentEnded(state)
        }
        _ => Refusal::QueueFull,
    })
}
