//! What shared memory holds.

use serde::Serialize;
use serde_json::Value;

use crate::domain::{
    id::{Owner, SessionId, TaskId},
    time::UnixMillis,
};

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
}

impl EventKind {
    /// The word in the row and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Response => "response",
            Self::TaskSent => "task_sent",
            Self::TaskResult => "task_result",
            Self::Document => "document",
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
#[derive(Clone, Debug, Default, Serialize)]
pub struct EventBody {
    /// The request that caused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The task it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_id: Option<TaskId>,
    /// The task above that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_task_id: Option<TaskId>,
    /// The agent that wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The model that was asked or that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// `user` for a prompt, `assistant` for a response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<&'static str>,
    /// A document's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What was said or written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Where a task ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'static str>,
    /// Where a task went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// How an answer ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<&'static str>,
    /// Tokens of the text, as billed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// Whatever the writer of a document added.
    #[serde(skip_serializing_if = "Option::is_none")]
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

/// The longest word that may hold a secret, in bytes.
const WORD: usize = 8 * 1024;

/// Cuts `text` to `limit` bytes and to whole words: a secret that the cut went
/// through would not be known for one. Text that comes cut to `limit` by others
/// is cut at its last word too.
pub fn excerpt(text: &mut String, limit: usize) {
    // Others cut between characters, so up to three bytes short.
    if text.len() + 4 <= limit {
        return;
    }
    let end = text.floor_char_boundary(limit);
    let word = text[..end].rfind(char::is_whitespace);
    let near = word.filter(|at| end - at <= WORD);
    let far = text.floor_char_boundary(end.saturating_sub(WORD));
    text.truncate(near.unwrap_or(far));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, limit: usize) -> String {
        let mut text = text.to_owned();
        excerpt(&mut text, limit);
        text
    }

    #[test]
    fn a_cut_never_goes_through_a_word() {
        assert_eq!(cut("short", 20), "short");
        assert_eq!(cut("one two sk-secret", 14), "one two");
        assert_eq!(cut("one two sk-secre", 16), "one two");
        assert_eq!(cut(&"x".repeat(100), 50), "");
        assert_eq!(cut(&"é".repeat(20_000), 30_001).len(), 30_000 - WORD);
    }
}
