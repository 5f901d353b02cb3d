//! What an agent is asked to do: the task's input.

use a2a::{Message, Part, PartContent};
use serde_json::{Map, Value, json};

use crate::{error::Error, id::Id, subject};

/// The input of a task, checked.
#[derive(Debug)]
pub(crate) struct Input {
    /// The conversation as it was sent. Each message has a role and a content
    /// that is text or a list of parts; at least one is the user's.
    pub(crate) messages: Vec<Value>,
    /// The model to ask; none leaves the choice to the agent.
    pub(crate) model: Option<String>,
    /// Whether the model's answer is to be streamed.
    pub(crate) stream: Option<bool>,
    /// The document that holds the plan.
    pub(crate) mem_id: Option<Id>,
    /// Whether earlier answers are to be reused; none leaves it to the request.
    pub(crate) reuse: Option<bool>,
}

impl Input {
    /// Reads the body of a call. Members it does not know are left out.
    ///
    /// # Errors
    ///
    /// [`Error::NotJson`], or [`Error::Invalid`] with the field's name.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Error> {
        let body: Value = serde_json::from_slice(body).map_err(Error::NotJson)?;
        let Value::Object(body) = body else {
            return Err(invalid("the body", "expected an object"));
        };
        Self::of(body)
    }

    /// Reads a message over A2A: a data part is the body of a call, text parts
    /// are what the user says. The model's answer is streamed unless the data
    /// says otherwise, because whoever speaks A2A can watch.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with the field's name.
    pub(crate) fn of_message(message: &Message) -> Result<Self, Error> {
        let data = message.parts.iter().find_map(|part| match &part.content {
            PartContent::Data(Value::Object(body)) => Some(body.clone()),
            _ => None,
        });
        let mut input = Self::of(data.map_or_else(|| said(message), Ok)?)?;
        input.stream.get_or_insert(true);
        Ok(input)
    }

    fn of(mut body: Map<String, Value>) -> Result<Self, Error> {
        Ok(Self {
            messages: messages(&mut body)?,
            model: optional(&mut body, "model", "expected a model's name")?,
            stream: optional(&mut body, "stream", "expected true or false")?,
            mem_id: optional(&mut body, "mem_id", "expected a document's id")?,
            reuse: optional(&mut body, "reuse", "expected true or false")?,
        })
    }

    /// The text of the user's last message: what this is all about.
    pub(crate) fn request(&self) -> String {
        let last = self.messages.iter().rfind(|m| has_role(m, "user"));
        last.map(text_of).unwrap_or_default()
    }

    /// Whether earlier answers on the same subject are wanted: as the member
    /// `reuse` says, and where it is absent if the request has that word in it.
    pub(crate) fn wants_reuse(&self) -> bool {
        let asks = || subject::asks_for_reuse(&self.request());
        self.reuse.unwrap_or_else(asks)
    }

    /// The conversation to put before a model: `instructions` first, then what
    /// was said, with each of `material` at the end of the user's last message.
    ///
    /// There is one system message at most and the turns still alternate,
    /// because many models' chat templates refuse anything else.
    pub(crate) fn prompt(&self, instructions: &str, material: &[String]) -> Vec<Value> {
        let (theirs, mut turns): (Vec<_>, Vec<_>) = self
            .messages
            .iter()
            .cloned()
            .partition(|message| has_role(message, "system"));
        let last = turns.iter_mut().rfind(|message| has_role(message, "user"));
        if let (Some(last), false) = (last, material.is_empty()) {
            append(last, &format!("\n\n{}", material.join("\n\n")));
        }
        let theirs = theirs.iter().map(text_of);
        let system: Vec<_> = std::iter::once(instructions.to_owned())
            .chain(theirs)
            .collect();
        let system = json!({ "role": "system", "content": system.join("\n\n") });
        std::iter::once(system).chain(turns).collect()
    }
}

/// The text parts of a message as the body of a call.
fn said(message: &Message) -> Result<Map<String, Value>, Error> {
    let texts: Vec<_> = message.parts.iter().filter_map(Part::as_text).collect();
    if texts.is_empty() {
        return Err(invalid("parts", "expected text, or an object as data"));
    }
    let said = json!([{ "role": "user", "content": texts.join("\n") }]);
    Ok(Map::from_iter([("messages".to_owned(), said)]))
}

