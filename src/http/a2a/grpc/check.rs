//! What a message must have that the wire does not ask for.

use a2a::{FieldViolation, ListTasksRequest, SendMessageRequest};
use a2a_pb::{
    pbconv,
    proto::{self, Role, TaskState},
};
use tonic::Status;

use super::{numbers, status::told};
use crate::domain::a2a::error::{invalid, violations};

/// The request, with its numbers as they were written.
///
/// # Errors
///
/// INVALID_ARGUMENT with each field that is missing.
pub(super) fn message(of: &proto::SendMessageRequest) -> Result<SendMessageRequest, Status> {
    let missing = match &of.message {
        None => vec![violation("message", "write one")],
        Some(message) => missing(message),
    };
    if let Some(first) = missing.first() {
        let text = format!("{}: {}", first.field, first.description);
        return Err(told(&violations(text, missing)));
    }
    let mut request = pbconv::from_proto_send_message_request(of);
    numbers::restore(&mut request);
    Ok(request)
}

fn missing(message: &proto::Message) -> Vec<FieldViolation> {
    let mut found = Vec::new();
    if message.message_id.is_empty() {
        found.push(violation("message.messageId", "write an id of your own"));
    }
    if message.role != Role::User as i32 {
        found.push(violation("message.role", "write ROLE_USER"));
    }
    if message.parts.is_empty() {
        found.push(violation("message.parts", "write one part or more"));
    }
    for (at, part) in message.parts.iter().enumerate() {
        if part.content.is_none() {
            let field = format!("message.parts[{at}]");
            found.push(violation(&field, "write one of text, raw, url and data"));
        }
    }
    found
}

/// The query of a list, as it was asked: the conversion takes a page of 0 for
/// none that is asked, and a state that nobody knows for any.
///
/// # Errors
///
/// INVALID_ARGUMENT: a state or a moment that is none.
pub(super) fn list(of: &proto::ListTasksRequest) -> Result<ListTasksRequest, Status> {
    if TaskState::try_from(of.status).is_err() {
        return Err(told(&invalid("status", "it is no state of a task")));
    }
    let mut asked = pbconv::from_proto_list_tasks_request(of);
    if of.status_timestamp_after.is_some() && asked.status_timestamp_after.is_none() {
        return Err(told(&invalid("statusTimestampAfter", "it is no moment")));
    }
    asked.page_size = of.page_size;
    Ok(asked)
}

/// # Errors
///
/// INVALID_ARGUMENT: one of the `fields` is empty.
pub(super) fn given(fields: &[(&str, &str)]) -> Result<(), Status> {
    match fields.iter().find(|(_, value)| value.is_empty()) {
        None => Ok(()),
        Some((name, _)) => Err(told(&invalid(name, "write one"))),
    }
}

fn violation(field: &str, description: &str) -> FieldViolation {
    FieldViolation {
        field: field.to_owned(),
        description: description.to_owned(),
    }
}
