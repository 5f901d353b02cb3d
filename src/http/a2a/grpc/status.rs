//! Errors as gRPC says them: a status, and its details.

use std::time::Duration;

use a2a::{A2AError, errordetails::BAD_REQUEST_TYPE};
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
    let mut said = ErrorDetails::new();
    for detail in details(error) {
        let text = |of: &serde_json::Value, name: &str| {
            of.get(name)
                .and_then(|text| text.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        if let Some(fields) = detail.value.get("fieldViolations") {
            debug_assert_eq!(detail.type_url, BAD_REQUEST_TYPE);
            for one in fields.as_array().into_iter().flatten() {
                said.add_bad_request_violation(text(one, "field"), text(one, "description"));
            }
        } else if let Some(reason) = detail.value.get("reason").and_then(|text| text.as_str()) {
            let domain = detail.value.get("domain").and_then(|text| text.as_str());
            said.set_error_info(reason, domain.unwrap_or_default(), []);
        }
    }
    Status::with_error_details(code, &error.message, said)
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
        ApiError::Conflict(_) => Code::FailedPrecondition,
        ApiError::TooLarge { .. } => Code::ResourceExhausted,
        _ => match error.status_code().as_u16() {
            401 => Code::Unauthenticated,
            403 => Code::PermissionDenied,
            404 => Code::NotFound,
            429 => Code::ResourceExhausted,
            503 => Code::Unavailable,
            504 => Code::DeadlineExceeded,
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
