//! Events as engines write them: every dialect's members in one struct, each
//! leaf left as written until it is wanted, so that one of a wrong type hides no
//! other.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::chat::member::{self, Raw};

/// One event, or one JSON body.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wire<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Raw<'a>,
    #[serde(borrow)]
    pub(super) model: Raw<'a>,
    #[serde(borrow)]
    pub(super) error: Raw<'a>,
    #[serde(borrow)]
    pub(super) usage: Raw<'a>,
    /// OpenAI's answers, and llama.cpp's own counters beside them.
    #[serde(borrow)]
    pub(super) choices: Option<Vec<Choice<'a>>>,
    #[serde(borrow)]
    pub(super) timings: Raw<'a>,
    /// Ollama's message, or what Anthropic's `message_start` carries.
    #[serde(borrow)]
    pub(super) message: Raw<'a>,
    /// The text of Ollama's generate, or the object a Responses event carries.
    #[serde(borrow)]
    pub(super) response: Raw<'a>,
    #[serde(borrow)]
    pub(super) thinking: Raw<'a>,
    #[serde(borrow)]
    pub(super) done: Raw<'a>,
    #[serde(borrow)]
    pub(super) prompt_eval_count: Raw<'a>,
    #[serde(borrow)]
    pub(super) eval_count: Raw<'a>,
    /// A text in Responses, an object in Anthropic's Messages.
    #[serde(borrow)]
    pub(super) delta: Raw<'a>,
    /// The whole answer: Anthropic's, and that of Responses.
    #[serde(borrow)]
    pub(super) content: Raw<'a>,
    #[serde(borrow)]
    pub(super) output: Raw<'a>,
    /// What an agent of this gateway says beside its answer.
    #[serde(borrow)]
    pub(super) attach: Raw<'a>,
}

/// One of OpenAI's choices.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice<'a> {
    #[serde(borrow)]
    pub(super) index: Raw<'a>,
    #[serde(borrow)]
    pub(super) delta: Option<Piece<'a>>,
    #[serde(borrow)]
    pub(super) message: Raw<'a>,
    #[serde(borrow)]
    pub(super) text: Raw<'a>,
    #[serde(borrow)]
    pub(super) finish_reason: Raw<'a>,
}

/// A message or a part of one, and what else its object says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Piece<'a> {
    #[serde(borrow)]
    pub(super) content: Raw<'a>,
    #[serde(borrow)]
    pub(super) text: Raw<'a>,
    #[serde(borrow)]
    pub(super) refusal: Raw<'a>,
    #[serde(borrow)]
    pub(super) reasoning_content: Raw<'a>,
    #[serde(borrow)]
    pub(super) reasoning: Raw<'a>,
    #[serde(borrow)]
    pub(super) thinking: Raw<'a>,
    #[serde(borrow)]
    pub(super) partial_json: Raw<'a>,
    #[serde(borrow)]
    pub(super) tool_calls: Raw<'a>,
    #[serde(borrow)]
    pub(super) model: Raw<'a>,
    #[serde(borrow)]
    pub(super) usage: Raw<'a>,
    #[serde(borrow, rename = "type")]
    pub(super) kind: Raw<'a>,
}

/// A call of a tool, or a part of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ToolCall<'a> {
    #[serde(borrow)]
    pub(super) function: Raw<'a>,
}

/// What is called, and with what.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Function<'a> {
    #[serde(borrow)]
    pub(super) name: Raw<'a>,
    #[serde(borrow)]
    pub(super) arguments: Raw<'a>,
}

/// Token counts: OpenAI's names, those of Responses and Anthropic, llama.cpp's.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Counts<'a> {
    #[serde(borrow)]
    pub(super) prompt_tokens: Raw<'a>,
    #[serde(borrow)]
    pub(super) completion_tokens: Raw<'a>,
    #[serde(borrow)]
    pub(super) input_tokens: Raw<'a>,
    #[serde(borrow)]
    pub(super) output_tokens: Raw<'a>,
    #[serde(borrow)]
    pub(super) prompt_n: Raw<'a>,
    #[serde(borrow)]
    pub(super) cache_n: Raw<'a>,
    #[serde(borrow)]
    pub(super) predicted_n: Raw<'a>,
}

