//! Errors as gRPC says them: a status, and its details.

use std::time::Duration;

use a2a::{
    A2AError, TypedDetail,
    errordetails::{BAD_REQUEST_TYPE, ERROR_INFO_TYPE},
};
use serde_json::Value;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::{
    domain::{
        a2a::error::{details, status as named},
        identity::Scope,
    },
    http::{
        a2a::{Call, Refusal},
        error::ApiError,
    },
};

/// Who says what an error of the gateway's own means.
const DOMAIN: &str = "attach-gateway";

/// Says why `call` is refused.
pub(super) fn refused(call: &Call) -> impl Fn(Refusal) -> Status + use<> {
    let realm = call.state.realm.clone();
    move |refusal| status(&refusal, &realm)
}

/// The status of a refusal. `realm` is how a challenge begins.
pub(super) fn status(refusal: &Refusal, realm: &str) -> Status {
    match refusal {
        Refusal::A2a(error) => told(error),
        Refusal::Api(error) => of_gateway(error, realm),
    }
}

/// The status of an error of the protocol.
pub(super) fn told(error: &A2AError) -> Status {
    let code = match named(error).1 {
        "NOT_FOUND" => Code::NotFound,
        "FAILED_PRECONDITION" => Code::FailedPrecondition,
        "INVALID_ARGUMENT" => Code::InvalidArgument,
        "UNIMPLEMENTED" => Code::Unimplemented,
        _ => Code::Internal,
    };
    Status::with_error_details(code, &error.message, said_of(error))
}

/// The details of an error of the protocol, as gRPC's own types.
fn said_of(error: &A2AError) -> ErrorDetails {
    let mut said = ErrorDetails::new();
    for TypedDetail { type_url, value } in details(error) {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        match &*type_url {
            ERROR_INFO_TYPE => {
                said.set_error_info(text("reason"), text("domain"), []);
            }
            BAD_REQUEST_TYPE => {
                let fields = value.get("fieldViolations").and_then(Value::as_array);
                for one in fields.into_iter().flatten() {
                    let text = |name: &str| one[name].as_str().unwrap_or_default();
                    said.add_bad_request_violation(text("field"), text("description"));
                }
            }
            _ => {}
        }
    }
    said
}

fn of_gateway(error: &ApiError, realm: &str) -> Status {
    if let ApiError::Internal(cause) = error {
        tracing::error!(%cause, "a gRPC request failed");
    }
    let mut said = ErrorDetails::new();
    said.set_error_info(error.code().to_uppercase(), DOMAIN, []);
    if let Some(secs) = error.retry_after() {
        let secs = u64::try_from(secs).unwrap_or(0);
        said.set_retry_info(Some(Duration::from_secs(secs)));
    }
    let mut status = Status::with_error_details(code(error), error.to_string(), said);
    let challenge = error.challenge(realm, Some(Scope::TasksRun));
    if let Some(Ok(challenge)) = challenge.map(|text| text.parse()) {
        status.metadata_mut().insert("www-authenticate", challenge);
    }
    status
}

fn code(error: &ApiError) -> Code {
    use actix_web::ResponseError;
    match error {
        ApiError::BadCredentials => Code::Unauthenticated,
        ApiError::TooLarge { .. } => Code::ResourceExhausted,
        _ => match error.status_code().as_u16() {
            401 => Code::Unauthenticated,
            403 => Code::PermissionDenied,
            404 => Code::NotFound,
            408 | 504 => Code::DeadlineExceeded,
            409 => Code::Aborted,
            429 => Code::ResourceExhausted,
            502 | 503 => Code::Unavailable,
            500.. => Code::Internal,
            _ => Code::InvalidArgument,
        },
    }
}

/// What an HTTP server would have said, for series that count both.
pub(super) fn http_status(code: Code) -> u16 {
    match code {
        Code::Ok => 200,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => 400,
        Code::Unauthenticated => 401,
        Code::PermissionDenied => 403,
        Code::NotFound => 404,
        Code::Aborted => 409,
        Code::ResourceExhausted => 429,
        Code::Cancelled => 499,
        Code::Unimplemented => 501,
        Code::Unavailable => 503,
        Code::DeadlineExceeded => 504,
        _ => 500,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::a2a::error::invalid;

    #[test]
    fn an_error_of_the_protocol_has_its_reason_and_its_fields() {
        let status = told(&invalid("message.parts", "write one"));
        assert_eq!(status.code(), Code::InvalidArgument);
        let info = status.get_details_error_info().unwrap();
        assert_eq!(
            (&*info.reason, &*info.domain),
            ("INVALID_PARAMS", "a2a-protocol.org")
        );
        let bad = status.get_details_bad_request().unwrap();
        assert_eq!(bad.field_violations[0].field, "message.parts");
    }

    #[test]
    fn what_may_be_tried_again_says_when() {
        let status = of_gateway(&ApiError::QueueFull, "Bearer");
        assert_eq!(status.code(), Code::ResourceExhausted);
        let retry = status.get_details_retry_info().unwrap();
        assert_eq!(retry.retry_delay, Some(Duration::from_secs(1)));
        assert_eq!(
            of_gateway(&ApiError::Draining, "Bearer").code(),
            Code::Unavailable
        );
    }

    #[test]
    fn who_is_unknown_is_told_how_to_be_known() {
        let status = of_gateway(&ApiError::Unauthenticated, "Bearer realm=\"x\"");
        assert_eq!(status.code(), Code::Unauthenticated);
        let challenge = status.metadata().get("www-authenticate").unwrap();
        assert_eq!(challenge, "Bearer realm=\"x\", scope=\"tasks:run\"");
    }
}
