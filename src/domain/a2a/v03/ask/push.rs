//! Webhooks, which 1.0 has flat and with one scheme.

use a2a::{A2AError, TaskPushNotificationConfig};
use serde_json::{Map, Value};

use super::{picked, set, take, take_text};
use crate::domain::a2a::{read, v03::Dialect};

/// Reads a webhook for a task: `{taskId, pushNotificationConfig}` in JSON-RPC; in
/// ProtoJSON the request, or its `config` alone, with the path's `taskId`.
///
/// # Errors
///
/// InvalidParams, by the names of 1.0.
pub fn create_push(
    dialect: Dialect,
    params: Value,
) -> Result<TaskPushNotificationConfig, A2AError> {
    let Value::Object(mut old) = params else {
        return read::push(params);
    };
    let task = take(&mut old, "taskId");
    let id = take_text(&mut old, "configId").filter(|_| dialect != Dialect::Rpc);
    if dialect != Dialect::Rpc
        && let Some(Value::Object(config)) = take(&mut old, "config")
    {
        old = config;
    }
    let hook = take(&mut old, "pushNotificationConfig").map(webhook);
    let mut new = match hook {
        Some(Value::Object(hook)) => hook,
        _ => Map::new(),
    };
    if let (Some(id), false) = (id, new.contains_key("id")) {
        set(&mut new, "id", id);
    }
    if let Some(task) = task {
        set(&mut new, "taskId", task);
    }
    read::push(new.into())
}

/// What names a task's webhook, or its task alone, by the names of 1.0.
pub fn key(params: Value) -> Value {
    let Value::Object(mut old) = params else {
        return params;
    };
    let mut new = Map::new();
    for (from, to) in [("id", "taskId"), ("pushNotificationConfigId", "id")] {
        if let Some(value) = take_text(&mut old, from) {
            set(&mut new, to, value);
        }
    }
    new.into()
}

/// The first scheme is the one that is used.
pub(super) fn webhook(hook: Value) -> Value {
    let Value::Object(mut old) = hook else {
        return hook;
    };
    let mut new = picked(&mut old, &["url"]);
    for name in ["id", "token"] {
        if let Some(text) = take_text(&mut old, name) {
            set(&mut new, name, text);
        }
    }
    match take(&mut old, "authentication") {
        Some(Value::Object(mut how)) => {
            let schemes = take(&mut how, "schemes");
            let mut how = picked(&mut how, &["credentials"]);
            if let Some(scheme) = schemes.and_then(|all| all.get(0).cloned()) {
                set(&mut how, "scheme", scheme);
            }
            set(&mut new, "authentication", how.into());
        }
        Some(other) => set(&mut new, "authentication", other),
        None => {}
    }
    new.into()
}
