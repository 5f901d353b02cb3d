//! What is known of a request only once its answer is over: how long it took, and
//! its span.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    HttpMessage, HttpRequest,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{HeaderMap, HeaderName, HeaderValue},
    },
    web::Bytes,
};

use crate::{
    adapters::{
        trace::{Side, Span},
        usage::prometheus::{Route, Took},
    },
    domain::trace::Trace,
    http::{State, caller::Caller},
};

/// Which trace a request is in.
pub const PARENT: HeaderName = HeaderName::from_static("traceparent");
/// What the conventions call a word that they do not know.
pub(super) const OTHER: &str = "_OTHER";
/// What failed where an answer broke off.
pub(super) const BROKEN: &str = "broken_stream";
/// What others note of that trace.
pub const STATE: HeaderName = HeaderName::from_static("tracestate");

/// The place that a request's span gives to what the request causes.
struct Place(Trace);

/// The trace that the headers name, if they do it well.
fn incoming(headers: &HeaderMap) -> Option<Trace> {
    let parents = headers.get_all(PARENT).map(HeaderValue::as_bytes);
    let states = headers.get_all(STATE).map(HeaderValue::as_bytes);
    Trace::read(parents, states)
}

/// The place of what `request` causes: under its own span, else under its caller's.
pub fn trace_of(request: &HttpRequest) -> Option<Trace> {
    let extensions = request.extensions();
    match extensions.get::<Place>() {
        Some(Place(trace)) => Some(trace.clone()),
        None => incoming(request.headers()),
    }
}

/// Names `trace` in the headers of a call, if there is one.
pub fn put(headers: &mut HeaderMap, trace: Option<&Trace>) {
    let Some(trace) = trace else { return };
    headers.remove(STATE);
    if let Ok(value) = HeaderValue::try_from(trace.to_string()) {
        headers.insert(PARENT, value);
    }
    if let Some(Ok(value)) = trace.state().map(HeaderValue::from_str) {
        headers.insert(STATE, value);
    }
}

/// The span of a request that is worth one, where spans are made.
pub(super) fn begin(request: &ServiceRequest, state: &State, route: Route) -> Span {
    if !state.traces.is_on() || !route.is_traced() {
        return Span::default();
    }
    let parent = incoming(request.headers());
    let name = || named(method_of(request.method()));
    let span = state.traces.span(Side::Server, parent.as_ref(), name);
    if let Some(trace) = span.trace() {
        request.extensions_mut().insert(Place(trace));
    }
    span
}

/// Says what the head of the answer tells, and whether it `meant` that we failed;
/// no person is named.
pub(super) fn answered<B>(span: &mut Span, response: &ServiceResponse<B>, meant: u16) {
    if !span.is_kept() {
        return;
    }
    let (request, status) = (response.request(), response.status().as_u16());
    let method = method_of(request.method());
    if let Some(route) = request.match_pattern() {
        span.rename(|| format!("{} {route}", named(method)));
        span.set("http.route", route);
    }
    span.set("http.request.method", method);
    span.set("http.response.status_code", i64::from(status));
    if let Some(caller) = request.extensions().get::<Caller>() {
        span.set("session.id", caller.session.0.to_string());
    }
    if meant >= 500 {
        span.fail(meant.to_string());
    }
}

/// One of the methods that the conventions know: what a caller makes up would be
/// a word of its own in every index.
fn method_of(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE",
    ];
    let known = KNOWN.into_iter().find(|known| method == *known);
    known.unwrap_or(OTHER)
}

/// How a span's name begins.
fn named(method: &'static str) -> &'static str {
    match method {
        OTHER => "HTTP",
        known => known,
    }
}

/// A body, and what ends with it.
pub(super) struct Watched {
    body: BoxBody,
    span: Span,
    _took: Took,
}

impl Watched {
    /// `body` as it is; one that breaks fails the span. What ends with it is dropped when it is over, or its
    /// client has left.
    pub(super) fn boxed(body: BoxBody, (took, span): (Took, Span)) -> BoxBody {
        let _took = took;
        BoxBody::new(Self { body, span, _took })
    }
}

impl MessageBody for Watched {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let next = Pin::new(&mut self.body).poll_next(cx);
        if let Poll::Ready(Some(Err(_))) = next {
            self.span.fail(BROKEN);
        }
        next
    }
}
