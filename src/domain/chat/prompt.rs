//! The prompt itself: its text for the memory mirror, its tokens for the quota.

use serde_json::{
    Value,
    value::{Map, RawValue},
};

use super::{Kind, body::Body, member::Raw};
use crate::domain::token::Counter;

/// The text a call adds to its conversation, cut to `limit` bytes: what follows
/// the last answer, one message after another, roles other than `user` named;
/// for a bare prompt its strings, one a line. Empty if the body cannot be read.
/// Earlier messages are skipped over, not read.
pub fn prompt_text(kind: Kind, body: &[u8], limit: usize) -> String {
    let Ok(body) = Body::read(body) else {
        return String::new();
    };
    let mut text = match kind {
        Kind::Chat | Kind::NativeChat | Kind::Messages => news(body.messages, body.system),
        Kind::Responses => news(body.input, body.instructions),
        _ => {
            let prompts = [body.prompt, body.input].into_iter().flatten();
            lines(prompts.filter_map(value_of).map(|prompt| text_of(&prompt)))
        }
    };
    text.truncate(text.floor_char_boundary(limit));
    text
}

/// The messages after the last answer. A system text that stands beside them
/// is new only where there is no answer yet.
fn news(messages: Raw<'_>, system: Raw<'_>) -> String {
    let Some(messages) = messages else {
        return String::new();
    };
    let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(messages.get()) else {
        return value_of(messages).map_or_else(String::new, |input| text_of(&input));
    };
    let mut said = Vec::new();
    let mut first = true;
    for message in items.into_iter().rev().filter_map(value_of) {
        if is_answer(&message) {
            first = false;
            break;
        }
        said.push(line_of(&message));
    }
    let system = system.filter(|_| first).and_then(value_of);
    said.extend(system.map(|system| named("system", text_of(&system))));
    lines(said.into_iter().rev())
}

/// Whether the model wrote it: an answer, or in `/v1/responses` its call of a
/// tool or its reasoning, which have no role.
fn is_answer(message: &Value) -> bool {
    message["role"] == "assistant"
        || message["type"] == "function_call"
        || message["type"] == "reasoning"
}

fn line_of(message: &Value) -> String {
    let (role, content) = match (&message["role"], &message["output"]) {
        (Value::String(role), _) => (role.as_str(), &message["content"]),
        (_, Value::Null) => ("user", &message["content"]),
        (_, output) => ("tool", output),
    };
    named(role, text_of(content))
}

fn named(role: &str, text: String) -> String {
    match role {
        _ if text.is_empty() => text,
        "user" => text,
        _ => format!("{role}: {text}"),
    }
}

/// A string, or the text of parts, one a line.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => lines(parts.iter().map(text_of)),
        Value::Object(part) => {
            let text = part.get("text").or_else(|| part.get("content"));
            text.map_or_else(String::new, text_of)
        }
        _ => String::new(),
    }
}

fn lines(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<_> = texts.filter(|text| !text.is_empty()).collect();
    texts.join("\n")
}

/// The prompt's tokens as the original counts them: 3 for a chat, 4 for each
/// message, those of every string in it, one less where it has a `name`; for
/// other prompts those of the strings. A token id is one. Images are not in it.
/// A body that cannot be read counts as the text it is. It costs a tokenizer's
/// time: see [`Counter::count`].
pub fn prompt_tokens(kind: Kind, bytes: &[u8], counter: &Counter) -> u64 {
    prompt_tokens_within(kind, bytes, counter, u64::MAX).unwrap_or(u64::MAX)
}

/// The same if they are `limit` at most. Counting stops where that is passed.
pub fn prompt_tokens_within(
    kind: Kind,
    bytes: &[u8],
    counter: &Counter,
    limit: u64,
) -> Option<u64> {
    let mut tally = Tally {
        counter,
        left: limit,
        sum: 0,
    };
    tally.body(kind, bytes)?;
    Some(tally.sum)
}

/// A sum of tokens that may not pass a limit: each step is `None` once it does.
struct Tally<'a> {
    counter: &'a Counter,
    left: u64,
    sum: u64,
}

