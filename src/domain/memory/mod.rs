//! What shared memory holds, and how it is searched.

pub mod cursor;
mod excerpt;
pub mod line;
pub mod query;
pub mod rank;
pub mod snippet;
pub mod words;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use excerpt::excerpt;

use crate::domain::{
    id::{Owner, SessionId, TaskId},
    time::UnixMillis,
};

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// What was asked of an engine.
    Prompt,
    /// What the engine answered.
    Response,
    /// A task was accepted.
    TaskSent,
    /// A task ended.
    TaskResult,
    /// Someone wrote a document: the planner's plan, the coder's code.
    Document,
    /// A program's log line, sent to `/v1/logs`.
    Log,
}

impl EventKind {
    /// Every kind there is.
    pub const ALL: [Self; 6] = [
        Self::Prompt,
        Self::Response,
        Self::TaskSent,
        Self::TaskResult,
        Self::Document,
        Self::Log,
    ];

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The word in the row and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Response => "response",
            Self::TaskSent => "task_sent",
            Self::TaskResult => "task_result",
            Self::Document => "document",
            Self::Log => "log",
        }
    }
}

/// One entry of shared memory. Its text is redacted before it gets here;
/// fields that do not apply are absent.
#[derive(Clone, Debug)]
pub struct MemoryEvent {
    /// uuid v7: newest first is the order of ids, backwards.
    pub id: uuid::Uuid,
    /// When it happened.
    pub at: UnixMillis,
    /// What happened.
    pub kind: EventKind,
    /// Who may read it.
    pub owner: Owner,
    /// The session it belongs to.
    pub session: SessionId,
    /// Everything else.
    pub body: EventBody,
}

/// What an event says beside who and when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EventBody {
    /// The request that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The task it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_id: Option<TaskId>,
    /// The task above that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_task_id: Option<TaskId>,
    /// The agent that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The model that was asked or that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// `user` for a prompt, `assistant` for a response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Cow<'static, str>>,
    /// A document's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What was said or written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Where a task ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Cow<'static, str>>,
    /// Where a task went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// How an answer ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Cow<'static, str>>,
    /// Tokens of the text, as billed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// The run that a log line belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// How grave a log line is: `debug`, `info`, `warn`, `error`, `fatal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Cow<'static, str>>,
    /// What had to be left out of the event, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped: Option<Cow<'static, str>>,
    /// Whatever the writer of a document added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

impl MemoryEvent {
    /// An event that happens now. Its id sorts with its time.
    pub fn new(
        kind: EventKind,
        owner: Owner,
        session: SessionId,
        now: UnixMillis,
        body: EventBody,
    ) -> Self {
        Self {
            id: uuid::Uuid::now_v7(),
            at: now,
            kind,
            owner,
            session,
            body,
        }
    }
}
