//! Every way a call of an agent fails.

use a2a::{A2AError, TypedDetail};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::stream::StreamError;

/// The detail of an error that says that, and perhaps when, to try again.
const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";

/// Every way a call fails, and the status it fails with.
///
/// The status tells the gateway whether to try again: 429 and 5xx it does, other
/// 4xx it does not. `step` says in a few words what the agent was about to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no delegation token: send `authorization: bearer <token>`")]
    Unauthenticated,
    #[error("no task: send its id as `x-attach-task` or `idempotency-key`")]
    NoTask,
    #[error("the body could not be read: {0}")]
    Unread(String),
    #[error("the body is larger than {limit_bytes} bytes")]
    TooLarge { limit_bytes: usize },
    #[error("the body is not json: {0}")]
    NotJson(serde_json::Error),
    #[error("{field}: {problem}")]
    Invalid { field: String, problem: String },
    /// The gateway answered, and not with success.
    #[error("could not {step}: the gateway answered {status}: {detail}")]
    Refused {
        step: &'static str,
        status: u16,
        detail: String,
        retry_after: Option<String>,
    },
    /// No connection, no answer in time, or an answer cut short.
    #[error("could not {step}: {cause}")]
    Unreachable { step: &'static str, cause: String },
    /// The model's answer was not whole.
    #[error("could not {step}: {cause}")]
    Stream {
        step: &'static str,
        cause: StreamError,
    },
    /// The gateway answered something this agent does not understand.
    #[error("could not {step}: {problem}")]
    Unexpected { step: &'static str, problem: String },
    #[error("the coder failed: {0}")]
    CoderFailed(String),
}

impl Error {
    /// The request could not be sent, or its answer not be read to the end.
    pub(crate) fn unreachable(step: &'static str, error: reqwest::Error) -> Self {
        // The causes say what reqwest's own words leave out: refused, timed out.
        let error = error.without_url();
        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |e| e.source());
        let causes: Vec<_> = causes.map(ToString::to_string).collect();
        let cause = causes.join(": ");
        Self::Unreachable { step, cause }
    }
}

impl Error {
    /// Whether the same call may go well later.
    pub(crate) fn may_pass(&self) -> bool {
        let status = self.status();
        status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
    }

    /// The same for A2A: one that may pass asks to be tried again.
    pub(crate) fn to_a2a(&self) -> A2AError {
        let error = A2AError::internal(self.to_string());
        if !self.may_pass() {
            return error;
        }
        let after = match self {
            Self::Refused { retry_after, .. } => retry_after.as_deref(),
            _ => None,
        };
        let secs = after.and_then(|after| after.parse::<u32>().ok());
        let delay = secs.map(|secs| ("retryDelay".to_owned(), json!(format!("{secs}s"))));
        let info = TypedDetail::new(RETRY_INFO, delay.into_iter().collect());
        error.with_details(vec![info])
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::NoTask | Self::Unread(_) | Self::NotJson(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Refused { status, .. } => match status {
                429 => StatusCode::TOO_MANY_REQUESTS,
                400..=499 => StatusCode::UNPROCESSABLE_ENTITY,
                500..=599 => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::BAD_GATEWAY,
            },
            Self::Unreachable { .. } | Self::Stream { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unexpected { .. } => StatusCode::BAD_GATEWAY,
            // The coder's task has ended for good: another try of the planner
            // would find the same ended task under the same key.
            Self::CoderFailed(_) => StatusCode::FAILED_DEPENDENCY,
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        tracing::warn!(status = status.as_u16(), error = %self, "call failed");
        let body = Json(json!({ "detail": self.to_string() }));
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        match self {
            Self::Unauthenticated => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::Refused {
                retry_after: Some(after),
                ..
            } => headers.extend(
                HeaderValue::try_from(after)
                    .ok()
                    .map(|after| (header::RETRY_AFTER, after)),
            ),
            _ => {}
        }
        response
    }
}
