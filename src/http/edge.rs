//! What happens to every request before routing and to every answer after it.

use std::time::Instant;

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{StatusCode, header},
    middleware::Next,
    web,
};
use url::Url;

use crate::{
    adapters::{trace::Span, usage::prometheus::Route},
    http::{
        State,
        a2a::envelope,
        body,
        caller::{Caller, scope_of},
        cors,
        error::{ApiError, Dialect},
        headers, meant,
        request_id::RequestId,
        span::{self, Watched},
    },
};

/// The outermost layer: names the request, refuses what no route should see,
/// writes errors in the caller's dialect, stamps and logs the answer.
///
/// # Errors
///
/// None: errors become answers here.
pub async fn edge(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let id = RequestId::give(request.request());
    let route = Route::of(request.path());
    let state = request.app_data::<web::Data<State>>().cloned();
    let mut span = match &state {
        Some(state) => span::begin(&request, state, route),
        None => Span::default(),
    };
    let mut response = match answered_here(&mut request).await {
        Some(Ok(answer)) => request.into_response(answer),
        Some(Err(error)) => {
            let answer = answer_of(&error, request.request());
            request.into_response(answer)
        }
        None => next.call(request).await?.map_into_boxed_body(),
    };
    if let Some(error) = response.response().error() {
        let error = known(error);
        log_cause(&error, &id);
        let answer = answer_of(&error, response.request());
        response = response.into_response(answer);
    } else if is_our_405(&response) {
        let allow = response.headers().get(header::ALLOW);
        let allow = allow.and_then(|names| names.to_str().ok());
        let error = ApiError::Method(allow.unwrap_or_default().to_owned());
        let answer = answer_of(&error, response.request());
        response = response.into_response(answer);
    }
    finish(&mut response, &id);
    let status = meant::status_of(&response);
    log(&response, status, &id, started);
    let Some(state) = state else {
        return Ok(response);
    };
    state.metrics.answered(route, status);
    span::answered(&mut span, &response, status);
    let took = state.metrics.taking(route, started);
    Ok(response.map_body(|_, body| Watched::boxed(body, (took, span))))
}

/// What needs no route: refusals and preflights. Reads small bodies in passing.
async fn answered_here(request: &mut ServiceRequest) -> Option<Result<HttpResponse, ApiError>> {
    if let Some(error) = refusal(request) {
        return Some(Err(error));
    }
    if let Some(state) = request.app_data::<web::Data<State>>()
        && let Some(answer) = cors::preflight(request.request(), state)
    {
        return Some(answer);
    }
    body::fetch_small(request).await.err().map(Err)
}

/// The framework's own 405 comes before any handler, and so before anyone is
/// known; one of an engine's comes after.
fn is_our_405(response: &ServiceResponse<BoxBody>) -> bool {
    response.status() == StatusCode::METHOD_NOT_ALLOWED
        && !response.request().extensions().contains::<Caller>()
}

/// Everything a client must not be able to ask.
fn refusal(request: &ServiceRequest) -> Option<ApiError> {
    if !is_plain(request.uri().path()) {
        return Some(ApiError::Invalid("the path is malformed".to_owned()));
    }
    let state = request.app_data::<web::Data<State>>()?;
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|v| v.to_str().ok());
    let served = !state.is_loopback || host.is_some_and(|host| is_served(host, &state.public_url));
    (!served).then_some(ApiError::Misdirected)
}

/// No `.` or `..`, no `//`, no control character, and nothing encoded that
/// needs no encoding: the router and the engine decode it, and what decides on
/// scopes and quotas must read the same path as they do.
fn is_plain(path: &str) -> bool {
    let hides = |byte: u8| {
        byte.is_ascii_alphanumeric() || byte.is_ascii_control() || b"-._~/\\".contains(&byte)
    };
    let encoded = |part: &str| u8::from_str_radix(part.get(..2)?, 16).ok();
    !path.contains("//")
        && !path.contains('\\')
        && !path.split('/').any(|s| matches!(s, "." | ".."))
        && !path.split('%').skip(1).filter_map(encoded).any(hides)
        && !path.chars().any(char::is_control)
}

/// On loopback another host name means that a page of another site had its name
/// resolve to this machine.
fn is_served(host: &str, public: &Url) -> bool {
    let name = name_of(host);
    is_loopback_name(&name) || public.host_str() == Some(&name)
}

