//! Which behaviour a message asks for.

use a2a::{Message, Part};
use serde_json::json;

use crate::face::Turn;

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    /// Complete, with these words if there are any.
    Complete(Option<&'static str>),
    /// Complete with an artifact.
    Artifact(Product),
    /// Say that it is being worked on, then complete with an artifact.
    Streamed(Product),
    /// An artifact in two chunks.
    Chunked,
    /// A message and no task.
    Direct,
    /// Ask for input.
    AskInput,
    /// Ask for input until the caller is done.
    AskUntilDone,
    /// Ask for credentials.
    AskCredentials,
    /// Ask for credentials, and go on without a word of the caller.
    AwaitCredentials,
    /// Reject.
    Reject,
    /// Fail.
    Fail,
    /// Work until it is canceled.
    Hold,
    /// Work for so many of the suite's timeouts.
    Timeouts(u32, Option<&'static str>),
    /// Work for a second.
    Second,
}

/// What an artifact holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Product {
    Text(&'static str),
    File,
    FileUrl,
    Data,
}

use Behaviour::{
    Artifact, AskCredentials, AskInput, AskUntilDone, AwaitCredentials, Chunked, Complete, Direct,
    Fail, Hold, Reject, Second, Streamed, Timeouts,
};
use Product::{Data, File, FileUrl, Text};

/// How ids of messages, or their first texts, begin. The longest one decides.
pub(super) const PREFIXES: &[(&str, Behaviour)] = &[
    ("tck-complete-task", Complete(Some("Hello from TCK"))),
    (
        "tck-delayed-complete",
        Timeouts(1, Some("Done after delay")),
    ),
    ("tck-long-running", Second),
    ("test-resubscribe-message-id", Timeouts(2, None)),
    (
        "tck-artifact-text",
        Artifact(Text("Generated text content")),
    ),
    ("tck-artifact-file", Artifact(File)),
    ("tck-artifact-file-url", Artifact(FileUrl)),
    ("tck-artifact-data", Artifact(Data)),
    ("tck-message-response", Direct),
    ("tck-input-required", AskInput),
    ("tck-multi-turn", AskUntilDone),
    ("tck-auth-required", AskCredentials),
    ("tck-auth-required-then-complete", AwaitCredentials),
    ("tck-reject-task", Reject),
    ("tck-task-failure", Fail),
    ("tck-cancel", Hold),
    ("tck-stream-001", Streamed(Text("Stream hello from TCK"))),
    ("tck-stream-002", Complete(None)),
    ("tck-stream-003", Streamed(Text("Stream task lifecycle"))),
    ("tck-stream-basic", Streamed(Text("Streamed text content"))),
    ("tck-stream-chunked", Chunked),
    ("tck-stream-ordering-001", Streamed(Text("Ordered output"))),
    (
        "tck-stream-artifact-text",
        Streamed(Text("Streamed text content")),
    ),
    ("tck-stream-artifact-file", Streamed(File)),
    ("tck-stream-artifact-chunked", Chunked),
];

impl Behaviour {
    /// What `turn` asks for.
    pub(super) fn of(turn: &Turn) -> Self {
        let asked = asked(&turn.message);
        let Some(first) = turn.before.first() else {
            return asked.unwrap_or_else(|| otherwise(&turn.message));
        };
        match by_default(first) {
            AskUntilDone if is_done(&turn.message) => Complete(Some("Hello from TCK")),
            AskUntilDone => AskUntilDone,
            // Whatever is said after the credentials were asked for brings them.
            AskCredentials => Complete(Some("credentials received")),
            _ => asked.unwrap_or_else(|| otherwise(&turn.message)),
        }
    }
}

impl Product {
    /// The part that holds it.
    pub(super) fn part(self) -> Part {
        match self {
            Text(text) => Part::text(text),
            File => file(Part::raw(b"tck".to_vec())),
            FileUrl => file(Part::url("https://example.com/output.txt")),
            Data => Part::data(json!({ "key": "value", "count": 42 })),
        }
    }
}

fn file(part: Part) -> Part {
    part.with_filename("output.txt")
        .with_media_type("text/plain")
}

fn by_default(message: &Message) -> Behaviour {
    asked(message).unwrap_or_else(|| otherwise(message))
}

fn asked(message: &Message) -> Option<Behaviour> {
    let first = message.parts.first().and_then(Part::as_text);
    begins(&message.message_id).or_else(|| begins(first?))
}

fn begins(text: &str) -> Option<Behaviour> {
    let known = PREFIXES
        .iter()
        .filter(|(prefix, _)| text.starts_with(prefix));
    known
        .max_by_key(|(prefix, _)| prefix.len())
        .map(|known| known.1)
}

/// The suite for 0.3 wants tasks that stay open, and is known by its ids.
fn otherwise(message: &Message) -> Behaviour {
    let id = &message.message_id;
    if id.starts_with("test-") && id.contains("message-id-") {
        AskInput
    } else {
        Complete(None)
    }
}

fn is_done(message: &Message) -> bool {
    let text = message.text().unwrap_or_default();
    text.trim().eq_ignore_ascii_case("done")
}