/// Tokens an engine counts in one call at most; it is wrong if it says more.
pub(super) const MOST_TOKENS: u64 = 1_000_000_000;

/// A count of tokens, cut to [`MOST_TOKENS`].
pub(super) fn tokens(raw: Raw<'_>) -> Option<u64> {
    member::number(raw).map(|tokens| tokens.min(MOST_TOKENS))
}

/// Reads an object or a list; `None` if it is not of that shape.
pub(super) fn read<'a, T: Deserialize<'a>>(raw: Raw<'a>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

impl<'a> Wire<'a> {
    /// Reads one whole event; `None` if it is no JSON object.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        // A derived struct would take a list for its members in order.
        let is_object = text.trim_ascii_start().starts_with('{');
        is_object.then(|| serde_json::from_str(text).ok())?
    }

    /// The text of the first choice, as written, if that is all the event adds.
    pub(super) fn lone_text(&self) -> Raw<'a> {
        let Self {
            error: None,
            choices: Some(choices),
            message: None,
            response: None,
            thinking: None,
            delta: None,
            ..
        } = self
        else {
            return None;
        };
        match choices.as_slice() {
            [choice] => choice.lone_text(),
            _ => None,
        }
    }

    /// What the two ends of a large event say of how the answer ended and what
    /// it cost: a Responses answer repeats its whole text and every tool, the
    /// last line of Ollama's generate carries the whole context. A quote inside
    /// a string is escaped, so text is never taken for a member.
    pub(super) fn skim(head: &'a str, tail: &'a str) -> Self {
        let either = |name| first(head, name).or_else(|| last(tail, name));
        let names_event = |raw: &&RawValue| {
            member::text(Some(raw)).is_some_and(|kind| kind.starts_with("response."))
        };
        let failed = head.trim_ascii_start().strip_prefix("{\"error\":");
        let failed = failed.is_some_and(|error| !error.trim_ascii_start().starts_with("null"));
        Self {
            kind: first(head, "type")
                .filter(names_event)
                .or_else(|| last(tail, "type").filter(names_event)),
            model: either("model"),
            error: failed.then_some(RawValue::TRUE),
            usage: last(tail, "usage"),
            done: either("done"),
            prompt_eval_count: last(tail, "prompt_eval_count"),
            eval_count: last(tail, "eval_count"),
            ..Self::default()
        }
    }
}

impl<'a> Choice<'a> {
    fn lone_text(&self) -> Raw<'a> {
        let Self {
            index,
            delta:
                Some(Piece {
                    content,
                    text: None,
                    refusal: None,
                    reasoning_content: None,
                    reasoning: None,
                    thinking: None,
                    partial_json: None,
                    tool_calls: None,
                    model: None,
                    usage: None,
                    kind: _,
                }),
            message: None,
            text: None,
            finish_reason: None,
        } = self
        else {
            return None;
        };
        let is_first = member::number(*index).unwrap_or(0) == 0;
        content.filter(|raw| is_first && raw.get().starts_with('"'))
    }
}

fn first<'a>(text: &'a str, name: &str) -> Raw<'a> {
    let quoted = format!("\"{name}\":");
    let at = text.find(&quoted)?;
    value_at(&text[at + quoted.len()..])
}

fn last<'a>(text: &'a str, name: &str) -> Raw<'a> {
    let quoted = format!("\"{name}\":");
    let at = text.rfind(&quoted)?;
    value_at(&text[at + quoted.len()..])
}

/// The JSON value a text begins with.
fn value_at(text: &str) -> Raw<'_> {
    let values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let value = values.flatten().next()?;
    (value.get() != "null").then_some(value)
}
