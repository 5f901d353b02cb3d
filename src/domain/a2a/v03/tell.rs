//! What 0.3 is told, made from the types of 1.0. Their JSON has most names
//! already; only what differs is written anew.

use a2a::{Message, SendMessageResponse, StreamResponse, Task, TaskPushNotificationConfig};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Bytes, Dialect, words};

/// What a message came to: bare in JSON-RPC, under its name in ProtoJSON.
pub fn sent(dialect: Dialect, sent: &SendMessageResponse) -> Value {
    match sent {
        SendMessageResponse::Task(one) => named(dialect, "task", task(dialect, one)),
        SendMessageResponse::Message(one) => named(dialect, "message", message(dialect, one)),
    }
}

/// One event of a stream; `is_final`: the stream closes after it, which an update
/// of the status says.
pub fn event(dialect: Dialect, response: &StreamResponse, is_final: bool) -> Value {
    match response {
        StreamResponse::Task(one) => named(dialect, "task", task(dialect, one)),
        StreamResponse::Message(one) => named(dialect, "message", message(dialect, one)),
        StreamResponse::StatusUpdate(update) => {
            let mut json = of_kind(dialect, "status-update", update);
            status(dialect, &mut json);
            json["final"] = json!(is_final);
            named(dialect, "statusUpdate", json)
        }
        StreamResponse::ArtifactUpdate(update) => {
            let mut json = of_kind(dialect, "artifact-update", update);
            parts(dialect, &mut json["artifact"]);
            named(dialect, "artifactUpdate", json)
        }
    }
}

/// A task.
pub fn task(dialect: Dialect, task: &Task) -> Value {
    let mut json = of_kind(dialect, "task", task);
    status(dialect, &mut json);
    for one in each(&mut json, "history") {
        as_message(dialect, one);
    }
    for artifact in each(&mut json, "artifacts") {
        parts(dialect, artifact);
    }
    json
}

/// A message.
pub fn message(dialect: Dialect, message: &Message) -> Value {
    let mut json = value(message);
    as_message(dialect, &mut json);
    json
}

/// A webhook with its task.
pub fn webhook(dialect: Dialect, config: &TaskPushNotificationConfig) -> Value {
    let mut inner = json!({ "url": config.url });
    for (name, text) in [("id", &config.id), ("token", &config.token)] {
        if let Some(text) = text {
            inner[name] = json!(text);
        }
    }
    if let Some(how) = &config.authentication {
        inner["authentication"] = json!({ "schemes": [how.scheme] });
        if let Some(credentials) = &how.credentials {
            inner["authentication"]["credentials"] = json!(credentials);
        }
    }
    let task = &config.task_id;
    match dialect {
        Dialect::Rpc => json!({ "taskId": task, "pushNotificationConfig": inner }),
        Dialect::Rest(_) => {
            let id = config.id.as_deref().unwrap_or_default();
            let name = format!("tasks/{task}/pushNotificationConfigs/{id}");
            json!({ "name": name, "pushNotificationConfig": inner })
        }
    }
}

fn named(dialect: Dialect, name: &str, json: Value) -> Value {
    match dialect {
        Dialect::Rpc => json,
        Dialect::Rest(_) => json!({ name: json }),
    }
}

fn of_kind(dialect: Dialect, kind: &str, one: &impl Serialize) -> Value {
    let mut json = value(one);
    if dialect == Dialect::Rpc {
        json["kind"] = json!(kind);
    }
    json
}

/// The official types have texts for keys and no way to fail.
fn value(one: &impl Serialize) -> Value {
    serde_json::to_value(one).unwrap_or_else(|_| json!({}))
}

fn each<'a>(json: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> + use<'a> {
    let items = json.get_mut(name).and_then(Value::as_array_mut);
    items.into_iter().flatten()
}

fn status(dialect: Dialect, json: &mut Value) {
    let status = &mut json["status"];
    status["state"] = words::told_state(dialect, &status["state"]);
    if let Some(said) = status.get_mut("message") {
        as_message(dialect, said);
    }
}

fn as_message(dialect: Dialect, json: &mut Value) {
    json["role"] = words::told_role(dialect, &json["role"]);
    parts(dialect, json);
    match (dialect, json.as_object_mut()) {
        (Dialect::Rpc, _) => json["kind"] = json!("message"),
        (Dialect::Rest(_), Some(members)) => {
            if let Some(parts) = members.remove("parts") {
                members.insert("content".to_owned(), parts);
            }
            // Its definition has no such field, and readers of it are strict.
            members.remove("referenceTaskIds");
        }
        (Dialect::Rest(_), None) => {}
    }
}

fn parts(dialect: Dialect, json: &mut Value) {
    for one in each(json, "parts") {
        if let Value::Object(members) = one.take() {
            *one = part(dialect, members).into();
        }
    }
}

/// A name or a type is told of files alone: in 0.3 no other part has them.
fn part(dialect: Dialect, mut old: Map<String, Value>) -> Map<String, Value> {
    let mut new = Map::new();
    let (kind, content) = match (old.remove("text"), old.remove("data")) {
        (Some(text), _) => ("text", text),
        (None, Some(data)) => ("data", data_of(dialect, data)),
        (None, None) => ("file", file(dialect, &mut old).into()),
    };
    if dialect == Dialect::Rpc {
        new.insert("kind".to_owned(), json!(kind));
    }
    new.insert(kind.to_owned(), content);
    if let Some(metadata) = old.remove("metadata") {
        new.insert("metadata".to_owned(), metadata);
    }
    new
}

/// Data is an object in 0.3: any other JSON becomes one.
fn data_of(dialect: Dialect, data: Value) -> Value {
    let data = if data.is_object() {
        data
    } else {
        json!({ "value": data })
    };
    match dialect {
        Dialect::Rpc => data,
        Dialect::Rest(_) => json!({ "data": data }),
    }
}

fn file(dialect: Dialect, old: &mut Map<String, Value>) -> Map<String, Value> {
    let raw = old.remove("raw").map(|text| match (dialect, text) {
        (Dialect::Rest(Bytes::Twice), Value::String(text)) => STANDARD.encode(text).into(),
        (_, text) => text,
    });
    let (bytes, uri) = match dialect {
        Dialect::Rpc => ("bytes", "uri"),
        Dialect::Rest(_) => ("fileWithBytes", "fileWithUri"),
    };
    let members = [
        (bytes, raw),
        (uri, old.remove("url")),
        ("name", old.remove("filename")),
        ("mimeType", old.remove("mediaType")),
    ];
    let known = members.into_iter();
    known
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}
