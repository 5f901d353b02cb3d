//! The original's face: send a task, look at it, list, cancel.

pub(in crate::http) mod accept;
mod events;
mod send;

use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};
use tokio::time::Instant;

use crate::{
    adapters::store::{TaskFilter, TaskView},
    domain::{id::TaskId, task::TaskState},
    http::{State, caller::Caller, error::ApiError},
};
pub use events::events;
pub use send::send;
pub(in crate::http) use send::{key, key_in};

/// The longest a status is held, in seconds.
const MAX_WAIT: u64 = 60;
/// Tasks in a list, at most and by default.
const MAX_LIST: u32 = 100;
const LIST: u32 = 20;

/// A task as its owner reads it.
#[derive(Serialize)]
pub struct Status {
    task_id: TaskId,
    state: &'static str,
    result: Option<Box<RawValue>>,
    /// Epoch seconds, as the original wrote them.
    created: f64,
    updated: f64,
    target: String,
    attempt: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<TaskId>,
    session_id: String,
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
            result: task.output,
            created: task.created_at.secs_f64(),
            updated: task.updated_at.secs_f64(),
            target: task.target,
            attempt: task.attempt,
            parent: task.parent,
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

/// `GET /a2a/tasks/status/{id}?wait=`: one task; with `wait` held until its
/// state changes or the seconds are over.
///
/// # Errors
///
/// 404 for unknown and for other people's tasks.
pub async fn status(
    caller: Caller,
    id: web::Path<String>,
    patience: web::Query<Patience>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let id = id_in(&id)?;
    let owner = Some(&caller.identity.owner);
    let secs = patience.wait.unwrap_or(0).min(MAX_WAIT);
    if secs == 0 {
        let task = state.store.task(id, owner).await?;
        return Ok(HttpResponse::Ok().json(state.told(task)));
    }
    let mut watch = state.feed.watch(id).await.ok_or(ApiError::Draining)?;
    let first = state.store.task(id, owner).await?;
    let until = Instant::now() + Duration::from_secs(secs);
    let mut task = first.clone();
    while task.state == first.state && !task.state.is_terminal() && !state.is_draining() {
        match tokio::time::timeout_at(until, watch.changed()).await {
            Ok(true) => task = state.store.task(id, owner).await?,
            Ok(false) | Err(_) => break,
        }
    }
    Ok(HttpResponse::Ok().json(state.told(task)))
}

/// The query of a list.
#[derive(Deserialize)]
pub struct Listing {
    limit: Option<u32>,
    cursor: Option<String>,
    state: Option<String>,
    parent: Option<String>,
}

impl Listing {
    fn filter(self, caller: &Caller) -> Result<TaskFilter, ApiError> {
        let limit = self.limit.unwrap_or(LIST);
        if !(1..=MAX_LIST).contains(&limit) {
            return Err(ApiError::Invalid(format!("limit: write 1 to {MAX_LIST}")));
        }
        let id = |name: &str, text: Option<String>| {
            let parse = |text: String| {
                text.parse()
                    .map_err(|_| ApiError::Invalid(format!("{name}: not a task id")))
            };
            text.map(parse).transpose()
        };
        Ok(TaskFilter {
            owner: Some(caller.identity.owner.clone()),
            states: self
                .state
                .as_deref()
                .map(states)
                .transpose()?
                .unwrap_or_default(),
            parent: id("parent", self.parent)?,
            before: id("cursor", self.cursor)?,
            limit: limit + 1,
        })
    }
}

fn states(word: &str) -> Result<Vec<TaskState>, ApiError> {
    let named = |s: &TaskState| s.plain() == word || s.name() == word;
    let states: Vec<_> = TaskState::ALL.into_iter().filter(named).collect();
    if states.is_empty() {
        let words = "state: write queued, in_progress, done or error";
        return Err(ApiError::Invalid(words.to_owned()));
    }
    Ok(states)
}

/// `GET /a2a/tasks`: one's own, newest first; results above 64 KiB only in the
/// status of their task.
///
/// # Errors
///
/// 400 for a limit, cursor or state that is none.
pub async fn list(
    caller: Caller,
    listing: web::Query<Listing>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let filter = listing.into_inner().filter(&caller)?;
    let mut tasks = state.store.tasks(&filter).await?;
    let more = tasks.len() as u32 == filter.limit;
    if more {
        tasks.pop();
    }
    let next = tasks.last().filter(|_| more).map(|task| task.id);
    let tasks: Vec<_> = tasks.into_iter().map(|task| state.told(task)).collect();
    Ok(HttpResponse::Ok().json(json!({ "tasks": tasks, "next": next })))
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
