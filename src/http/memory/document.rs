//! `POST /mem/events`: what people and agents write down.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{json, value::RawValue};

use super::noted::Begun;
use crate::{
    adapters::{
        memory::Kept,
        secret::{hex, sha256},
    },
    domain::{
        id::TaskId,
        memory::{EventBody, EventKind, MemoryEvent},
        time::UnixMillis,
    },
    http::{State, body, caller::Caller, error::ApiError, tasks::key},
};

/// The longest title and name of an agent, in bytes.
const MAX_NAME: usize = 500;
/// The most metadata, in bytes of JSON. Read, it takes many times as much.
const MAX_METADATA: usize = 64 * 1024;

/// A document as it is sent.
#[derive(Deserialize)]
struct Document {
    event: Option<String>,
    title: Option<String>,
    text: Option<String>,
    agent: Option<String>,
    task_id: Option<TaskId>,
    metadata: Option<Box<RawValue>>,
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
    let begun = Begun::now();
    let document: Document = body::json(&request, payload, state.max_request_bytes).await?;
    // Only whether it is the same again matters, and some send what is secret.
    let key = key(&request)?.map(|key| hex(&sha256(key.as_bytes())));
    let body = document.into_body(&state, &caller).await?;
    let task = body.task_id;
    let (owner, session) = (caller.identity.owner.clone(), caller.session.clone());
    let event = MemoryEvent::new(EventKind::Document, owner, session, UnixMillis::now(), body);
    let kept = state.memory.keep(state.mirror.redacted(event), key).await?;
    if let Some(task) = task {
        state.store.hint(task);
    }
    let (mut answer, id) = match kept {
        Kept::Now(id) => (HttpResponse::Created(), id),
        Kept::Before(id) => (HttpResponse::Ok(), id),
    };
    begun.wrote(&state, &caller, id);
    Ok(answer.json(json!({ "id": id })))
}

impl Document {
    fn check(&self) -> Result<(), String> {
        if self.event.as_ref().is_some_and(|it| it != "document") {
            return Err("event: only document can be written".to_owned());
        }
        if self.text.as_ref().is_none_or(String::is_empty) {
            return Err("text: a document needs one".to_owned());
        }
        let title = self.title.as_ref().map(String::len);
        let agent = self.agent.as_ref().map(String::len);
        let metadata = self.metadata.as_ref().map(|it| it.get().len());
        for (name, bytes, most) in [
            ("title", title, MAX_NAME),
            ("agent", agent, MAX_NAME),
            ("metadata", metadata, MAX_METADATA),
        ] {
            if bytes > Some(most) {
                return Err(format!("{name}: at most {most} bytes"));
            }
        }
        Ok(())
    }

    async fn into_body(self, state: &State, caller: &Caller) -> Result<EventBody, ApiError> {
        self.check().map_err(ApiError::Unprocessable)?;
        let metadata = self.metadata.map(|text| serde_json::from_str(text.get()));
        let metadata = metadata.transpose();
        let metadata = metadata.map_err(|_| {
            ApiError::Unprocessable("metadata: nested too deep to be kept".to_owned())
        })?;
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
            metadata,
            ..EventBody::default()
        })
    }
}
