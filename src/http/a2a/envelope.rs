//! The envelope of JSON-RPC: results, and errors of the protocol and of the
//! gateway itself. They travel with status 200; what they mean is noted beside it.

use a2a::{A2AError, TypedDetail, error_code};
use actix_web::{
    HttpResponse, ResponseError,
    http::{ConnectionType, Method, header},
};
use serde::Serialize;
use serde_json::{
    json,
    value::{RawValue, to_raw_value},
};

use super::sse;
use crate::{
    domain::a2a::error::{details, status},
    http::{error::ApiError, meant},
};

/// Whose the reasons of the gateway's own errors are.
const DOMAIN: &str = "attach-gateway";
const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";
/// What JSON-RPC leaves to servers: it is busy, or going down.
const NOT_NOW: i32 = -32000;

/// The result is written already: an event is, once for all who watch.
pub(super) fn enveloped(id: &RawValue, result: &str) -> String {
    let id = id.get();
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{result}}}")
}

pub(super) fn raw(value: &impl Serialize) -> Box<RawValue> {
    to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// An error of the protocol under this code.
pub(super) fn failure(id: &RawValue, code: i32, error: &A2AError) -> HttpResponse {
    let text = failed(id, code, &error.message, &details(error));
    answer(text, status(error).0)
}

/// The same as the only event of a stream.
pub(super) fn failure_in_stream(id: &RawValue, code: i32, error: &A2AError) -> HttpResponse {
    let text = failed(id, code, &error.message, &details(error));
    meant::note(sse::single(&text), status(error).0)
}

fn failed(id: &RawValue, code: i32, message: &str, data: &[TypedDetail]) -> String {
    #[derive(Serialize)]
    struct Failure<'a> {
        jsonrpc: &'static str,
        id: &'a RawValue,
        error: Error<'a>,
    }
    #[derive(Serialize)]
    struct Error<'a> {
        code: i32,
        message: &'a str,
        data: &'a [TypedDetail],
    }
    let jsonrpc = "2.0";
    let error = Error {
        code,
        message,
        data,
    };
    serde_json::to_string(&Failure { jsonrpc, id, error }).unwrap_or_default()
}

/// Whether JSON-RPC is spoken there: the address of an agent.
pub(in crate::http) fn is_spoken(method: &Method, path: &str) -> bool {
    let name = path.strip_prefix("/agents/");
    let name = name.map(|rest| rest.strip_suffix('/').unwrap_or(rest));
    method == Method::POST && name.is_some_and(|name| !name.is_empty() && !name.contains('/'))
}

/// An error of the gateway's own for the request called `id`.
///
/// # Errors
///
/// It is about who calls and what they may, which is said by HTTP.
pub(super) fn of_gateway(id: &RawValue, error: ApiError) -> Result<HttpResponse, ApiError> {
    let error = noted(error)?;
    Ok(told(id, &error))
}

/// The same as the only event of a stream.
///
/// # Errors
///
/// As [`of_gateway`].
pub(super) fn of_gateway_in_stream(
    id: &RawValue,
    error: ApiError,
) -> Result<HttpResponse, ApiError> {
    let error = noted(error)?;
    let body = failed(id, code(&error), &error.to_string(), &said_of(&error));
    Ok(meant::note(
        sse::single(&body),
        error.status_code().as_u16(),
    ))
}

/// Says in the log what the answer does not tell.
fn noted(error: ApiError) -> Result<ApiError, ApiError> {
    if matches!(error.status_code().as_u16(), 401 | 403) {
        return Err(error);
    }
    if let ApiError::Internal(cause) = &error {
        tracing::error!(%cause, "a JSON-RPC request failed");
    }
    Ok(error)
}

/// The same for what came before anyone knew the request's id; `None` where HTTP
/// says it: there is nobody, or nothing, that speaks JSON-RPC.
pub(in crate::http) fn before_id(error: &ApiError) -> Option<HttpResponse> {
    let is_passing = matches!(error.status_code().as_u16(), 408 | 413 | 429 | 500..);
    is_passing.then(|| told(RawValue::NULL, error))
}

fn told(id: &RawValue, error: &ApiError) -> HttpResponse {
    let text = failed(id, code(error), &error.to_string(), &said_of(error));
    let mut answer = answer(text, error.status_code().as_u16());
    if let Some(secs) = error.retry_after() {
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, secs.into());
    }
    if matches!(error, ApiError::TooLarge { .. } | ApiError::BodyTooSlow) {
        // The rest of the body is not read: the connection is of no use.
        answer.head_mut().set_connection_type(ConnectionType::Close);
    }
    answer
}

/// An error that means `status`.
fn answer(body: String, status: u16) -> HttpResponse {
    let answer = HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body);
    meant::note(answer, status)
}

fn code(error: &ApiError) -> i32 {
    match error.status_code().as_u16() {
        404 => error_code::INVALID_PARAMS,
        429 | 502..=504 => NOT_NOW,
        500.. => error_code::INTERNAL_ERROR,
        _ => error_code::INVALID_REQUEST,
    }
}

/// Its reason, and when to try again.
fn said_of(error: &ApiError) -> Vec<TypedDetail> {
    let reason = error.code().to_ascii_uppercase();
    let mut said = vec![TypedDetail::error_info(&reason, DOMAIN, None)];
    if let Some(secs) = error.retry_after() {
        let delay = [("retryDelay".to_owned(), json!(format!("{secs}s")))];
        said.push(TypedDetail::new(RETRY_INFO, delay.into()));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_rpc_is_spoken_at_the_address_of_an_agent_alone() {
        for (method, path, is) in [
            (Method::POST, "/agents/coder", true),
            (Method::POST, "/agents/coder/", true),
            (Method::GET, "/agents/coder", false),
            (Method::POST, "/agents/", false),
            (Method::POST, "/agents", false),
            (Method::POST, "/agents/coder/message:send", false),
            (Method::POST, "/v1/chat/completions", false),
        ] {
            assert_eq!(is_spoken(&method, path), is, "{method} {path}");
        }
    }
}
