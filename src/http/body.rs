//! Reading a body, within `MAX_REQUEST_BYTES`.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    dev::ServiceRequest,
    http::header::CONTENT_LENGTH,
    web::{Bytes, BytesMut, Data, Payload},
};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use crate::http::{State, error::ApiError};

/// The longest pause in a body: a place is not held for a client that sleeps.
pub(in crate::http) const PAUSE: Duration = Duration::from_secs(30);

/// Bodies up to this are read before anything else, in bytes. A body that nobody
/// reads, because its sender is refused, costs the connection.
const SMALL: usize = 64 * 1024;

/// Reads the body of `request` into memory if it says that it is small.
///
/// # Errors
///
/// As [`read`].
pub async fn fetch_small(request: &mut ServiceRequest) -> Result<(), ApiError> {
    let limit = request
        .app_data::<Data<State>>()
        .map_or(0, |state| state.max_request_bytes);
    let said = said_length(request.request());
    // What is too long is refused unread.
    if !said.is_some_and(|length| (1..=SMALL.min(limit)).contains(&length)) {
        return Ok(());
    }
    let payload = request.extract::<Payload>().await;
    let payload = payload.map_err(|error| ApiError::internal(error.to_string()))?;
    let body = read(request.request(), payload, SMALL).await?;
    request.set_payload(body.into());
    Ok(())
}

fn said_length(request: &HttpRequest) -> Option<usize> {
    let said = request.headers().get(CONTENT_LENGTH)?;
    said.to_str().ok()?.parse().ok()
}

/// The whole body. One that says it is too long is refused before any of it is
/// read, another one the moment it passes the limit.
///
/// # Errors
///
/// 413; 400 when the client breaks off, 408 when it pauses too long.
pub async fn read(
    request: &HttpRequest,
    mut payload: Payload,
    limit: usize,
) -> Result<Bytes, ApiError> {
    let said = said_length(request);
    if said.is_some_and(|length| length > limit) {
        return Err(ApiError::TooLarge { limit });
    }
    let Some(first) = next(&mut payload).await? else {
        return Ok(Bytes::new());
    };
    if Some(first.len()) == said {
        return Ok(first);
    }
    let mut body = BytesMut::with_capacity(said.unwrap_or(first.len()));
    let mut arrived = Some(first);
    while let Some(chunk) = arrived {
        if body.len() + chunk.len() > limit {
            return Err(ApiError::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
        arrived = next(&mut payload).await?;
    }
    Ok(body.freeze())
}

async fn next(payload: &mut Payload) -> Result<Option<Bytes>, ApiError> {
    let chunk = tokio::time::timeout(PAUSE, payload.next()).await;
    let chunk = chunk.map_err(|_| ApiError::BodyTooSlow)?.transpose();
    chunk.map_err(|_| ApiError::Invalid("the body broke off".to_owned()))
}

/// The body as JSON.
///
/// # Errors
///
/// As [`read`]; 400 when it is no JSON or not what the route takes.
pub async fn json<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
    limit: usize,
) -> Result<T, ApiError> {
    let body = read(request, payload, limit).await?;
    serde_json::from_slice(&body).map_err(|error| ApiError::Invalid(what_is_wrong(&error)))
}

fn what_is_wrong(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Data => {
            // Only names of our own fields can be in it.
            let text = error.to_string();
            let text = text.split(" at line").next().unwrap_or_default();
            let known = text.starts_with("missing field") || text.starts_with("unknown field");
            if known {
                text.to_owned()
            } else {
                "the body has a member of the wrong type".to_owned()
            }
        }
        _ => "the body is not valid JSON".to_owned(),
    }
}
