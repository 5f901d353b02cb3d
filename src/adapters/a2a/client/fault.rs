//! What can go wrong with a call of an agent, within the one error type that the
//! protocol's client has. The protocol's own codes are negative; these are not.

use a2a::{A2AError, JsonRpcError, TypedDetail, error_code};
use reqwest::{
    StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};
use serde_json::Value;

use crate::{
    adapters::clients::cause,
    domain::{header::retry_after_ms, time::UnixMillis},
};

const UNREACHABLE: i32 = 1;
const BUSY: i32 = 2;
const NONSENSE: i32 = 3;
const TOO_LARGE: i32 = 4;
const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";
const DELAY: &str = "retryDelay";
/// Characters of what an agent says of an error that are kept.
const SAID: usize = 1000;

/// What an error means to the one who called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The agent is away, or the connection broke: it may be tried again.
    Away,
    /// The agent says that it may be tried again, perhaps in how many
    /// milliseconds.
    Busy(Option<i64>),
    /// It answered something else than the protocol.
    Nonsense,
    /// It sent more than is taken.
    TooLarge,
    /// It does not know the task.
    Unknown,
    /// It does not do what was asked of it, or not now.
    Unsupported,
    /// It refused otherwise.
    Refused,
}

impl Fault {
    /// What `error` means.
    pub fn of(error: &A2AError) -> Self {
        match error.code {
            UNREACHABLE => Self::Away,
            BUSY => Self::Busy(delay_ms(error)),
            _ if asks_for_another_try(error) => Self::Busy(delay_ms(error)),
            NONSENSE => Self::Nonsense,
            TOO_LARGE => Self::TooLarge,
            error_code::TASK_NOT_FOUND => Self::Unknown,
            error_code::UNSUPPORTED_OPERATION | error_code::METHOD_NOT_FOUND => Self::Unsupported,
            _ => Self::Refused,
        }
    }

    /// Whether the same call may go well later.
    pub fn may_pass(self) -> bool {
        matches!(self, Self::Away | Self::Busy(_))
    }
}

pub(super) fn unreachable(error: &reqwest::Error) -> A2AError {
    A2AError::new(UNREACHABLE, cause(error))
}

pub(super) fn nonsense() -> A2AError {
    A2AError::new(NONSENSE, "the agent's answer is no A2A")
}

pub(super) fn too_large(bytes: usize) -> A2AError {
    let text = format!("the agent sent more than {bytes} bytes at once");
    A2AError::new(TOO_LARGE, text)
}

/// The error of an answer by its status, if that says that it may be tried
/// again.
pub(super) fn busy(status: StatusCode, headers: &HeaderMap) -> Option<A2AError> {
    let code = status.as_u16();
    let error = matches!(code, 408 | 429 | 500..).then(|| answered(BUSY, status))?;
    let asked = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok());
    let delay = asked.and_then(|value| retry_after_ms(value, UnixMillis::now()));
    let Some(delay) = delay else {
        return Some(error);
    };
    let delay = format!("{}s", delay as f64 / 1000.0);
    let value = [(DELAY.to_owned(), Value::from(delay))].into();
    Some(error.with_details(vec![TypedDetail::new(RETRY_INFO, value)]))
}

/// The error of an answer that has nothing but its status.
pub(super) fn refused(status: StatusCode) -> A2AError {
    match status {
        StatusCode::NOT_IMPLEMENTED | StatusCode::METHOD_NOT_ALLOWED => {
            answered(error_code::METHOD_NOT_FOUND, status)
        }
        _ => answered(error_code::INTERNAL_ERROR, status),
    }
}

/// What the agent itself calls its error.
pub(super) fn told(error: JsonRpcError) -> A2AError {
    let code = match error.code {
        code @ ..0 => code,
        _ => error_code::INTERNAL_ERROR,
    };
    let said: String = error.message.chars().take(SAID).collect();
    let told = A2AError::new(code, format!("the agent refused: {said}"));
    let details = error.data.as_ref().and_then(Value::as_array);
    let retry = details.and_then(|all| all.iter().find(|one| one["@type"] == RETRY_INFO));
    match retry {
        Some(info) => {
            let delay = (DELAY.to_owned(), info[DELAY].clone());
            told.with_details(vec![TypedDetail::new(RETRY_INFO, [delay].into())])
        }
        None => told,
    }
}

fn answered(code: i32, status: StatusCode) -> A2AError {
    A2AError::new(code, format!("agent answered {}", status.as_u16()))
}

fn asks_for_another_try(error: &A2AError) -> bool {
    retry_info(error).is_some()
}

fn retry_info(error: &A2AError) -> Option<&TypedDetail> {
    let mut details = error.details.iter().flatten();
    details.find(|detail| detail.type_url == RETRY_INFO)
}

/// A duration of ProtoJSON: seconds, perhaps with a fraction, and an `s`.
fn delay_ms(error: &A2AError) -> Option<i64> {
    let delay = retry_info(error)?.value.get(DELAY)?.as_str()?;
    let secs: f64 = delay.strip_suffix('s')?.parse().ok()?;
    // The cast saturates: whoever waits has a limit of its own.
    secs.is_sign_positive().then_some((secs * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_status_says_whether_it_may_be_tried_again_and_when() {
        let mut headers = HeaderMap::new();
        assert!(busy(StatusCode::FORBIDDEN, &headers).is_none());
        let error = busy(StatusCode::BAD_GATEWAY, &headers).unwrap();
        assert_eq!(Fault::of(&error), Fault::Busy(None));
        headers.insert(RETRY_AFTER, "7".parse().unwrap());
        let error = busy(StatusCode::TOO_MANY_REQUESTS, &headers).unwrap();
        assert_eq!(Fault::of(&error), Fault::Busy(Some(7000)));
    }

    #[test]
    fn an_error_of_the_protocol_may_ask_for_another_try() {
        let asking = |delay: Value| {
            let data = json!([{ "@type": RETRY_INFO, "retryDelay": delay }]);
            let error = told(JsonRpcError {
                code: error_code::INTERNAL_ERROR,
                message: "no model is free".to_owned(),
                data: Some(data),
            });
            Fault::of(&error)
        };
        assert_eq!(asking(json!("1.5s")), Fault::Busy(Some(1500)));
        for odd in [json!(null), json!(7), json!("soon"), json!("-1s")] {
            assert_eq!(asking(odd), Fault::Busy(None));
        }
    }

    #[test]
    fn no_code_that_an_agent_makes_up_is_taken_for_one_of_ours() {
        for code in [UNREACHABLE, BUSY, NONSENSE, TOO_LARGE] {
            let message = "m".repeat(5000);
            let error = told(JsonRpcError {
                code,
                message,
                data: None,
            });
            assert_eq!(Fault::of(&error), Fault::Refused);
            assert!(error.message.len() < 2 * SAID);
        }
    }
}
