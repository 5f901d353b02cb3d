//! Errors in 0.3's words: codes it knows, names its clients go by, and fields as
//! the caller wrote them.

use a2a::{
    A2AError, FieldViolation, TypedDetail, error_code as code, errordetails::BAD_REQUEST_TYPE,
};
use serde_json::Value;

use super::Dialect;
use crate::domain::a2a::error::violations;

/// Whose fields an error may tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// A message and how it is sent.
    Message,
    /// A webhook for a task.
    Webhook,
    /// A task's webhook that is named.
    Key,
    /// They are called the same in both versions.
    Same,
}

/// The error's code in JSON-RPC: 0.3 knows none of the newer ones.
pub fn code(error: &A2AError) -> i32 {
    match error.code {
        code::EXTENSION_SUPPORT_REQUIRED | code::VERSION_NOT_SUPPORTED => code::INTERNAL_ERROR,
        known => known,
    }
}

/// What clients of 0.3 call the error.
pub fn name(error: &A2AError) -> &'static str {
    match error.code {
        code::TASK_NOT_FOUND => "TaskNotFoundError",
        code::TASK_NOT_CANCELABLE => "TaskNotCancelableError",
        code::PUSH_NOTIFICATION_NOT_SUPPORTED => "PushNotificationNotSupportedError",
        code::UNSUPPORTED_OPERATION => "UnsupportedOperationError",
        code::CONTENT_TYPE_NOT_SUPPORTED => "ContentTypeNotSupportedError",
        code::INVALID_AGENT_RESPONSE => "InvalidAgentResponseError",
        code::EXTENDED_CARD_NOT_CONFIGURED => "AuthenticatedExtendedCardNotConfiguredError",
        code::PARSE_ERROR => "JSONParseError",
        code::INVALID_REQUEST => "InvalidRequestError",
        code::METHOD_NOT_FOUND => "MethodNotFoundError",
        code::INVALID_PARAMS => "InvalidParamsError",
        _ => "InternalError",
    }
}

/// The same error, with the fields it tells of as the caller called them.
pub fn renamed(error: A2AError, dialect: Dialect, names: Names) -> A2AError {
    let details = error.details.iter().flatten();
    let fields: Vec<FieldViolation> = details
        .filter(|detail| detail.type_url == BAD_REQUEST_TYPE)
        .filter_map(told)
        .flatten()
        .map(|one| FieldViolation {
            field: field(&one.field, dialect, names),
            description: description(one.description, dialect),
        })
        .collect();
    if fields.is_empty() {
        return error;
    }
    let text = fields
        .iter()
        .map(|one| format!("{}: {}", one.field, one.description));
    let text = text.collect::<Vec<_>>().join("; ");
    A2AError {
        code: error.code,
        ..violations(text, fields)
    }
}

fn told(detail: &TypedDetail) -> Option<Vec<FieldViolation>> {
    let fields: &Value = detail.value.get("fieldViolations")?;
    serde_json::from_value(fields.clone()).ok()
}

fn field(path: &str, dialect: Dialect, names: Names) -> String {
    match (names, path) {
        (Names::Same, path) | (Names::Webhook, path @ "taskId") => path.to_owned(),
        (Names::Key, "taskId") => "id".to_owned(),
        (Names::Key, "id") => "pushNotificationConfigId".to_owned(),
        (Names::Key | Names::Message, path) => renamed_path(path, dialect),
        (Names::Webhook, path) => {
            let around = match dialect {
                Dialect::Rpc => "pushNotificationConfig",
                Dialect::Rest(_) => "config.pushNotificationConfig",
            };
            format!("{around}.{}", renamed_path(path, dialect))
        }
    }
}

/// Each member of a path by its name in 0.3.
fn renamed_path(path: &str, dialect: Dialect) -> String {
    let mut is_part = false;
    let members = path.split('.').map(|member| {
        let at = member.find('[').unwrap_or(member.len());
        let (name, index) = member.split_at(at);
        let renamed = match is_part {
            true => part_member(name, dialect),
            false => member_of(name, dialect),
        };
        is_part = name == "parts";
        format!("{renamed}{index}")
    });
    members.collect::<Vec<_>>().join(".")
}

fn member_of(name: &str, dialect: Dialect) -> &str {
    match (name, dialect) {
        ("returnImmediately", _) => "blocking",
        ("scheme", _) => "schemes",
        ("taskPushNotificationConfig", Dialect::Rpc) => "pushNotificationConfig",
        ("taskPushNotificationConfig", Dialect::Rest(_)) => "pushNotification",
        ("parts", Dialect::Rest(_)) => "content",
        _ => name,
    }
}

fn part_member(name: &str, dialect: Dialect) -> &str {
    match (name, dialect) {
        ("filename", _) => "file.name",
        ("mediaType", _) => "file.mimeType",
        ("raw", Dialect::Rpc) => "file.bytes",
        ("url", Dialect::Rpc) => "file.uri",
        ("raw", Dialect::Rest(_)) => "file.fileWithBytes",
        ("url", Dialect::Rest(_)) => "file.fileWithUri",
        _ => name,
    }
}

/// What to write instead, where 1.0 has other words for it.
fn description(text: String, dialect: Dialect) -> String {
    let told = match (&*text, dialect) {
        ("write ROLE_USER", Dialect::Rpc) => "write user",
        ("write exactly one of text, raw, url, data", Dialect::Rpc) => {
            "write a part of the kind text, file or data"
        }
        ("write exactly one of text, raw, url, data", Dialect::Rest(_)) => {
            "write exactly one of text, file, data"
        }
        _ => return text,
    };
    told.to_owned()
}
