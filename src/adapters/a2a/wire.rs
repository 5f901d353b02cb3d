//! From rows to the shapes of A2A 1.0: the only place that knows both.

use a2a::{
    A2AError, Artifact, Message, StreamResponse, Task, TaskArtifactUpdateEvent, TaskStatus,
    TaskStatusUpdateEvent,
};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::{Value, value::RawValue};

use crate::{
    adapters::store::{TaskLine, dialogue::Snapshot},
    domain::{
        a2a::{
            artifact::{self, ArtifactUpdate, Artifacts},
            error::Refused,
            message, state,
        },
        id::TaskId,
        task::TaskState,
        time::UnixMillis,
    },
};

/// The task as A2A shows it. `with_artifacts` tells apart a list that leaves
/// them out and a task that has none.
pub fn task(snapshot: &Snapshot, with_artifacts: bool) -> Task {
    let task = &snapshot.task;
    let said = snapshot.message.as_deref().and_then(read);
    let detail = task.detail.as_deref();
    Task {
        id: task.id.to_string(),
        context_id: task.context.clone(),
        status: status(
            task.id,
            &task.context,
            task.state,
            said,
            detail,
            task.updated_at,
        ),
        artifacts: with_artifacts.then(|| artifacts(snapshot)),
        history: history(snapshot),
        metadata: snapshot.metadata.as_deref().and_then(read),
    }
}

/// The task as it was when it was accepted, told by `line`, the first of its
/// history. `input` is what it began with where the line has no message.
pub fn submitted(id: TaskId, context: &str, line: &TaskLine, input: Option<&str>) -> Task {
    let said = line.message.as_deref().and_then(read);
    let began = || input.map(|input| message::of_input(&id.to_string(), context, input));
    Task {
        id: id.to_string(),
        context_id: context.to_owned(),
        status: status(id, context, TaskState::Submitted, None, None, line.at),
        artifacts: None,
        history: said.or_else(began).map(|first| vec![first]),
        metadata: None,
    }
}

/// The message that is the whole answer of the agent, if it answered so. It is
/// of no task: ours is not told.
pub fn direct(snapshot: &Snapshot) -> Option<Message> {
    let said = snapshot.message.as_deref().filter(|_| snapshot.is_direct);
    let said: Message = said.and_then(read)?;
    Some(Message {
        task_id: None,
        ..said
    })
}

/// The agent's own refusal of the message, if it made no task of it.
pub fn refused(snapshot: &Snapshot) -> Option<A2AError> {
    let has_ended = matches!(snapshot.task.state, TaskState::Failed | TaskState::Rejected);
    let said = snapshot.message.as_deref();
    let said = said.filter(|_| has_ended && !snapshot.is_attached);
    Refused::read(&said.and_then(read)?)
}

/// What a line of a task's history is to those who watch it; `None` for lines
/// that A2A has no word for.
pub fn event(id: TaskId, context: &str, line: &TaskLine) -> Option<StreamResponse> {
    match &*line.kind {
        "child" | "document" | "message" => None,
        "artifact" => artifact_event(id, context, line).map(StreamResponse::ArtifactUpdate),
        _ => Some(StreamResponse::StatusUpdate(status_event(
            id, context, line,
        ))),
    }
}

/// Time as A2A writes it.
pub fn timestamp(at: UnixMillis) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(at.0)
}

fn artifact_event(id: TaskId, context: &str, line: &TaskLine) -> Option<TaskArtifactUpdateEvent> {
    let update = match (&line.data, &line.output) {
        (Some(data), _) => read(data)?,
        (None, output) => ArtifactUpdate {
            artifact: artifact::of_answer(output.as_deref()?),
            append: false,
            last_chunk: true,
            metadata: None,
        },
    };
    Some(TaskArtifactUpdateEvent {
        task_id: id.to_string(),
        context_id: context.to_owned(),
        artifact: update.artifact,
        append: update.append.then_some(true),
        last_chunk: update.last_chunk.then_some(true),
        metadata: update.metadata.map(|all| all.into_iter().collect()),
    })
}

fn status_event(id: TaskId, context: &str, line: &TaskLine) -> TaskStatusUpdateEvent {
    // What the caller began with is history, and no word of the agent.
    let said = line.message.as_deref().filter(|_| line.kind != "submitted");
    let said = said.and_then(read);
    let data: Option<Value> = line.data.as_deref().and_then(read);
    let member = |name: &str| data.as_ref()?.get(name).cloned();
    let detail = member("detail");
    let detail = detail.as_ref().and_then(Value::as_str);
    TaskStatusUpdateEvent {
        task_id: id.to_string(),
        context_id: context.to_owned(),
        status: status(id, context, line.state, said, detail, line.at),
        metadata: member("metadata").and_then(|json| serde_json::from_value(json).ok()),
    }
}

/// Where a task stands. Where the agent says nothing about a bad end, the
/// gateway says why.
fn status(
    id: TaskId,
    context: &str,
    now: TaskState,
    said: Option<Message>,
    detail: Option<&str>,
    at: UnixMillis,
) -> TaskStatus {
    let task = id.to_string();
    let explain = |text: &str| {
        let name = format!("{task}-{}", now.name());
        message::of_gateway(name, &task, context, text)
    };
    let detail = detail.filter(|_| now.is_terminal());
    TaskStatus {
        state: state(now),
        message: said.or_else(|| detail.map(explain)),
        timestamp: timestamp(at),
    }
}

fn artifacts(snapshot: &Snapshot) -> Vec<Artifact> {
    match (&snapshot.artifacts, &snapshot.task.output) {
        (Some(known), _) => Artifacts::read(Some(known)).into_inner(),
        (None, Some(output))
            if snapshot.task.state == TaskState::Completed && !snapshot.is_direct =>
        {
            vec![artifact::of_answer(output)]
        }
        _ => Vec::new(),
    }
}

fn history(snapshot: &Snapshot) -> Option<Vec<Message>> {
    let mut said: Vec<Message> = snapshot
        .history
        .iter()
        .filter_map(|one| read(one))
        .collect();
    if snapshot.is_whole
        && let Some(input) = &snapshot.input
    {
        let task = &snapshot.task;
        let first = message::of_input(&task.id.to_string(), &task.context, input);
        said.insert(0, first);
    }
    (!said.is_empty()).then_some(said)
}

/// What a row holds in A2A's JSON was written by us.
fn read<T: DeserializeOwned>(json: &RawValue) -> Option<T> {
    serde_json::from_str(json.get())
        .inspect_err(|error| tracing::error!(%error, "a row's A2A object cannot be read"))
        .ok()
}
