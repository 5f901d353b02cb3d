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
        id::TaskId,
        json::is_shallow,
        memory::{EventBody, EventKind, MemoryEvent},
        target::Target,
        task::{IdempotencyKey, NewTask, TaskState},
        time::UnixMillis,
    },
    http::{State, body, caller::Caller, error::ApiError},
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
    let task = task(&state, &caller, target, input, key).await?;
    let now = UnixMillis::now();
    let event = state.mirror.is_on().then(|| sent_event(&task, now));
    let mut room = state.mirror.room(1).await?;
    // Goes on when the client leaves: what is accepted is also remembered.
    let (shared, owner) = (state.clone(), caller.identity.owner.clone());
    let accepted = actix_web::rt::spawn(async move {
        let submitted = shared
            .store
            .submit(&task, shared.tasks.max_waiting, now)
            .await?;
        shared.supervisor.wake();
        if let (Some(event), Submitted::New(_)) = (event, submitted) {
            room.put(event);
        }
        Ok::<_, ApiError>(submitted)
    });
    let (id, word) = match accepted.await.map_err(ApiError::internal)?? {
        Submitted::New(id) => (id, TaskState::Submitted.plain()),
        Submitted::Existing(id) => (id, state.store.task(id, Some(&owner)).await?.state.plain()),
    };
    Ok(HttpResponse::Ok().json(json!({ "task_id": id, "state": word })))
}

/// The `Idempotency-Key` of a request.
pub(in crate::http) fn key(request: &HttpRequest) -> Result<Option<String>, ApiError> {
    let Some(value) = request.headers().get("idempotency-key") else {
        return Ok(None);
    };
    let key = value
        .to_str()
        .ok()
        .filter(|key| (1..=MAX_KEY).contains(&key.len()));
    let remedy = "Idempotency-Key: write 1 to 255 visible characters";
    key.map(|key| Some(key.to_owned()))
        .ok_or_else(|| ApiError::Invalid(remedy.to_owned()))
}

/// Everything the first row says. An agent's call makes a child of its task.
async fn task(
    state: &State,
    caller: &Caller,
    target: String,
    input: String,
    key: Option<IdempotencyKey>,
) -> Result<NewTask, ApiError> {
    let (id, identity) = (TaskId::fresh(), &caller.identity);
    let mut task = NewTask {
        id,
        owner: identity.owner.clone(),
        session: caller.session.clone(),
        context: id.to_string(),
        parent: None,
        depth: 0,
        actors: Vec::new(),
        scopes: identity.delegable(state.required_scopes),
        target,
        input,
        request: None,
        key,
    };
    task.actors = caller.agents().to_vec();
    // One that was exchanged for has a chain and no task.
    task.depth = u32::try_from(task.actors.len()).unwrap_or(u32::MAX);
    if let Some(parent) = caller.task() {
        let above = state.store.parent(parent, &identity.owner).await?;
        task.depth = task.depth.max(above.depth + 1);
        task.parent = Some(parent);
        task.context = above.context;
    }
    if task.depth > state.tasks.max_depth {
        let text = "too many hand-offs in a row; raise TASK_MAX_DEPTH if that is meant";
        return Err(ApiError::Unprocessable(text.to_owned()));
    }
    Ok(task)
}

fn sent_event(task: &NewTask, now: UnixMillis) -> MemoryEvent {
    let body = EventBody {
        task_id: Some(task.id),
        parent_task_id: task.parent,
        target: Some(task.target.clone()),
        text: Some(task.input.clone()),
        ..EventBody::default()
    };
    let (owner, session) = (task.owner.clone(), task.session.clone());
    MemoryEvent::new(EventKind::TaskSent, owner, session, now, body)
}