/// Whether a Host header names this machine, as this machine does.
pub(super) fn is_loopback_host(host: &str) -> bool {
    is_loopback_name(&name_of(host))
}

fn is_loopback_name(name: &str) -> bool {
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// The host without its port, in lower case.
fn name_of(host: &str) -> String {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    name.to_ascii_lowercase()
}

/// The error as one of ours; the framework's own say only a status.
fn known(error: &Error) -> ErrorRef<'_> {
    if let Some(error) = error.as_error::<ApiError>() {
        return ErrorRef::Ours(error);
    }
    ErrorRef::Made(match error.as_response_error().status_code() {
        StatusCode::NOT_FOUND => ApiError::NoRoute,
        StatusCode::METHOD_NOT_ALLOWED => ApiError::Method(String::new()),
        status if status.is_client_error() => {
            ApiError::Invalid("the request is malformed".to_owned())
        }
        _ => ApiError::internal(error.to_string()),
    })
}

enum ErrorRef<'a> {
    Ours(&'a ApiError),
    Made(ApiError),
}

impl std::ops::Deref for ErrorRef<'_> {
    type Target = ApiError;

    fn deref(&self) -> &ApiError {
        match self {
            Self::Ours(error) => error,
            Self::Made(error) => error,
        }
    }
}

fn answer_of(error: &ApiError, request: &HttpRequest) -> HttpResponse {
    let (method, path) = (request.method(), request.path());
    if envelope::is_spoken(method, path)
        && let Some(answer) = envelope::before_id(error)
    {
        return answer;
    }
    let state = request.app_data::<web::Data<State>>();
    let realm = state.map_or("Bearer", |state| state.realm.as_str());
    error.answer(Dialect::of(path), realm, scope_of(method, path))
}

fn finish(response: &mut ServiceResponse<BoxBody>, id: &RequestId) {
    let request = response.request().clone();
    let extensions = request.extensions();
    let to = response.headers_mut();
    if let Some(state) = request.app_data::<web::Data<State>>() {
        cors::allow(to, request.headers(), state);
    }
    to.insert(headers::REQUEST_ID, headers::value(id.as_str()));
    if let Some(caller) = extensions.get::<Caller>() {
        headers::stamp(to, caller);
        to.insert(headers::SESSION_ID, headers::value(&caller.session.0));
    }
}

fn log_cause(error: &ApiError, id: &RequestId) {
    if let ApiError::Internal(cause) = error {
        tracing::error!(request = id.as_str(), %cause, "request failed");
    }
}

/// What the gateway could not do always, the rest with `LOG_LEVEL=debug`: a flood
/// of bad tokens must not become a flood of lines.
fn log(response: &ServiceResponse<BoxBody>, status: u16, id: &RequestId, started: Instant) {
    let request = response.request();
    let state = request.app_data::<web::Data<State>>();
    // A secret may have been pasted where an id belongs.
    let path = || state.map(|state| state.mirror.clean(request.path()));
    let (method, ms) = (request.method(), started.elapsed().as_millis());
    let extensions = request.extensions();
    let caller = extensions.get::<Caller>();
    let user = caller.map(|c| &*c.identity.owner.user);
    let task = caller.and_then(Caller::task).map(tracing::field::display);
    let id = id.as_str();
    if status >= 500 {
        tracing::warn!(request = id, %method, path = path().as_deref(), status, user, task, ms, "answered");
    } else {
        tracing::debug!(request = id, %method, path = path().as_deref(), status, user, task, ms, "answered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_hide_something_are_refused() {
        for path in [
            "/v1/models",
            "/a.b/c..d",
            "/api/blobs/sha256:x",
            "/a%3Ab%20%C3%A9%",
        ] {
            assert!(is_plain(path), "{path}");
        }
        for path in [
            "/a/../b", "//a", "/a%2fb", "/a%2E%2e", "/%00", "/..", "/a\\b", "/./a", "/%61", "/%0A",
        ] {
            assert!(!is_plain(path), "{path}");
        }
    }

    #[test]
    fn on_loopback_only_our_own_names_are_served() {
        let public = Url::parse("http://gateway.example:80/").unwrap();
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:1",
            "[::1]:8080",
            "[::1]",
            "gateway.example",
        ] {
            assert!(is_served(host, &public), "{host}");
        }
        for host in ["evil.example", "localhost.evil", "127.0.0.1.evil:80", ""] {
            assert!(!is_served(host, &public), "{host}");
        }
    }
}
