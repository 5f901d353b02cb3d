//! Pages of other origins: which may call, and how they are told.
//!
//! No cookie crosses origins: pages bring a token.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
};

use crate::http::{State, error::ApiError};

/// What a page may do.
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
/// What of an answer a page may read beside the usual.
const EXPOSED: &str = "x-attach-user, x-attach-issuer, x-attach-session, x-attach-session-id, \
    x-attach-limited-by, x-request-id, x-llm-model, x-tokens-in, x-tokens-out, retry-after, \
    www-authenticate, ratelimit-limit, ratelimit-remaining, ratelimit-reset, a2a-extensions, etag";
/// How long a browser remembers a preflight, in seconds.
const REMEMBERED: &str = "600";

/// The answer to a preflight; `None` for every other request. Never proxied, and
/// never in need of a token.
pub fn preflight(request: &HttpRequest, state: &State) -> Option<Result<HttpResponse, ApiError>> {
    let asks = request.headers();
    let is_one = *request.method() == Method::OPTIONS
        && asks.contains_key(header::ORIGIN)
        && asks.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if !is_one {
        return None;
    }
    if listed(asks, state).is_none() {
        return Some(Err(ApiError::Origin));
    }
    let mut answer = HttpResponse::NoContent();
    answer.insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, METHODS));
    answer.insert_header((header::ACCESS_CONTROL_MAX_AGE, REMEMBERED));
    // Each is checked when it comes: what a header may say is no matter of origin.
    if let Some(names) = asks.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone()));
    }
    Some(Ok(answer.finish()))
}

/// Lets a listed page read the answer, whatever it is.
pub fn allow(answer: &mut HeaderMap, asks: &HeaderMap, state: &State) {
    answer.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = listed(asks, state) {
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let exposed = HeaderValue::from_static(EXPOSED);
        answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}

/// The one origin of a request, where `CORS_ORIGINS` lists it.
fn listed<'a>(asks: &'a HeaderMap, state: &State) -> Option<&'a HeaderValue> {
    let mut origins = asks.get_all(header::ORIGIN);
    let origin = origins.next()?;
    let is_listed = state
        .origins
        .iter()
        .any(|known| known.as_bytes() == origin.as_bytes());
    (is_listed && origins.next().is_none()).then_some(origin)
}