impl Tally<'_> {
    fn body(&mut self, kind: Kind, bytes: &[u8]) -> Option<()> {
        let Ok(body) = Body::read(bytes) else {
            return self.text(&String::from_utf8_lossy(bytes));
        };
        match kind {
            Kind::Chat | Kind::NativeChat | Kind::Messages => {
                self.add(3)?;
                self.messages(body.messages)?;
                self.plain(body.system)
            }
            _ => {
                let texts = [body.prompt, body.input, body.suffix];
                let texts = texts.into_iter().chain([body.system, body.instructions]);
                texts.into_iter().try_for_each(|text| self.plain(text))
            }
        }
    }

    fn messages(&mut self, messages: Raw<'_>) -> Option<()> {
        let Some(raw) = messages else {
            return Some(());
        };
        match value_of(raw) {
            Some(Value::Array(messages)) => messages.iter().try_for_each(|m| self.message(m)),
            Some(other) => self.strings(&other),
            None => self.text(raw.get()),
        }
    }

    fn message(&mut self, message: &Value) -> Option<()> {
        let named = message.get("name").is_some();
        self.add(4 - u64::from(named))?;
        self.strings(message)
    }

    fn plain(&mut self, raw: Raw<'_>) -> Option<()> {
        let Some(raw) = raw else { return Some(()) };
        match value_of(raw) {
            Some(value) => {
                self.add(token_ids(&value))?;
                self.strings(&value)
            }
            None => self.text(raw.get()),
        }
    }

    fn strings(&mut self, value: &Value) -> Option<()> {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter().try_for_each(|item| self.strings(item)),
            Value::Object(members) => self.members(members, false),
            _ => Some(()),
        }
    }

    fn members(&mut self, members: &Map<String, Value>, is_source: bool) -> Option<()> {
        spoken(members, is_source).try_for_each(|(name, value)| match value {
            Value::Object(inner) => self.members(inner, name == "source"),
            _ => self.strings(value),
        })
    }

    fn text(&mut self, text: &str) -> Option<()> {
        let tokens = match self.left < text.len() as u64 {
            true => self.counter.count_within(text, self.left)?,
            false => self.counter.count(text),
        };
        self.add(tokens)
    }

    fn add(&mut self, tokens: u64) -> Option<()> {
        self.left = self.left.checked_sub(tokens)?;
        self.sum = self.sum.saturating_add(tokens);
        Some(())
    }
}

/// Prompts may be lists of token ids, or lists of such lists.
fn token_ids(value: &Value) -> u64 {
    match value {
        Value::Number(_) => 1,
        Value::Array(items) => items.iter().map(token_ids).sum(),
        _ => 0,
    }
}

/// Members whose text does not reach the model: the tags of parts, and the bytes of
/// images and sounds, which would take seconds to tokenise.
const SILENT: [&str; 5] = ["type", "image", "image_url", "images", "input_audio"];

/// The members that reach the model as text; `is_source` says that the object is a
/// `source` of bytes, whose `data` are none. Everywhere else `data` are words, whatever
/// the object calls itself.
fn spoken(
    members: &Map<String, Value>,
    is_source: bool,
) -> impl Iterator<Item = (&String, &Value)> {
    let encoded = is_source && members.get("type").is_some_and(|kind| kind == "base64");
    let bytes = ["data", "media_type"];
    members.iter().filter(move |(name, _)| {
        let is_silent = SILENT.contains(&name.as_str());
        !(is_silent || encoded && bytes.contains(&name.as_str()))
    })
}

