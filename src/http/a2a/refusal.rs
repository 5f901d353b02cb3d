//! Why an operation is not done, before a binding puts it into its words.

use a2a::A2AError;

use crate::{
    adapters::store::StoreError,
    domain::a2a::error::{invalid, task_not_found},
    http::error::ApiError,
};

/// An error of the protocol, or one that it has no code for: who calls, how
/// much, whether we can.
#[derive(Debug)]
pub enum Refusal {
    /// The protocol's own.
    A2a(A2AError),
    /// The gateway's.
    Api(ApiError),
}

impl From<A2AError> for Refusal {
    fn from(error: A2AError) -> Self {
        Self::A2a(error)
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::NotFound(_) => Self::A2a(task_not_found()),
            ApiError::Invalid(text) => Self::A2a(A2AError::invalid_params(text)),
            ApiError::Unprocessable(text) => Self::A2a(A2AError::invalid_params(text)),
            other => Self::Api(other),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::A2a(task_not_found()),
            StoreError::Ended(state) => {
                let text =
                    format!("the task has ended: {state}; send the message without a taskId");
                Self::A2a(A2AError::unsupported_operation(text))
            }
            StoreError::NotAsked(state) => {
                let text = format!("the task is {state}; it takes a message once its agent asks");
                Self::A2a(A2AError::unsupported_operation(text))
            }
            StoreError::TooManyWebhooks => Self::A2a(A2AError::invalid_params(error.to_string())),
            StoreError::KeyReused => Self::A2a(invalid(
                "Idempotency-Key",
                "it was used for another request",
            )),
            other => Self::Api(other.into()),
        }
    }
}
