//! The original's face: send a task, look at it, list, cancel.

pub(in crate::http) mod accept;
mod events;
mod list;
mod send;
mod tree;

use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::{
    adapters::store::TaskView,
    domain::id::{Owner, TaskId},
    http::{State, caller::Caller, error::ApiError, params::Params},
};
pub use events::events;
pub use list::list;
pub use send::send;
pub(in crate::http) use send::{key, key_in};
pub use tree::tree;

/// The longest a status is held, in seconds.
const MAX_WAIT: u64 = 60;
/// A task as its owner reads it.
#[derive(Serialize)]
pub struct Status {
    task_id: TaskId,
    state: &'static str,
    /// The same, finer: one of [`TaskState::name`](crate::domain::task::TaskState::name).
    state_name: &'static str,
    result: Option<Box<RawValue>>,
    /// Epoch seconds, as the original wrote them.
    created: f64,
    updated: f64,
    target: String,
    attempt: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<TaskId>,
    /// Hand-offs above it.
    depth: u32,
    session_id: String,
    /// The conversation.
    context_id: String,
    /// Why it waits or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// Where people see it in Temporal.
    #[serde(skip_serializing_if = "Option::is_none")]
    temporal_url: Option<String>,
}

impl State {
    /// `task` as its owner reads it.
    fn told(&self, task: TaskView) -> Status {
        let page = self.temporal.as_ref().and_then(|it| it.page.as_ref());
        Status {
            temporal_url: page.and_then(|page| page.link(task.id, &task.target)),
            task_id: task.id,
            state: task.state.plain(),
            state_name: task.state.name(),
            result: task.output,
            created: task.created_at.secs_f64(),
            updated: task.updated_at.secs_f64(),
            target: task.target,
            attempt: task.attempt,
            parent: task.parent,
            depth: task.depth,
            context_id: task.context,
            session_id: task.session.0.to_string(),
            detail: task.detail,
            title: task.title,
        }
    }
}

/// The id in a path. What is no id names no task.
pub(super) fn id_in(path: &str) -> Result<TaskId, ApiError> {
    path.parse().map_err(|_| ApiError::NotFound("unknown task"))
}

/// `?wait=` of a status.
#[derive(Deserialize)]
pub struct Patience {
    wait: Option<u64>,
}

/// `GET /a2a/tasks/status/{id}?wait=`: one task; with `wait` held until it has ended,
/// waits for its caller, or the seconds are over.
///
/// # Errors
///
/// 404 for unknown and for other people's tasks.
pub async fn status(
    caller: Caller,
    id: web::Path<String>,
    patience: Params<Patience>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let id = id_in(&id)?;
    let owner = Some(&caller.identity.owner);
    let secs = patience.wait.unwrap_or(0).min(MAX_WAIT);
    if secs > 0 {
        wait(&state, id, owner, Duration::from_secs(secs)).await?;
    }
    let task = state.store.task(id, owner).await?;
    Ok(HttpResponse::Ok().json(state.told(task)))
}

/// Until nothing more happens by itself, or `patience` is over.
async fn wait(
    state: &State,
    id: TaskId,
    owner: Option<&Owner>,
    patience: Duration,
) -> Result<(), ApiError> {
    let until = Instant::now() + patience;
    let mut watch = state.feed.watch(id).await.ok_or(ApiError::Draining)?;
    while state.store.standing(id, owner).await?.state.is_going_on() && !state.is_draining() {
        match tokio::time::timeout_at(until, watch.changed()).await {
            Ok(true) => {}
            Ok(false) | Err(_) => break,
        }
    }
    Ok(())
}

/// `POST /a2a/tasks/cancel/{id}`: ends a task and its unfinished children.
///
/// # Errors
///
/// 404; 409 when it has ended already.
pub async fn cancel(
    caller: Caller,
    id: web::Path<String>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let id = id_in(&id)?;
    accept::end(&state, id, caller.identity.owner.clone(), None).await?;
    let task = state.store.task(id, Some(&caller.identity.owner)).await?;
    Ok(HttpResponse::Ok().json(state.told(task)))
}
