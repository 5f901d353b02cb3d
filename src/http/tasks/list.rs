//! `GET /a2a/tasks`: one's own tasks, newest first.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::{
    adapters::store::TaskFilter,
    domain::{
        id::{SessionId, TaskId},
        sought::Sought,
        task::TaskState,
    },
    http::{State, answer::unkept, caller::Caller, error::ApiError, params::Params},
};

/// Tasks in a list, at most and by default.
const MAX_LIST: u32 = 100;
const LIST: u32 = 20;

/// The query of a list.
#[derive(Deserialize)]
pub struct Listing {
    limit: Option<u32>,
    cursor: Option<String>,
    state: Option<String>,
    parent: Option<String>,
    agent: Option<String>,
    session: Option<String>,
    q: Option<String>,
    roots: Option<bool>,
}

impl Listing {
    fn filter(self, caller: &Caller) -> Result<TaskFilter, ApiError> {
        let (task, sought) = self.q.as_deref().map_or(Ok((None, None)), sought)?;
        Ok(TaskFilter {
            owner: Some(caller.identity.owner.clone()),
            states: self.state.as_deref().map_or(Ok(Vec::new()), states)?,
            task,
            parent: id("parent", self.parent)?,
            agent: self.agent,
            session: self.session.map(|id| SessionId(id.into())),
            is_root: self.roots.unwrap_or_default(),
            sought,
            before: id("cursor", self.cursor)?,
            limit: limit(self.limit)?,
        })
    }
}

fn limit(wanted: Option<u32>) -> Result<u32, ApiError> {
    let limit = wanted.unwrap_or(LIST);
    match (1..=MAX_LIST).contains(&limit) {
        true => Ok(limit),
        false => Err(ApiError::Invalid(format!("limit: write 1 to {MAX_LIST}"))),
    }
}

fn id(name: &str, text: Option<String>) -> Result<Option<TaskId>, ApiError> {
    let id = text.map(|text| text.parse()).transpose();
    id.map_err(|_| ApiError::Invalid(format!("{name}: not a task id")))
}

/// Words; or the id of a task, which finds that one alone.
fn sought(text: &str) -> Result<(Option<TaskId>, Option<Sought>), ApiError> {
    if let Ok(id) = text.trim().parse() {
        return Ok((Some(id), None));
    }
    let sought = Sought::parse(text);
    let sought = sought.map_err(|error| ApiError::Invalid(format!("q: {error}")))?;
    Ok((None, Some(sought)))
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
/// status of their task. With conditions one call looks through some of the tasks: there
/// may be fewer than `limit`, even none, and a `next` to go on with.
///
/// # Errors
///
/// 400 for a limit, cursor, state or search that is none.
pub async fn list(
    caller: Caller,
    listing: Params<Listing>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let filter = listing.into_inner().filter(&caller)?;
    let page = state.store.tasks(&filter).await?;
    let tasks = page.tasks.into_iter().map(|task| state.told(task));
    let tasks: Vec<_> = tasks.collect();
    Ok(unkept(json!({ "tasks": tasks, "next": page.next })))
}
