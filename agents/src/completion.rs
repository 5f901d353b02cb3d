//! A model's answer.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::id::Id;

/// What a model wrote, however it came.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Completion {
    /// The text, as the model wrote it.
    pub(crate) text: String,
    /// Why the model stopped. Without one a streamed answer is not whole.
    pub(crate) finish_reason: Option<String>,
    model: Option<String>,
    created: Option<Value>,
    usage: Option<Value>,
}

/// A `chat.completion`, or one `chat.completion.chunk` of a stream.
#[derive(Debug, Deserialize)]
pub(crate) struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    model: Option<String>,
    created: Option<Value>,
    usage: Option<Value>,
    error: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    message: Option<Part>,
    delta: Option<Part>,
    finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Part {
    content: Option<String>,
}

/// The documents a finished task read and left in memory.
#[derive(Debug, Serialize)]
pub(crate) struct Attach<'a> {
    /// The plan that was followed, if there was one.
    pub(crate) plan_id: Option<&'a Id>,
    /// The code.
    pub(crate) code_id: &'a Id,
    /// The earlier answers that the model was shown, the best first.
    pub(crate) reused: &'a [Id],
}

impl Completion {
    /// Adds what `chunk` brings.
    ///
    /// # Errors
    ///
    /// The engine's words, when the chunk says that the engine failed.
    pub(crate) fn absorb(&mut self, chunk: Chunk) -> Result<(), String> {
        if let Some(error) = chunk.error {
            return Err(words(&error));
        }
        if let Some(choice) = chunk.choices.into_iter().next() {
            let text = choice.message.or(choice.delta).and_then(|p| p.content);
            self.text.push_str(text.as_deref().unwrap_or_default());
            self.finish_reason = choice.finish_reason.or(self.finish_reason.take());
        }
        self.model = chunk.model.or(self.model.take());
        self.created = chunk.created.or(self.created.take());
        self.usage = chunk.usage.or(self.usage.take());
        Ok(())
    }

    /// The answer to the gateway's call for `task`: an OpenAI `chat.completion`
    /// with one member more, `attach`.
    pub(crate) fn into_answer(self, task: &Id, attach: &Attach<'_>) -> Value {
        let mut answer = json!({
            "id": format!("chatcmpl-{task}"),
            "object": "chat.completion",
            "created": self.created.unwrap_or_else(|| json!(0)),
            "model": self.model.unwrap_or_default(),
            "choices": [{
                "index": 0,
                "message": { "role": "assistant", "content": self.text },
                "finish_reason": self.finish_reason.as_deref().unwrap_or("stop"),
            }],
            "attach": attach,
        });
        if let (Some(usage), Some(answer)) = (self.usage, answer.as_object_mut()) {
            answer.insert("usage".to_owned(), usage);
        }
        answer
    }
}

/// What an agent's answer says: the text of a chat answer, or of artifacts.
pub(crate) fn text_of(answer: &Value) -> Option<String> {
    let said = answer.pointer("/choices/0/message/content");
    if let Some(said) = said.and_then(Value::as_str) {
        return Some(said.to_owned());
    }
    let artifacts = answer.get("artifacts").unwrap_or(answer).as_array()?;
    let parts = artifacts.iter().filter_map(|one| one["parts"].as_array());
    let texts = parts.flatten().filter_map(|part| part["text"].as_str());
    Some(texts.collect()).filter(|text: &String| !text.is_empty())
}

/// What an error body says, in at most 500 characters, whichever of the usual
/// shapes it has: `{"detail"}`, `{"error"}`, `{"message"}`, or these nested.
pub(crate) fn words(error: &Value) -> String {
    let inner = ["detail", "error", "message"]
        .iter()
        .find_map(|&name| error.get(name));
    match (inner, error) {
        (Some(inner), _) => words(inner),
        (None, Value::String(text)) => text.chars().take(500).collect(),
        (None, other) => other.to_string().chars().take(500).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_understood_in_every_usual_shape() {
        for error in [
            json!("no room"),
            json!({ "detail": "no room" }),
            json!({ "error": "no room" }),
            json!({ "error": { "message": "no room", "code": 3 } }),
        ] {
            assert_eq!(words(&error), "no room", "{error}");
        }
        assert_eq!(words(&json!({ "code": 3 })), r#"{"code":3}"#);
    }

    #[test]
    fn an_answer_is_understood_as_a_chat_and_as_artifacts() {
        let artifacts = json!([{ "parts": [{ "text": "a" }, { "data": 1 }, { "text": "b" }] }]);
        let chat = json!({ "choices": [{ "message": { "content": "ab" } }] });
        for answer in [chat, json!({ "artifacts": artifacts }), artifacts] {
            assert_eq!(text_of(&answer).as_deref(), Some("ab"), "{answer}");
        }
        for answer in [json!(null), json!([]), json!({ "count": 1 })] {
            assert_eq!(text_of(&answer), None, "{answer}");
        }
    }
}
