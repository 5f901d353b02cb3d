//! The end of a stream that the gateway cuts off: in the words of its dialect, so
//! that whoever reads it takes it for a whole answer that reached its length.

mod choices;
mod messages;
mod native;
mod responses;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::Dialect;
use crate::domain::{
    chat::{
        Kind,
        member::{self, Raw},
    },
    time::UnixMillis,
};
use choices::Choices;
use messages::Blocks;
use native::Form;
use responses::Items;

/// The longest id that is kept, in bytes.
const MOST_ID: usize = 256;
/// Choices, blocks or items that are remembered at most.
const MOST_OPEN: usize = 128;

/// What is remembered of a stream so that it can be ended: a bounded part.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// OpenAI's chat and its older completions.
    Choices(Choices),
    /// Ollama's own lines.
    Lines(Form),
    /// Anthropic's messages.
    Blocks(Blocks),
    /// OpenAI's responses.
    Items(Box<Items>),
}

impl Shape {
    /// What to remember of an answer of this kind; `None` where its stream is in
    /// no dialect that is known.
    pub(super) fn of(dialect: Dialect, kind: Kind) -> Option<Self> {
        match (dialect, kind) {
            (Dialect::Sse, Kind::Chat) => Some(Self::Choices(Choices::chat())),
            (Dialect::Sse, Kind::Completion) => Some(Self::Choices(Choices::completion())),
            (Dialect::Sse, Kind::Responses) => Some(Self::Items(Box::default())),
            (Dialect::Sse, Kind::Messages) => Some(Self::Blocks(Blocks::default())),
            (Dialect::Ndjson, Kind::NativeChat) => Some(Self::Lines(Form::Chat)),
            (Dialect::Ndjson, Kind::NativeGenerate) => Some(Self::Lines(Form::Generate)),
            _ => None,
        }
    }

    /// Remembers one event of the engine.
    pub(super) fn note(&mut self, event: &str) {
        match self {
            Self::Choices(choices) => choices.note(event),
            Self::Lines(_) => {}
            Self::Blocks(blocks) => blocks.note(event),
            Self::Items(items) => items.note(event),
        }
    }
}

/// What is said at the end.
#[derive(Clone, Copy, Debug)]
pub struct Last<'a> {
    /// The model that answered.
    pub model: &'a str,
    /// Tokens of the prompt.
    pub input: u64,
    /// Tokens of the answer, as far as it was passed on.
    pub output: u64,
    /// Whether the caller asked for usage at the end of the stream.
    pub tells_usage: bool,
    /// Why it ends here: `token_quota`, `quota_unavailable`.
    pub why: &'static str,
    /// When it ends.
    pub at: UnixMillis,
}

/// The end of one stream, still to be filled in.
#[derive(Clone, Debug)]
pub struct Closing {
    shape: Option<Shape>,
    after_return: bool,
}

impl Closing {
    pub(super) fn new(shape: Option<Shape>, after_return: bool) -> Self {
        Self {
            shape,
            after_return,
        }
    }

    /// What follows the engine's last event: whole events, the reason
    /// in a member `attach`. Empty for a stream of unknown dialect,
    /// which just ends.
    pub fn text(&self, last: &Last<'_>) -> String {
        let Some(shape) = &self.shape else {
            return String::new();
        };
        let text = match shape {
            Shape::Choices(choices) => choices.end(last),
            Shape::Lines(form) => form.end(last),
            Shape::Blocks(blocks) => blocks.end(last),
            Shape::Items(items) => items.end(last),
        };
        match self.after_return {
            // The other half of the engine's line end.
            true => format!("\n{text}"),
            false => text,
        }
    }
}

/// The member that says why.
fn reason(last: &Last<'_>) -> Value {
    json!({ "reason": last.why })
}

/// One event of a dialect that has no names for them.
fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

/// One event that is named for its `type`.
fn named(data: &Value) -> String {
    let name = data["type"].as_str().unwrap_or("message");
    format!("event: {name}\ndata: {data}\n\n")
}

/// An id, if it is one that can be kept.
fn id_of(raw: Raw<'_>) -> Option<String> {
    let id = member::text(raw).filter(|id| !id.is_empty() && id.len() <= MOST_ID);
    id.map(|id| id.into_owned())
}
