//! Requests of A2A: what is taken can be answered, and means the same again.

use attach_gateway::domain::a2a::{message::input_of, read};
use serde_json::Value;

/// Every reader of a request's parameters.
fn read_all(params: &Value) {
    if let Ok(read) = read::send(params.clone()) {
        let message = &read.message;
        assert!(!message.message_id.is_empty() && !message.parts.is_empty());
        assert_ne!(message.role, ::a2a::Role::Unspecified);
        let again = serde_json::to_value(&read).expect("a request can be written");
        assert_eq!(read::send(again).expect("what was written is read"), read);
        let _ = input_of(message, &[]);
    }
    if let Ok(read) = read::get(params.clone()) {
        assert!(!read.id.is_empty());
    }
    if let Ok(read) = read::push(params.clone()) {
        assert!(!read.url.is_empty() && !read.task_id.is_empty());
    }
    let _ = read::list(params.clone());
    let _ = read::list_push(params.clone());
    let _ = read::cancel(params.clone());
}

#[test]
fn a2a_text() {
    bolero::check!(name = "a2a_text").for_each(|bytes: &[u8]| {
        if let Ok(params) = serde_json::from_slice::<Value>(bytes) {
            read_all(&params);
        }
    });
}

/// Names and values that the readers know, put together by the bytes.
#[test]
fn a2a_made() {
    const WORDS: [&str; 24] = [
        "message", "messageId", "message_id", "role", "parts", "text", "raw", "url", "data",
        "metadata", "configuration", "historyLength", "taskPushNotificationConfig", "taskId", "id",
        "authentication", "scheme", "credentials", "contextId", "ROLE_USER", "YWJj", "status",
        "pageSize", "TASK_STATE_WORKING",
    ];
    fn value(bytes: &mut impl Iterator<Item = u8>, depth: u8) -> Value {
        let word = |byte: u8| WORDS[usize::from(byte) % WORDS.len()];
        match (bytes.next().unwrap_or(0) % 8, depth) {
            (0, _) => Value::Null,
            (1, _) => Value::from(bytes.next().unwrap_or(0)),
            (2, _) => Value::from(f64::from(bytes.next().unwrap_or(0)) / 4.0),
            (3, _) | (_, 0) => Value::from(word(bytes.next().unwrap_or(0))),
            (4, _) => {
                let count = bytes.next().unwrap_or(0) % 4;
                (0..count).map(|_| value(bytes, depth - 1)).collect()
            }
            _ => {
                let count = bytes.next().unwrap_or(0) % 7;
                let member = |_| (word(bytes.next().unwrap_or(0)).to_owned(), value(bytes, depth - 1));
                Value::Object((0..count).map(member).collect())
            }
        }
    }
    bolero::check!(name = "a2a_made").for_each(|bytes: &[u8]| {
        read_all(&value(&mut bytes.iter().copied(), 6));
    });
}
