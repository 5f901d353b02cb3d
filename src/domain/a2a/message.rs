//! Messages: what a person's message is to a plain agent, and back.

use a2a::{Message, Part, PartContent, Role};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What an attempt sends to an A2A agent, as the column `request` keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The caller's message, its id unchanged.
    pub message: Message,
    /// Media types the caller can use; empty is any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted_output_modes: Vec<String>,
    /// Metadata of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// URIs of the extensions the caller asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<String>,
}

/// A part that a plain agent cannot take, with its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotText(pub usize);

/// What is posted to a plain agent: a single data part that is an object as it
/// is; else one chat message of all the text, after the `turns` that came
/// before.
///
/// # Errors
///
/// A part is a file that is no text.
pub fn input_of(message: &Message, turns: &[Value]) -> Result<Value, NotText> {
    if let [
        Part {
            content: PartContent::Data(data @ Value::Object(_)),
            ..
        },
    ] = &*message.parts
    {
        return Ok(data.clone());
    }
    let texts = message.parts.iter().enumerate();
    let texts: Vec<String> = texts
        .map(|(at, part)| text_of(part).ok_or(NotText(at)))
        .collect::<Result<_, _>>()?;
    let mut messages = turns.to_vec();
    messages.push(json!({ "role": "user", "content": texts.join("\n") }));
    Ok(json!({ "messages": messages }))
}

/// A part as text: text, text files, and data as JSON.
pub fn text_of(part: &Part) -> Option<String> {
    match &part.content {
        PartContent::Text(text) => Some(text.clone()),
        PartContent::Data(data) => Some(data.to_string()),
        PartContent::Raw(bytes) => {
            let kind = part.media_type.as_deref().unwrap_or_default();
            let textual = kind.starts_with("text/") || kind == "application/json";
            let text = textual.then(|| String::from_utf8(bytes.clone()))?;
            text.ok()
        }
        PartContent::Url(_) => None,
    }
}

/// The message that a task of a plain face began with: its input as data.
pub fn of_input(task: &str, context: &str, input: &str) -> Message {
    Message {
        message_id: task.to_owned(),
        context_id: Some(context.to_owned()),
        task_id: Some(task.to_owned()),
        role: Role::User,
        parts: vec![Part::data(serde_json::from_str(input).unwrap_or_default())],
        metadata: None,
        extensions: None,
        reference_task_ids: None,
    }
}

/// A message in which the gateway itself says something about a task.
pub fn of_gateway(id: String, task: &str, context: &str, text: &str) -> Message {
    Message {
        message_id: id,
        context_id: Some(context.to_owned()),
        task_id: Some(task.to_owned()),
        role: Role::Agent,
        parts: vec![Part::text(text)],
        metadata: None,
        extensions: None,
        reference_task_ids: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(parts: Vec<Part>) -> Message {
        Message::new(Role::User, parts)
    }

    #[test]
    fn one_data_part_is_the_input_itself() {
        let data = json!({"messages": [], "model": "m"});
        let input = input_of(&message(vec![Part::data(data.clone())]), &[]);
        assert_eq!(input, Ok(data.clone()));
        let back = of_input("t", "c", &data.to_string());
        assert_eq!(input_of(&back, &[]), Ok(data));
    }

    #[test]
    fn text_parts_are_one_chat_message_after_what_came_before() {
        let parts = vec![
            Part::text("write"),
            Part::data(json!([1])),
            Part::raw(b"code".to_vec()).with_media_type("text/plain"),
        ];
        let before = json!({"role": "user", "content": "hi"});
        let input = input_of(&message(parts), std::slice::from_ref(&before)).unwrap();
        let asked = json!({"role": "user", "content": "write\n[1]\ncode"});
        assert_eq!(input, json!({"messages": [before, asked]}));
    }

    #[test]
    fn a_file_that_is_no_text_is_refused_by_its_index() {
        let parts = vec![Part::text("see"), Part::url("https://example.com/a.png")];
        assert_eq!(input_of(&message(parts), &[]), Err(NotText(1)));
    }
}