fn messages(body: &mut Map<String, Value>) -> Result<Vec<Value>, Error> {
    let messages = match body.remove("messages") {
        Some(Value::Array(messages)) => messages,
        Some(_) => return Err(invalid("messages", "expected a list of messages")),
        None => return Err(invalid("messages", "missing")),
    };
    for (n, message) in messages.iter().enumerate() {
        if !message["role"].is_string() {
            return Err(invalid(format!("messages[{n}].role"), "expected a text"));
        }
        if !(message["content"].is_string() || message["content"].is_array()) {
            let problem = "expected a text or a list of parts";
            return Err(invalid(format!("messages[{n}].content"), problem));
        }
    }
    if !messages.iter().any(|message| has_role(message, "user")) {
        return Err(invalid("messages", "expected a message of the user"));
    }
    Ok(messages)
}

fn optional<T: serde::de::DeserializeOwned>(
    body: &mut Map<String, Value>,
    field: &str,
    expected: &str,
) -> Result<Option<T>, Error> {
    let value = body.remove(field).unwrap_or_default();
    serde_json::from_value(value).map_err(|_| invalid(field, expected))
}

fn invalid(field: impl Into<String>, problem: &str) -> Error {
    let (field, problem) = (field.into(), problem.to_owned());
    Error::Invalid { field, problem }
}

fn has_role(message: &Value, role: &str) -> bool {
    message["role"] == role
}

fn text_of(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|p| p["text"].as_str()).collect(),
        _ => String::new(),
    }
}

fn append(message: &mut Value, text: &str) {
    match message.get_mut("content") {
        Some(Value::String(content)) => content.push_str(text),
        Some(Value::Array(parts)) => parts.push(json!({ "type": "text", "text": text })),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_field_is_named() {
        for (body, detail) in [
            ("{}", "messages: missing"),
            ("[]", "the body: expected an object"),
            (
                r#"{"messages":"hi"}"#,
                "messages: expected a list of messages",
            ),
            (
                r#"{"messages":[]}"#,
                "messages: expected a message of the user",
            ),
            (
                r#"{"messages":["hi"]}"#,
                "messages[0].role: expected a text",
            ),
            (
                r#"{"messages":[{"role":"user"}]}"#,
                "messages[0].content: expected a text or a list of parts",
            ),
            (
                r#"{"messages":[{"role":"user","content":"hi"}],"stream":"yes"}"#,
                "stream: expected true or false",
            ),
            (
                r#"{"messages":[{"role":"user","content":"hi"}],"reuse":1}"#,
                "reuse: expected true or false",
            ),
            (
                r#"{"messages":[{"role":"user","content":"hi"}],"mem_id":"../a"}"#,
                "mem_id: expected a document's id",
            ),
        ] {
            let error = Input::read(body.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), detail, "{body}");
        }
    }

    #[test]
    fn a_prompt_keeps_the_turns_and_has_one_system_message() {
        let body = json!({ "model": null, "messages": [
            { "role": "user", "content": "sort a list" },
            { "role": "assistant", "content": "in what language?" },
            { "role": "system", "content": "be brief" },
            { "role": "user", "content": [{ "type": "text", "text": "rust" }] },
        ] });
        let input = Input::read(body.to_string().as_bytes()).unwrap();
        assert_eq!((input.request().as_str(), &input.model), ("rust", &None));
        let material = ["The plan:\n1. sort".to_owned()];
        let prompt = json!([
            { "role": "system", "content": "write code\n\nbe brief" },
            { "role": "user", "content": "sort a list" },
            { "role": "assistant", "content": "in what language?" },
            { "role": "user", "content": [
                { "type": "text", "text": "rust" },
                { "type": "text", "text": "\n\nThe plan:\n1. sort" },
            ] },
        ]);
        assert_eq!(json!(input.prompt("write code", &material)), prompt);
    }

    #[test]
    fn the_member_decides_about_reuse_and_else_the_last_request() {
        for (said, member, wants) in [
            ("sort a list", Value::Null, false),
            ("Reuse the sorter", Value::Null, true),
            ("sort a list", json!(true), true),
            ("how do I reuse a socket?", json!(false), false),
        ] {
            let turns = ["reuse it", said].map(|text| json!({ "role": "user", "content": text }));
            let body = json!({ "messages": turns, "reuse": member });
            let input = Input::read(body.to_string().as_bytes()).unwrap();
            assert_eq!(input.wants_reuse(), wants, "{body}");
        }
    }
}
