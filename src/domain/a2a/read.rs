//! Reading requests as the protocol's JSON: ProtoJSON is wide (names in either
//! case, enums as numbers, numbers as text, nulls), the official types are
//! narrow. What cannot be used is told field by field.

mod fields;
mod message;

use a2a::{
    A2AError, CancelTaskRequest, DeleteTaskPushNotificationConfigRequest,
    GetExtendedAgentCardRequest, GetTaskPushNotificationConfigRequest, GetTaskRequest,
    ListTaskPushNotificationConfigsRequest, ListTasksRequest, SendMessageRequest,
    SubscribeToTaskRequest, TaskPushNotificationConfig,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::a2a::error::{invalid, violations};
use fields::Fields;

/// Reads what a message is sent with.
///
/// # Errors
///
/// InvalidParams, with every field that cannot be used.
pub fn send(params: Value) -> Result<SendMessageRequest, A2AError> {
    read(params, |fields| {
        fields.texts(&["tenant"]);
        fields.required("message", message::message);
        fields.object("configuration", |fields| {
            fields.int("historyLength");
            fields.flag("returnImmediately");
            fields.list("acceptedOutputModes");
            fields.object("taskPushNotificationConfig", push_fields);
            fields.object("pushNotificationConfig", push_fields);
        });
        fields.map("metadata");
    })
}

/// Reads which task to get.
///
/// # Errors
///
/// InvalidParams.
pub fn get(params: Value) -> Result<GetTaskRequest, A2AError> {
    read(params, |fields| {
        fields.texts(&["tenant"]);
        fields.needs(&["id"]);
        fields.int("historyLength");
    })
}

/// Reads which tasks to list.
///
/// # Errors
///
/// InvalidParams.
pub fn list(params: Value) -> Result<ListTasksRequest, A2AError> {
    read(params, |fields| {
        fields.texts(&["tenant", "contextId", "pageToken", "statusTimestampAfter"]);
        fields.int("pageSize");
        fields.int("historyLength");
        fields.flag("includeArtifacts");
        fields.word("status", STATES);
        fields.moment("statusTimestampAfter");
    })
}

/// Reads which task to cancel.
///
/// # Errors
///
/// InvalidParams.
pub fn cancel(params: Value) -> Result<CancelTaskRequest, A2AError> {
    read(params, |fields| {
        fields.texts(&["tenant"]);
        fields.needs(&["id"]);
        fields.map("metadata");
    })
}

/// Reads which task to watch.
///
/// # Errors
///
/// InvalidParams.
pub fn subscribe(params: Value) -> Result<SubscribeToTaskRequest, A2AError> {
    read(params, |fields| {
        fields.texts(&["tenant"]);
        fields.needs(&["id"]);
    })
}

/// Reads a webhook for a task.
///
/// # Errors
///
/// InvalidParams.
pub fn push(params: Value) -> Result<TaskPushNotificationConfig, A2AError> {
    read(params, |fields| {
        push_fields(fields);
        fields.needs(&["taskId"]);
    })
}

/// Reads which webhook of which task to get.
///
/// # Errors
///
/// InvalidParams.
pub fn get_push(params: Value) -> Result<GetTaskPushNotificationConfigRequest, A2AError> {
    read(params, key_fields)
}

/// Reads which webhook of which task to delete.
///
/// # Errors
///
/// InvalidParams.
pub fn delete_push(params: Value) -> Result<DeleteTaskPushNotificationConfigRequest, A2AError> {
    read(params, key_fields)
}

/// Reads which task's webhooks to list.
///
/// # Errors
///
/// InvalidParams.
pub fn list_push(params: Value) -> Result<ListTaskPushNotificationConfigsRequest, A2AError> {
    read(params, |fields| {
        fields.texts(&["tenant", "pageToken"]);
        fields.needs(&["taskId"]);
        fields.int("pageSize");
    })
}

/// Reads whose extended card to get.
///
/// # Errors
///
/// InvalidParams.
pub fn extended_card(params: Value) -> Result<GetExtendedAgentCardRequest, A2AError> {
    read(params, |fields| fields.texts(&["tenant"]))
}

/// States by their numbers in the protocol's definition.
const STATES: &[&str] = &[
    "TASK_STATE_UNSPECIFIED",
    "TASK_STATE_SUBMITTED",
    "TASK_STATE_WORKING",
    "TASK_STATE_COMPLETED",
    "TASK_STATE_FAILED",
    "TASK_STATE_CANCELED",
    "TASK_STATE_INPUT_REQUIRED",
    "TASK_STATE_REJECTED",
    "TASK_STATE_AUTH_REQUIRED",
];

fn push_fields(fields: &mut Fields<'_>) {
    fields.texts(&["tenant", "id", "taskId", "token"]);
    fields.needs(&["url"]);
    fields.object("authentication", |fields| {
        fields.needs(&["scheme"]);
        fields.texts(&["credentials"]);
    });
}

fn key_fields(fields: &mut Fields<'_>) {
    fields.texts(&["tenant"]);
    fields.needs(&["taskId", "id"]);
}

fn read<T: DeserializeOwned>(
    mut params: Value,
    check: impl FnOnce(&mut Fields<'_>),
) -> Result<T, A2AError> {
    let Value::Object(members) = &mut params else {
        return Err(A2AError::invalid_params("params: write an object"));
    };
    let mut wrong = Vec::new();
    check(&mut Fields::new(members, String::new(), &mut wrong));
    if !wrong.is_empty() {
        let told = wrong
            .iter()
            .map(|w| format!("{}: {}", w.field, w.description));
        return Err(violations(told.collect::<Vec<_>>().join("; "), wrong));
    }
    // What is left is the shape of free-form members.
    serde_path_to_error::deserialize(params)
        .map_err(|error| invalid(&error.path().to_string(), "it has the wrong type"))
}

#[cfg(test)]
mod tests;
