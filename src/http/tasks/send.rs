//! `POST /a2a/tasks/send`.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{json, value::RawValue};

use crate::{
    adapters::{
        secret::{hex, sha256},
        store::Submitted,
    },
    domain::{
        json::is_shallow,
        target::Target,
        task::{IdempotencyKey, TaskState},
    },
    http::{State, body, caller::Caller, error::ApiError, tasks::accept},
};

/// The longest `Idempotency-Key`, in bytes.
pub(in crate::http) const MAX_KEY: usize = 255;

/// What a client sends.
#[derive(Deserialize)]
struct Sent {
    input: Option<Box<RawValue>>,
    messages: Option<Box<RawValue>>,
    target: Option<String>,
    target_url: Option<String>,
}

impl Sent {
    /// The input; the original's documents also show bare `messages`.
    fn input(&self) -> Result<String, ApiError> {
        let given = |member: &Option<Box<RawValue>>| {
            let text = member.as_ref()?.get();
            (text != "null").then(|| text.to_owned())
        };
        let bare = || Some(format!("{{\"messages\":{}}}", given(&self.messages)?));
        let invalid = |text: &str| ApiError::Invalid(text.to_owned());
        let missing = || invalid("payload must contain an 'input' field");
        let input = given(&self.input).or_else(bare).ok_or_else(missing)?;
        if !is_shallow(&input) {
            return Err(invalid("input: nested more than 100 levels deep"));
        }
        Ok(input)
    }

    fn target(&self, state: &State) -> Result<Target, ApiError> {
        if self.target.is_some() && self.target_url.is_some() {
            let text = "name the agent by target or by target_url, not by both";
            return Err(ApiError::Invalid(text.to_owned()));
        }
        Ok(state
            .targets
            .resolve(self.target.as_deref(), self.target_url.as_deref())?)
    }
}

/// Takes a task for an agent, or for the gateway's own chat. The row is on disk
/// before the answer; the wake-up is a hint that nothing depends on.
///
/// # Errors
///
/// 400 for a body or a target that cannot be taken, 409 when the task it is
/// handed off from has ended, 413, 422 for an `Idempotency-Key` that stands for
/// another request, 429 for too many waiting tasks, 503 when the row cannot be
/// written.
pub async fn send(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    if state.is_draining() {
        return Err(ApiError::Draining);
    }
    let sent: Sent = body::json(&request, payload, state.max_request_bytes).await?;
    let (input, target) = (sent.input()?, sent.target(&state)?.to_string());
    let key = key(&request)?.map(|key| IdempotencyKey {
        digest: hex(&sha256(format!("{target}\n{input}").as_bytes())),
        key,
    });
    let task = accept::new_task(&state, &caller, target, input, key).await?;
    let owner = task.owner.clone();
    let (id, word) = match accept::accept(&state, task).await? {
        Submitted::New(id) => (id, TaskState::Submitted.plain()),
        Submitted::Existing(id) => (id, state.store.task(id, Some(&owner)).await?.state.plain()),
    };
    Ok(HttpResponse::Ok().json(json!({ "task_id": id, "state": word })))
}

/// The `Idempotency-Key` of a request.
pub(in crate::http) fn key(request: &HttpRequest) -> Result<Option<String>, ApiError> {
    let value = request.headers().get("idempotency-key");
    value.map(|value| key_in(value.to_str().ok())).transpose()
}

/// A key as it was sent; `None` where it is no text.
pub(in crate::http) fn key_in(value: Option<&str>) -> Result<String, ApiError> {
    let key = value.filter(|key| (1..=MAX_KEY).contains(&key.len()));
    let remedy = "Idempotency-Key: write 1 to 255 visible characters";
    key.map(str::to_owned)
        .ok_or_else(|| ApiError::Invalid(remedy.to_owned()))
}
