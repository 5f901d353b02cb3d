//! How a task comes to be, and how its owner ends it, by whatever face.

use actix_web::web;

use crate::{
    actors::{canceled, mirror::Room},
    adapters::store::Submitted,
    domain::{
        id::{Owner, TaskId},
        memory::{EventBody, EventKind, MemoryEvent},
        task::{IdempotencyKey, NewTask},
        time::UnixMillis,
    },
    http::{State, caller::Caller, error::ApiError},
};

/// Writes the row of `task` and has it run. On `Ok` it is on disk; the wake-up
/// is a hint that nothing depends on. Goes on when the client leaves: what is
/// accepted is also remembered.
///
/// # Errors
///
/// As [`Store::submit`](crate::adapters::store::Store::submit); memory that
/// waits for the disk.
pub(in crate::http) async fn accept(
    state: &web::Data<State>,
    task: NewTask,
) -> Result<Submitted, ApiError> {
    let now = UnixMillis::now();
    let event = state.mirror.is_on().then(|| sent_event(&task, now));
    let room = state.mirror.room(1).await?;
    let shared = state.clone();
    let accepted = tokio::spawn(async move {
        let waiting = shared.tasks.max_waiting;
        let submitted = shared.store.submit(&task, waiting, now).await?;
        shared.wake(&task.target);
        if let (Some(event), Submitted::New(id)) = (event, submitted) {
            note_sent(room, event, id).await;
        }
        Ok::<_, ApiError>(submitted)
    });
    accepted.await.map_err(ApiError::internal)?
}

/// Ends a task of `owner` and its unfinished children, and tells their agents to
/// stop; that of `stopped` has stopped already. Goes on when the client leaves:
/// what has ended is also remembered.
///
/// # Errors
///
/// As [`Store::cancel`](crate::adapters::store::Store::cancel).
pub(in crate::http) async fn end(
    state: &web::Data<State>,
    id: TaskId,
    owner: Owner,
    stopped: Option<TaskId>,
) -> Result<(), ApiError> {
    let shared = state.clone();
    let ended = tokio::spawn(async move {
        let now = UnixMillis::now();
        let ended = shared.store.cancel(id, Some(owner), now).await?;
        shared.abort(ended.clone(), stopped);
        if shared.mirror.is_on() {
            tokio::spawn(async move {
                canceled::remember(&shared.store, &shared.mirror, ended).await;
            });
        }
        Ok::<_, ApiError>(())
    });
    ended.await.map_err(ApiError::internal)?
}

/// Everything the first row says. An agent's call makes a child of its task.
pub(in crate::http) async fn new_task(
    state: &State,
    caller: &Caller,
    target: String,
    input: String,
    key: Option<IdempotencyKey>,
) -> Result<NewTask, ApiError> {
    let identity = &caller.identity;
    let (owner, session) = (identity.owner.clone(), caller.session.clone());
    let mut task = NewTask {
        actors: caller.agents().to_vec(),
        scopes: identity.delegable(state.required_scopes),
        trace: caller.trace.clone(),
        key,
        ..NewTask::new(owner, session, target, input)
    };
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

/// With `USAGE_DURABILITY=strict` memory knows of a task before its sender does.
async fn note_sent(mut room: Room, event: MemoryEvent, id: TaskId) {
    if room.put([event]).committed().await.is_err() {
        // The task stands: to refuse it now would be the greater lie.
        tracing::warn!(%id, "an accepted task is not in memory yet");
    }
}
