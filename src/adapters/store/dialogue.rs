//! What A2A writes into a task and reads out of it. A2A objects go through as
//! its JSON.

use serde_json::value::RawValue;

use crate::{
    adapters::store::TaskView,
    domain::{
        a2a::push::NewWebhook,
        id::{Owner, TaskId},
        task::{IdempotencyKey, TaskState},
        time::UnixMillis,
    },
};

/// What a completed task's artifacts are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Product {
    /// There are none, or those that were told before.
    #[default]
    Told,
    /// The output is the one artifact.
    Output,
    /// This JSON array of Artifacts.
    Artifacts(String),
}

/// An agent waits for the caller.
#[derive(Clone, Debug)]
pub struct Pause {
    /// Input or credentials required.
    pub state: TaskState,
    /// What it says, a Message.
    pub message: Option<String>,
    /// All Artifacts so far, a JSON array.
    pub artifacts: String,
    /// The agent's own metadata of the task, an object.
    pub metadata: Option<String>,
}

/// What the agent calls a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Its task.
    pub task: String,
    /// Its context.
    pub context: Option<String>,
}

/// A message for a task that is there.
#[derive(Clone, Debug)]
pub struct FollowUp {
    /// The task.
    pub id: TaskId,
    /// Who says it.
    pub owner: Owner,
    /// As [`Request`](crate::domain::a2a::message::Request) writes itself.
    pub request: String,
    /// The caller's `Idempotency-Key` with the digest of the request.
    pub key: Option<IdempotencyKey>,
    /// Who is to be told of what happens from here on.
    pub webhook: Option<NewWebhook>,
}

/// Where a task stands, and nothing of what it holds.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its state.
    pub state: TaskState,
    /// Where it goes.
    pub target: String,
    /// The conversation.
    pub context: String,
}

/// Some of an owner's tasks.
#[derive(Clone, Debug)]
pub struct Page {
    /// The last changed first.
    pub tasks: Vec<Snapshot>,
    /// Whether there are more after the last of them.
    pub is_more: bool,
    /// How many there are without `after` and `limit`, if that was asked.
    pub total: Option<u64>,
}

/// A task with everything an A2A Task shows, as of one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The row.
    pub task: TaskView,
    /// The number of its newest event: it only grows.
    pub generation: i64,
    /// What its status says, a Message.
    pub message: Option<Box<RawValue>>,
    /// Whether that Message is the whole answer.
    pub is_direct: bool,
    /// Whether its agent has made a task of it.
    pub is_attached: bool,
    /// The input, where there is no first Message.
    pub input: Option<String>,
    /// Its Artifacts, a JSON array; `None`: the output is the one artifact, if
    /// there is an output.
    pub artifacts: Option<String>,
    /// The agent's own metadata of the task, an object.
    pub metadata: Option<Box<RawValue>>,
    /// Messages, the oldest first, at most as many as were asked for, without
    /// the one the status says.
    pub history: Vec<Box<RawValue>>,
    /// Whether `history` goes back to the beginning of the task, and has room
    /// for one more.
    pub is_whole: bool,
}

/// How much of a task to read.
#[derive(Clone, Copy, Debug)]
pub struct Depth {
    /// Messages of its history, the newest.
    pub history: u32,
    /// Whether artifacts, and the output, are read.
    pub artifacts: bool,
}

/// Which of an owner's tasks to list, the last changed first.
#[derive(Clone, Debug)]
pub struct Recent {
    /// Whose.
    pub owner: Owner,
    /// At which agent.
    pub target: String,
    /// Whether those are left out whose agent made no task, but answered with a
    /// message.
    pub leaves_out_direct: bool,
    /// Only of this context.
    pub context: Option<String>,
    /// Only in this state.
    pub state: Option<TaskState>,
    /// Only those whose status is of this moment or later.
    pub since: Option<UnixMillis>,
    /// Only those after this one in the list: when it changed last, and its id.
    pub after: Option<(UnixMillis, TaskId)>,
    /// At most so many.
    pub limit: u32,
    /// No more once so many bytes were read; one task at least is.
    pub max_bytes: usize,
    /// Whether all of them are counted.
    pub is_counted: bool,
    /// How much of each.
    pub depth: Depth,
}
