//! What goes into the store and what comes out.

use serde::Serialize;
use serde_json::value::RawValue;

use super::dialogue::{Product, Remote};
use crate::domain::{
    id::{Owner, SessionId, TaskId},
    identity::Scopes,
    sought::Sought,
    task::{Attempt, TaskState},
    time::UnixMillis,
    trace::Trace,
};

/// What became of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// A new row.
    New(TaskId),
    /// The same key and request were accepted before.
    Existing(TaskId),
}

/// A task that this process now works on.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Fences everything written about it.
    pub attempt: Attempt,
    /// Claims that count as tries, this one included.
    pub tries: u32,
    /// Why the last try failed, if there was one.
    pub detail: Option<String>,
    /// The person.
    pub owner: Owner,
    /// The session of the hand-off.
    pub session: SessionId,
    /// The task that handed it off.
    pub parent: Option<TaskId>,
    /// Hand-offs above it.
    pub depth: u32,
    /// Agents it came through, nearest first.
    pub actors: Vec<String>,
    /// What its agent may do.
    pub scopes: Scopes,
    /// Where it goes, as the row says.
    pub target: String,
    /// What to post.
    pub input: String,
    /// The conversation.
    pub context: String,
    /// What to send to an A2A agent, as
    /// [`Request`](crate::domain::a2a::message::Request) writes itself; `None`
    /// for a task of another face.
    pub request: Option<String>,
    /// What its agent calls it, if it took it before.
    pub remote: Option<Remote>,
    /// The trace it belongs to.
    pub trace: Option<Trace>,
    /// Where the agent asked something, the answer that `request` is.
    pub answer: Option<Answer>,
}

/// What a caller said to a task that was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The number of its event: no two answers of a task have the same.
    pub seq: i64,
    /// The attempt that had asked.
    pub asked_by: u32,
}

impl Claimed {
    /// Whether an attempt before this one may have sent `request`.
    pub fn may_be_sent(&self) -> bool {
        let before = self.answer.map_or(0, |answer| answer.asked_by);
        self.attempt.number > before + 1
    }
}

/// How an attempt ended for good.
#[derive(Clone, Debug)]
pub struct Finish {
    /// Completed, failed, canceled by the agent, or rejected.
    pub state: TaskState,
    /// The result, JSON.
    pub output: String,
    /// A failure, in words.
    pub detail: Option<String>,
    /// What it came to.
    pub artifacts: Product,
    /// What the agent says, an A2A Message.
    pub message: Option<String>,
    /// Whether that Message is the whole answer.
    pub is_direct: bool,
    /// The agent's own metadata of the task, an object.
    pub metadata: Option<String>,
}

impl Finish {
    /// The end of a task whose output is all there is to it.
    pub fn new(state: TaskState, output: String, detail: Option<String>) -> Self {
        let artifacts = match state {
            TaskState::Completed => Product::Output,
            _ => Product::Told,
        };
        Self {
            state,
            output,
            detail,
            artifacts,
            message: None,
            is_direct: false,
            metadata: None,
        }
    }
}

/// When an attempt is to be followed by another.
#[derive(Clone, Debug)]
pub struct Retry {
    /// When.
    pub due: UnixMillis,
    /// Why, in words.
    pub detail: Option<String>,
    /// Whether this attempt counts as a try.
    pub counted: bool,
}

/// How many tasks stand where.
#[derive(Clone, Debug, Default)]
pub struct TaskCounts {
    /// Those that have not ended, counted now.
    pub open: Vec<(TaskState, u64)>,
    /// Those that ended since this process started.
    pub ended: Vec<(TaskState, u64)>,
}

/// A task as its owner sees it.
#[derive(Clone, Debug)]
pub struct TaskView {
    /// Its name.
    pub id: TaskId,
    /// Whose it is.
    pub owner: Owner,
    /// The session of the hand-off.
    pub session: SessionId,
    /// The conversation.
    pub context: String,
    /// Who handed it off.
    pub parent: Option<TaskId>,
    /// Hand-offs above it.
    pub depth: u32,
    /// Where it goes.
    pub target: String,
    /// Where it stands.
    pub state: TaskState,
    /// Why it waits or failed, in words.
    pub detail: Option<String>,
    /// Claims so far.
    pub attempt: u32,
    /// The result, JSON as the agent wrote it.
    pub output: Option<Box<RawValue>>,
    /// The beginning of what was asked; only in lists.
    pub title: Option<String>,
    /// Accepted at.
    pub created_at: UnixMillis,
    /// Last changed at.
    pub updated_at: UnixMillis,
}

/// One line of a task's history: a row of `task_event`.
#[derive(Clone, Debug, Serialize)]
pub struct TaskLine {
    /// 1, 2, 3 … within the task.
    pub seq: i64,
    /// When.
    pub at: UnixMillis,
    /// What happened.
    pub kind: String,
    /// Where the task stood then.
    pub state: TaskState,
    /// Which attempt.
    pub attempt: u32,
    /// More about it.
    pub data: Option<Box<RawValue>>,
    /// What was said with it, an A2A Message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Box<RawValue>>,
    /// The output of the task, where that is the artifact the line tells of.
    #[serde(skip)]
    pub output: Option<Box<RawValue>>,
}

impl TaskLine {
    /// Whether nothing but documents can follow.
    pub fn is_last(&self) -> bool {
        self.kind == self.state.name() && self.state.is_terminal()
    }
}

/// A webhook of a task, as the command line shows it: nothing of its URL but
/// where it leads.
#[derive(Clone, Debug)]
pub struct WebhookView {
    /// Its name within the task.
    pub id: String,
    /// Host and port of its receiver.
    pub host: String,
    /// The event up to which all is delivered.
    pub sent: i64,
    /// Failures in a row.
    pub failures: u32,
    /// When it is tried next; `None`: all is delivered, or it is given up.
    pub due_at: Option<UnixMillis>,
    /// When it was given up.
    pub dead_at: Option<UnixMillis>,
    /// Why the last delivery failed.
    pub last_error: Option<String>,
}

/// Which of an owner's tasks to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Whose; `None` is everyone's, for the command line on the file.
    pub owner: Option<Owner>,
    /// Only in one of these states; empty is any.
    pub states: Vec<TaskState>,
    /// Only this one.
    pub task: Option<TaskId>,
    /// Only children of this task.
    pub parent: Option<TaskId>,
    /// Only those for this target.
    pub agent: Option<String>,
    /// Only of this session.
    pub session: Option<SessionId>,
    /// Only those that nobody handed off.
    pub is_root: bool,
    /// Only those in which these words are.
    pub sought: Option<Sought>,
    /// Only older ones than this.
    pub before: Option<TaskId>,
    /// At most so many.
    pub limit: u32,
}

/// Part of a list of tasks, newest first.
#[derive(Clone, Debug, Default)]
pub struct TaskPage {
    /// The tasks.
    pub tasks: Vec<TaskView>,
    /// The list goes on with what is older than this. There may be fewer tasks than were
    /// asked for, even none, and more to follow all the same.
    pub next: Option<TaskId>,
}

/// What a hand-off must know of the task it comes from.
#[derive(Clone, Debug)]
pub struct ParentTask {
    /// Where it stands.
    pub state: TaskState,
    /// Hand-offs above it.
    pub depth: u32,
    /// The conversation, which its children share.
    pub context: String,
}
