//! What 0.3 asks, as requests of 1.0. What cannot be used is left as it is, so
//! that it is refused where everything is; members that 0.3 does not have are
//! left out, for they mean nothing in it.

mod message;
mod push;

use a2a::{
    A2AError, CancelTaskRequest, DeleteTaskPushNotificationConfigRequest, GetTaskRequest,
    ListTaskPushNotificationConfigsRequest, ListTasksRequest, SendMessageRequest,
    SubscribeToTaskRequest,
};
use serde_json::{Map, Value, json};

use super::{Dialect, words};
use crate::domain::a2a::read;
pub use push::{create_push, key};

/// Messages of a history where 0.3 says all: as many as are shown at most.
const ALL: u32 = 1000;

/// Reads what a message is sent with.
///
/// # Errors
///
/// InvalidParams, with every field that cannot be used, by its name in 1.0.
pub fn send(dialect: Dialect, params: Value) -> Result<SendMessageRequest, A2AError> {
    let Value::Object(mut old) = params else {
        return read::send(params);
    };
    let mut new = picked(&mut old, &["metadata"]);
    // ProtoJSON may also call a field what its definition does.
    if let Some(message) = take(&mut old, "message").or_else(|| take(&mut old, "request")) {
        set(&mut new, "message", message::message(dialect, message));
    }
    let asked = take(&mut old, "configuration");
    set(&mut new, "configuration", configuration(dialect, asked));
    read::send(new.into())
}

/// Reads which task to get.
///
/// # Errors
///
/// InvalidParams.
pub fn get(params: Value) -> Result<GetTaskRequest, A2AError> {
    let Value::Object(mut old) = params else {
        return read::get(params);
    };
    let mut new = picked(&mut old, &["id"]);
    set(&mut new, "historyLength", history(&mut old));
    read::get(new.into())
}

/// Reads which task to cancel.
///
/// # Errors
///
/// InvalidParams.
pub fn cancel(params: Value) -> Result<CancelTaskRequest, A2AError> {
    read::cancel(known(params, &["id", "metadata"]))
}

/// Reads which task to watch.
///
/// # Errors
///
/// InvalidParams.
pub fn resubscribe(params: Value) -> Result<SubscribeToTaskRequest, A2AError> {
    read::subscribe(known(params, &["id"]))
}

/// Reads which tasks to list.
///
/// # Errors
///
/// InvalidParams.
pub fn list(dialect: Dialect, mut query: Map<String, Value>) -> Result<ListTasksRequest, A2AError> {
    query.remove("tenant");
    if let Some(state) = query.remove("status") {
        set(&mut query, "status", words::asked_state(dialect, state));
    }
    read::list(query.into())
}

/// Reads which task's webhooks to list.
///
/// # Errors
///
/// InvalidParams.
pub fn list_push(params: Value) -> Result<ListTaskPushNotificationConfigsRequest, A2AError> {
    read::list_push(key(params))
}

/// Reads which webhook of which task to delete.
///
/// # Errors
///
/// InvalidParams.
pub fn delete_push(params: Value) -> Result<DeleteTaskPushNotificationConfigRequest, A2AError> {
    read::delete_push(key(params))
}

fn configuration(dialect: Dialect, asked: Option<Value>) -> Value {
    // A writer of ProtoJSON leaves out what is false, but not the object around.
    let blocks = asked.is_none() || dialect == Dialect::Rpc;
    let mut old = match asked {
        Some(Value::Object(old)) => old,
        None => Map::new(),
        Some(other) => return other,
    };
    let mut new = picked(&mut old, &["acceptedOutputModes"]);
    set(&mut new, "historyLength", history(&mut old));
    let blocking = take(&mut old, "blocking").unwrap_or(json!(blocks));
    set(&mut new, "returnImmediately", opposite(blocking));
    let name = match dialect {
        Dialect::Rpc => "pushNotificationConfig",
        Dialect::Rest(_) => "pushNotification",
    };
    if let Some(hook) = take(&mut old, name) {
        set(&mut new, "taskPushNotificationConfig", push::webhook(hook));
    }
    new.into()
}

/// In 0.3 nothing and 0 are all.
fn history(old: &mut Map<String, Value>) -> Value {
    let asked = take(old, "historyLength").unwrap_or(json!(0));
    let is_all = asked.as_f64() == Some(0.0) || asked == "0";
    if is_all { json!(ALL) } else { asked }
}

fn opposite(flag: Value) -> Value {
    match (flag.as_bool(), flag.as_str()) {
        (Some(yes), _) => json!(!yes),
        (_, Some("true")) => json!(false),
        (_, Some("false")) => json!(true),
        _ => flag,
    }
}

/// `params` with nothing in it but `names`.
fn known(params: Value, names: &[&str]) -> Value {
    match params {
        Value::Object(mut old) => picked(&mut old, names).into(),
        other => other,
    }
}

/// These members of `old`.
fn picked(old: &mut Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let known = names.iter().filter_map(|name| {
        let value = take(old, name)?;
        Some(((*name).to_owned(), value))
    });
    known.collect()
}

/// A member by its name in either case; null is none.
fn take(old: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let value = old.remove(name).or_else(|| old.remove(&snake(name)))?;
    Some(value).filter(|value| !value.is_null())
}

/// A text that says something: in ProtoJSON an empty one is none.
fn take_text(old: &mut Map<String, Value>, name: &str) -> Option<Value> {
    take(old, name).filter(|value| value != "")
}

fn set(new: &mut Map<String, Value>, name: &str, value: Value) {
    new.insert(name.to_owned(), value);
}

fn snake(camel: &str) -> String {
    let mut snake = String::with_capacity(camel.len() + 4);
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
