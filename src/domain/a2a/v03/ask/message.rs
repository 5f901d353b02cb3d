//! A message and its parts.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use super::{picked, set, take, take_text};
use crate::domain::a2a::v03::{Bytes, Dialect, words};

pub(super) fn message(dialect: Dialect, message: Value) -> Value {
    let Value::Object(mut old) = message else {
        return message;
    };
    let names = [
        "messageId",
        "contextId",
        "taskId",
        "metadata",
        "extensions",
        "referenceTaskIds",
    ];
    let mut new = picked(&mut old, &names);
    if let Some(role) = take(&mut old, "role") {
        set(&mut new, "role", words::asked_role(dialect, role));
    }
    let parts = match dialect {
        Dialect::Rpc => "parts",
        Dialect::Rest(_) => "content",
    };
    match take(&mut old, parts) {
        Some(Value::Array(parts)) => {
            let parts = parts.into_iter().map(|one| part(dialect, one));
            set(&mut new, "parts", parts.collect());
        }
        Some(other) => set(&mut new, "parts", other),
        None => {}
    }
    new.into()
}

/// A part of a kind that 0.3 does not have becomes one with nothing in it.
fn part(dialect: Dialect, part: Value) -> Value {
    let Value::Object(mut old) = part else {
        return part;
    };
    let mut new = picked(&mut old, &["metadata"]);
    let kind = take(&mut old, "kind").filter(|_| dialect == Dialect::Rpc);
    let mut of_kind = |name: &str| {
        let is_told = kind.as_ref().is_none_or(|kind| kind == name);
        take(&mut old, name).filter(|_| is_told)
    };
    if let Some(text) = of_kind("text") {
        set(&mut new, "text", text);
    }
    if let Some(Value::Object(file)) = of_kind("file") {
        add_file(dialect, &mut new, file);
    }
    if let Some(data) = of_kind("data") {
        set(&mut new, "data", inner_data(dialect, data));
    }
    new.into()
}

fn add_file(dialect: Dialect, new: &mut Map<String, Value>, mut file: Map<String, Value>) {
    let (bytes, uri) = match dialect {
        Dialect::Rpc => ("bytes", "uri"),
        Dialect::Rest(_) => ("fileWithBytes", "fileWithUri"),
    };
    let bytes = take(&mut file, bytes).map(|text| match dialect {
        Dialect::Rest(Bytes::Twice) => once(&text).unwrap_or(text),
        _ => text,
    });
    let members = [
        ("raw", bytes),
        ("url", take(&mut file, uri)),
        ("filename", take_text(&mut file, "name")),
        ("mediaType", take_text(&mut file, "mimeType")),
    ];
    for (name, value) in members {
        if let Some(value) = value {
            set(new, name, value);
        }
    }
}

/// The inner base64; `None` where there is none, so that a file that is written
/// as it should be gets through.
fn once(text: &Value) -> Option<Value> {
    let inner = String::from_utf8(STANDARD.decode(text.as_str()?).ok()?).ok()?;
    STANDARD.decode(&inner).ok().map(|_| inner.into())
}

/// ProtoJSON wraps an object of its own around the data.
fn inner_data(dialect: Dialect, data: Value) -> Value {
    match (dialect, data) {
        (Dialect::Rest(_), Value::Object(mut data)) => {
            take(&mut data, "data").unwrap_or_else(|| Map::new().into())
        }
        (_, data) => data,
    }
}