/// The value, or `None` if it is nested too deep to be walked.
fn value_of(raw: &RawValue) -> Option<Value> {
    serde_json::from_str(raw.get()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::token::Encoding;

    fn text(kind: Kind, body: &str) -> String {
        prompt_text(kind, body.as_bytes(), 1000)
    }

    fn tokens(kind: Kind, body: &str) -> u64 {
        prompt_tokens(kind, body.as_bytes(), &Counter::load(Encoding::Cl100k))
    }

    #[test]
    fn only_what_follows_the_last_answer_is_new() {
        let first = r#"{"messages":[{"role":"system","content":"be kind"},{"role":"user","content":"hi"}]}"#;
        assert_eq!(text(Kind::Chat, first), "system: be kind\nhi");
        let later = r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"ho"},{"role":"tool","content":"4"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:x"}},{"type":"text","text":"b"}]}]}"#;
        assert_eq!(text(Kind::Chat, later), "tool: 4\na\nb");
    }

    #[test]
    fn a_system_text_beside_the_messages_is_new_once() {
        let first = r#"{"system":[{"type":"text","text":"be kind"}],"messages":[{"role":"user","content":"hi"}]}"#;
        assert_eq!(text(Kind::Messages, first), "system: be kind\nhi");
        let later = r#"{"instructions":"be kind","input":[{"type":"function_call","arguments":"{}"},{"type":"function_call_output","output":"4"}]}"#;
        assert_eq!(text(Kind::Responses, later), "tool: 4");
        let bare = r#"{"input":"hi"}"#;
        assert_eq!(text(Kind::Responses, bare), "hi");
    }

    #[test]
    fn prompts_are_their_strings_and_token_ids_are_no_text() {
        assert_eq!(text(Kind::Completion, r#"{"prompt":["a","b"]}"#), "a\nb");
        assert_eq!(text(Kind::NativeEmbed, r#"{"input":"a"}"#), "a");
        assert_eq!(text(Kind::Embedding, r#"{"input":[1,2]}"#), "");
        assert_eq!(text(Kind::Chat, "nonsense"), "");
        assert_eq!(text(Kind::Chat, r#"{"messages":7}"#), "");
    }

    #[test]
    fn a_cut_falls_between_characters() {
        let body = r#"{"prompt":"aéé"}"#.as_bytes();
        assert_eq!(prompt_text(Kind::Completion, body, 4), "aé");
        assert_eq!(prompt_text(Kind::Completion, body, 0), "");
    }

    #[test]
    fn a_chat_counts_as_the_original_counts_it() {
        // 3 + (4 + user 1 + hello world 2) + (4 + user 1 + hello world 2 + ada 1 - 1)
        let body = r#"{"messages":[{"role":"user","content":"hello world"},{"role":"user","name":"ada","content":[{"type":"text","text":"hello world"}]}]}"#;
        assert_eq!(tokens(Kind::Chat, body), 3 + 7 + 7);
        assert_eq!(tokens(Kind::Chat, r#"{"messages":[]}"#), 3);
    }

    #[test]
    fn images_cost_no_tokens_here_and_token_ids_one_each() {
        let body = r#"{"messages":[{"content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}],"images":["AAAA"]}]}"#;
        assert_eq!(tokens(Kind::Chat, body), 7);
        assert_eq!(tokens(Kind::Embedding, r#"{"input":[[1,2,3],[4]]}"#), 4);
        assert_eq!(
            tokens(Kind::Completion, r#"{"prompt":["hello world","hello"]}"#),
            3
        );
    }

    #[test]
    fn what_calls_itself_encoded_is_text_all_the_same() {
        let message = |rest: &str| {
            format!(r#"{{"messages":[{{"role":"user","content":"hello world"{rest}}}]}}"#)
        };
        let plain = tokens(Kind::Chat, &message(""));
        assert_eq!(tokens(Kind::Chat, &message(r#","type":"base64""#)), plain);
        let part =
            r#"{"messages":[{"role":"user","content":[{"type":"base64","text":"hello world"}]}]}"#;
        assert_eq!(tokens(Kind::Chat, part), plain);
        let document = r#"{"messages":[{"role":"user","content":[{"type":"document","source":{"type":"text","data":"hello world"}}]}]}"#;
        assert_eq!(tokens(Kind::Chat, document), plain);
        let data =
            r#"{"messages":[{"role":"user","content":[{"type":"base64","data":"hello world"}]}]}"#;
        assert_eq!(tokens(Kind::Chat, data), plain);
        let beside = r#"{"messages":[{"role":"user","content":[{"source":{"type":"base64","data":"AAAA","title":"hello world"}}]}]}"#;
        assert_eq!(tokens(Kind::Chat, beside), plain);
    }

    #[test]
    fn what_cannot_be_read_counts_as_the_text_it_is() {
        let counter = Counter::load(Encoding::Cl100k);
        assert_eq!(tokens(Kind::Chat, "hello world"), 2);
        let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
        let body = format!("{{\"messages\":{deep}}}");
        assert_eq!(tokens(Kind::Chat, &body), 3 + counter.count(&deep));
    }

    proptest! {
        #[test]
        fn a_count_up_to_a_limit_is_the_count_or_nothing(content in ".{0,40}", messages in 0usize..4, limit in 0u64..60) {
            let message = serde_json::json!({ "role": "user", "name": "ada", "content": content });
            let body = serde_json::json!({ "messages": vec![message; messages], "input": [content, [1, 2]] });
            let (body, counter) = (body.to_string(), Counter::load(Encoding::Cl100k));
            for kind in [Kind::Chat, Kind::Responses] {
                let all = prompt_tokens(kind, body.as_bytes(), &counter);
                let within = prompt_tokens_within(kind, body.as_bytes(), &counter, limit);
                prop_assert_eq!(within, (all <= limit).then_some(all));
            }
        }

        #[test]
        fn a_body_has_at_most_as_many_tokens_as_bytes(content in ".{0,40}", messages in 1usize..4) {
            let message = serde_json::json!({ "role": "user", "content": content });
            let body = serde_json::json!({ "messages": vec![message; messages] }).to_string();
            prop_assert!(tokens(Kind::Chat, &body) <= body.len() as u64);
        }

        #[test]
        fn text_is_never_longer_than_its_limit(content in ".{0,40}", limit in 0usize..60) {
            let body = serde_json::json!({ "messages": [{ "role": "user", "content": content }] }).to_string();
            prop_assert!(prompt_text(Kind::Chat, body.as_bytes(), limit).len() <= limit);
        }

        #[test]
        fn no_body_panics(bytes in prop::collection::vec(any::<u8>(), 0..128), limit in 0usize..9) {
            let _ = prompt_text(Kind::Responses, &bytes, limit);
        }
    }
}
