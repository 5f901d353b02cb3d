//! Errors of the protocol: the specification's table (section 5.4 of 1.0.1), in
//! the three bindings' words.

use std::collections::HashMap;

use a2a::{A2AError, FieldViolation, Message, TypedDetail, error_code as code, errordetails};
use serde_json::{Value, json};

/// The canonical status of an error: its HTTP status and its gRPC name.
pub fn status(error: &A2AError) -> (u16, &'static str) {
    match error.code {
        code::TASK_NOT_FOUND => (404, "NOT_FOUND"),
        code::TASK_NOT_CANCELABLE
        | code::PUSH_NOTIFICATION_NOT_SUPPORTED
        | code::UNSUPPORTED_OPERATION
        | code::EXTENDED_CARD_NOT_CONFIGURED
        | code::EXTENSION_SUPPORT_REQUIRED
        | code::VERSION_NOT_SUPPORTED => (400, "FAILED_PRECONDITION"),
        code::CONTENT_TYPE_NOT_SUPPORTED
        | code::PARSE_ERROR
        | code::INVALID_REQUEST
        | code::INVALID_PARAMS => (400, "INVALID_ARGUMENT"),
        code::METHOD_NOT_FOUND => (404, "UNIMPLEMENTED"),
        _ => (500, "INTERNAL"),
    }
}

/// What goes with an error in every binding: ErrorInfo first, then what was said
/// of single fields.
pub fn details(error: &A2AError) -> Vec<TypedDetail> {
    let reason = a2a::error_reason(error.code);
    let info = TypedDetail::error_info(reason, errordetails::PROTOCOL_DOMAIN, Some(HashMap::new()));
    let more = error.details.iter().flatten().cloned();
    std::iter::once(info).chain(more).collect()
}

/// A field of the request cannot be used.
pub fn invalid(field: &str, why: impl Into<String>) -> A2AError {
    let why = why.into();
    let text = format!("{field}: {why}");
    violations(
        text,
        vec![FieldViolation {
            field: field.to_owned(),
            description: why,
        }],
    )
}

/// Several fields cannot be used.
pub fn violations(text: String, fields: Vec<FieldViolation>) -> A2AError {
    A2AError::invalid_params(text).with_details(vec![TypedDetail::bad_request(fields)])
}

/// No such task, or not the caller's: the two look alike.
pub fn task_not_found() -> A2AError {
    A2AError::new(code::TASK_NOT_FOUND, "task not found")
}

/// The caller did not name an extension that the agent requires.
pub fn extension_required(uri: &str) -> A2AError {
    let text = format!("the agent requires the extension {uri}; name it in A2A-Extensions");
    A2AError::new(code::EXTENSION_SUPPORT_REQUIRED, text)
}

/// The member of a message's metadata that says which error it was.
const MARK: &str = "attach";

/// Why an agent made no task of a message, as the last message of our task keeps
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// In words.
    pub detail: String,
    /// The protocol's code.
    pub code: i32,
}

impl Refused {
    /// What `error` says to the caller; `None` for one that says nothing of the
    /// message, but of the agent's own trouble.
    pub fn of(error: &A2AError) -> Option<Self> {
        let is_ours = matches!(
            error.code,
            code::CONTENT_TYPE_NOT_SUPPORTED
                | code::INVALID_AGENT_RESPONSE
                | code::EXTENSION_SUPPORT_REQUIRED
                | code::INVALID_PARAMS
                | code::UNSUPPORTED_OPERATION
        );
        is_ours.then(|| Self {
            detail: error.message.clone(),
            code: error.code,
        })
    }

    /// Whether the agent did not want the message, rather than broke over it.
    pub fn is_rejection(&self) -> bool {
        self.code != code::INVALID_AGENT_RESPONSE
    }

    /// What tells the message apart that says so.
    pub fn mark(&self) -> HashMap<String, Value> {
        let reason = a2a::error_reason(self.code);
        let mark = json!({ "code": self.code, "reason": reason });
        HashMap::from([(MARK.to_owned(), mark)])
    }

    /// The error that a message with such a mark tells of.
    pub fn read(message: &Message) -> Option<A2AError> {
        let mark = message.metadata.as_ref()?.get(MARK)?;
        let code = i32::try_from(mark.get("code")?.as_i64()?).ok()?;
        Some(A2AError::new(code, message.text()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_the_status_the_specification_says() {
        for (error, http, grpc) in [
            (code::TASK_NOT_FOUND, 404, "NOT_FOUND"),
            (code::TASK_NOT_CANCELABLE, 400, "FAILED_PRECONDITION"),
            (
                code::PUSH_NOTIFICATION_NOT_SUPPORTED,
                400,
                "FAILED_PRECONDITION",
            ),
            (code::UNSUPPORTED_OPERATION, 400, "FAILED_PRECONDITION"),
            (code::CONTENT_TYPE_NOT_SUPPORTED, 400, "INVALID_ARGUMENT"),
            (code::INVALID_AGENT_RESPONSE, 500, "INTERNAL"),
            (
                code::EXTENDED_CARD_NOT_CONFIGURED,
                400,
                "FAILED_PRECONDITION",
            ),
            (code::EXTENSION_SUPPORT_REQUIRED, 400, "FAILED_PRECONDITION"),
            (code::VERSION_NOT_SUPPORTED, 400, "FAILED_PRECONDITION"),
            (code::PARSE_ERROR, 400, "INVALID_ARGUMENT"),
            (code::INVALID_REQUEST, 400, "INVALID_ARGUMENT"),
            (code::METHOD_NOT_FOUND, 404, "UNIMPLEMENTED"),
            (code::INVALID_PARAMS, 400, "INVALID_ARGUMENT"),
            (code::INTERNAL_ERROR, 500, "INTERNAL"),
        ] {
            assert_eq!(status(&A2AError::new(error, "")), (http, grpc), "{error}");
        }
    }

    #[test]
    fn a_refusal_is_read_off_the_message_that_keeps_it_and_off_no_other() {
        let error = A2AError::new(code::CONTENT_TYPE_NOT_SUPPORTED, "no pictures");
        let refused = Refused::of(&error).unwrap();
        let mut message = Message::new(a2a::Role::Agent, vec![a2a::Part::text("no pictures")]);
        assert!(Refused::read(&message).is_none());
        message.metadata = Some(refused.mark());
        let read = Refused::read(&message).unwrap();
        assert_eq!((read.code, read.message), (error.code, error.message));
        for others in [code::INTERNAL_ERROR, code::TASK_NOT_FOUND, -32000] {
            assert!(
                Refused::of(&A2AError::new(others, "")).is_none(),
                "{others}"
            );
        }
    }

    #[test]
    fn an_invalid_field_is_told_beside_the_reason() {
        let details = details(&invalid("message.parts", "write one part or more"));
        assert_eq!(details[0].value["reason"], "INVALID_PARAMS");
        assert_eq!(details[0].value["domain"], "a2a-protocol.org");
        assert_eq!(
            details[1].value["fieldViolations"][0]["field"],
            "message.parts"
        );
    }
}
