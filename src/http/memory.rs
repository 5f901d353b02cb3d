//! Shared memory: write a document, read one's own events.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    adapters::memory::{MemoryFilter, Remembered},
    domain::{
        id::{SessionId, TaskId},
        memory::{EventBody, EventKind, MemoryEvent},
        time::UnixMillis,
    },
    http::{State, body, caller::Caller, error::ApiError, tasks::key},
};

const LIMIT: u32 = 10;
const MAX_LIMIT: u32 = 100;
const MAX_TITLE: usize = 500;

/// A document as it is sent.
#[derive(Deserialize)]
struct Document {
    event: Option<String>,
    title: Option<String>,
    text: Option<String>,
    agent: Option<String>,
    task_id: Option<TaskId>,
    metadata: Option<Value>,
}

/// `POST /mem/events`: keeps a document. On disk before the answer.
///
/// An agent's document belongs to the task of its token and carries the agent's
/// name; with an `Idempotency-Key` that was used before, the first document's
/// id comes back.
///
/// # Errors
///
/// 400, 413, 422 when there is nothing to keep, 503 when memory is off.
pub async fn write(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let document: Document = body::json(&request, payload, state.max_request_bytes).await?;
    let key = key(&request)?;
    let body = document.into_body(&state, &caller).await?;
    let task = body.task_id;
    let (owner, session) = (caller.identity.owner.clone(), caller.session.clone());
    let event = MemoryEvent::new(EventKind::Document, owner, session, UnixMillis::now(), body);
    let (fresh, event) = (event.id, state.mirror.redacted(event));
    let id = state.memory.keep(event, key).await?;
    if let Some(task) = task {
        state.store.hint(task);
    }
    let mut answer = if id == fresh {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(answer.json(json!({ "id": id })))
}

impl Document {
    async fn into_body(self, state: &State, caller: &Caller) -> Result<EventBody, ApiError> {
        if self
            .event
            .as_deref()
            .is_some_and(|event| event != "document")
        {
            return Err(ApiError::Unprocessable(
                "event: only document can be written".to_owned(),
            ));
        }
        if self.text.as_ref().is_none_or(String::is_empty) {
            return Err(ApiError::Unprocessable(
                "text: a document needs one".to_owned(),
            ));
        }
        if self
            .title
            .as_ref()
            .is_some_and(|title| title.len() > MAX_TITLE)
        {
            return Err(ApiError::Unprocessable(format!(
                "title: at most {MAX_TITLE} bytes"
            )));
        }
        let task_id = caller.task().or(self.task_id);
        if let Some(task) = task_id {
            state.store.task(task, Some(&caller.identity.owner)).await?;
        }
        Ok(EventBody {
            request_id: Some(caller.request_id.as_str().to_owned()),
            task_id,
            agent: caller.agent().map(str::to_owned).or(self.agent),
            title: self.title,
            text: self.text,
            metadata: self.metadata,
            ..EventBody::default()
        })
    }
}

/// The query of a list.
#[derive(Deserialize)]
pub struct Listing {
    limit: Option<u32>,
    before: Option<String>,
    event: Option<String>,
    task_id: Option<String>,
    session_id: Option<String>,
}

impl Listing {
    fn filter(self) -> Result<MemoryFilter, ApiError> {
        let limit = self.limit.unwrap_or(LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(ApiError::Invalid(format!("limit: write 1 to {MAX_LIMIT}")));
        }
        let invalid = |name: &str| ApiError::Invalid(format!("{name}: not an id of ours"));
        let before = self
            .before
            .map(|id| id.parse().map_err(|_| invalid("before")));
        let task = self
            .task_id
            .map(|id| id.parse().map_err(|_| invalid("task_id")));
        Ok(MemoryFilter {
            event: self.event,
            task: task.transpose()?,
            session: self.session_id.map(|id| SessionId(id.into())),
            before: before.transpose()?,
            limit,
        })
    }
}

/// `GET /mem/events`: one's own events, newest first, in the shape old clients
/// read.
///
/// # Errors
///
/// 400 for a limit or id that is none, 503 when memory is off.
pub async fn recent(
    caller: Caller,
    listing: web::Query<Listing>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let filter = listing.into_inner().filter()?;
    let owner = &caller.identity.owner;
    let (events, more) = state.memory.recent(owner, &filter).await?;
    let next = events.last().filter(|_| more).map(|event| event.id);
    let events: Vec<_> = events
        .into_iter()
        .map(|event| {
            let id = event.id;
            let mut fields = shown(event);
            fields.insert("_additional".to_owned(), json!({ "id": id }));
            fields
        })
        .collect();
    Ok(HttpResponse::Ok().json(json!({
        "data": { "Get": { "MemoryEvent": events } },
        "next": next,
    })))
}

/// `GET /mem/events/{id}`: one event, flat.
///
/// # Errors
///
/// 404 for unknown and for other people's events, 503 when memory is off.
pub async fn read(
    caller: Caller,
    id: web::Path<String>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let id = id
        .parse()
        .map_err(|_| ApiError::NotFound("unknown event"))?;
    let event = state.memory.get(id, &caller.identity.owner).await?;
    Ok(HttpResponse::Ok().json(shown(event)))
}

/// `POST /v1/logs` must not reach an engine, which has no such route.
///
/// # Errors
///
/// 404 always.
pub async fn logs(_caller: Caller) -> Result<HttpResponse, ApiError> {
    Err(ApiError::NotFound("/v1/logs is not in this version"))
}

fn shown(event: Remembered) -> Map<String, Value> {
    let mut fields = event.fields;
    // Where clients of the original look for what a task was sent and became.
    let also = match fields.get("event").and_then(Value::as_str) {
        Some("task_sent") => Some("payload"),
        Some("task_result") => Some("result"),
        _ => None,
    };
    if let (Some(name), Some(text)) = (also, fields.get("text").cloned()) {
        fields.insert(name.to_owned(), text);
    }
    fields.insert("id".to_owned(), json!(event.id));
    fields.insert("timestamp".to_owned(), json!(event.at.rfc3339()));
    fields
}
