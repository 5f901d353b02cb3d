//! The gate of the gRPC server: who calls is known before anything of the
//! message is read, and what was answered is noted.

use std::{convert::Infallible, sync::Arc, time::Instant};

use a2a::jsonrpc::methods;
use a2a_pb::proto::a2a_service_server::SERVICE_NAME;
use actix_web::web;
use tonic::{
    Code, Status,
    body::Body,
    codegen::{BoxFuture, Context, Poll, Service, http},
    server::NamedService,
};

use super::{
    Calls,
    body::{Arriving, Holding},
    peer::{Calling, Peer},
    status::{http_status, status},
};
use crate::{
    adapters::{
        trace::{Side, Span},
        usage::prometheus::Route,
    },
    domain::{identity::Scope, trace::Trace},
    http::{
        State,
        caller::{Caller, Said, only_bearer},
        error::ApiError,
        request_id::RequestId,
        span::OTHER,
    },
};

/// The metadata that names a request.
const NAME: &str = "x-request-id";

type Parts = http::request::Parts;
type Request = http::Request<Body>;
type Response = http::Response<Body>;

/// Lets callers through to `S`, with a [`Caller`] in the request's extensions.
#[derive(Clone)]
pub struct Gate<S> {
    state: web::Data<State>,
    calls: Calls,
    inner: S,
}

impl<S> Gate<S> {
    pub(super) fn new(state: web::Data<State>, calls: Calls, inner: S) -> Self {
        Self {
            state,
            calls,
            inner,
        }
    }
}

impl<S> NamedService for Gate<S> {
    const NAME: &'static str = SERVICE_NAME;
}

impl<S> Service<Request> for Gate<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<Response, Infallible>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The one that is ready goes; its clone waits for the next.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let (state, under) = (self.state.clone(), self.calls.begin());
        Box::pin(async move {
            // The body stays outside: it cannot be shared while callers are checked.
            let (mut parts, body) = request.into_parts();
            let note = Note::of(&parts);
            let mut calling = parts.extensions.get::<Peer>().map(Peer::call);
            let mut span = begin(&parts, &state);
            let caller = enter(&parts, &note.id, &span, &state).await;
            let user = caller.as_ref().ok().map(user_of);
            let mut response = match caller {
                Ok(caller) => {
                    calling.iter_mut().for_each(Calling::let_in);
                    parts.extensions.insert(caller);
                    let body = Body::new(Arriving::new(body, &state.realm));
                    let answer = inner.call(Request::from_parts(parts, body)).await?;
                    in_our_words(answer, &state)
                }
                Err(error) => status(&error.into(), &state.realm).into_http(),
            };
            tell(&mut span, &note, &response);
            let took = state.metrics.taking(Route::GRPC, note.started);
            note.answered(&mut response, user.as_deref(), &state);
            // A call lasts until its answer is sent, however long that streams.
            Ok(response.map(|body| Body::new(Holding::new(body, span, (under, calling, took)))))
        })
    }
}

/// Says what the codec says of a message that is too long as we say it: no
/// operation answers with its code.
fn in_our_words(response: Response, state: &State) -> Response {
    let said = Status::from_header_map(response.headers());
    match said.map(|status| status.code()) {
        Some(Code::OutOfRange) => {
            let limit = state.max_request_bytes;
            status(&ApiError::TooLarge { limit }.into(), &state.realm).into_http()
        }
        _ => response,
    }
}

fn user_of(caller: &Caller) -> Arc<str> {
    caller.identity.owner.user.clone()
}

/// The trace that the metadata name, if they do it well.
fn incoming(parts: &Parts) -> Option<Trace> {
    let all = |name| parts.headers.get_all(name).iter().map(|v| v.as_bytes());
    Trace::read(all("traceparent"), all("tracestate"))
}

/// The span of a call, where spans are made.
fn begin(parts: &Parts, state: &State) -> Span {
    if !state.traces.is_on() {
        return Span::default();
    }
    let name = || method_of(parts.uri.path()).to_owned();
    let parent = incoming(parts);
    state.traces.span(Side::Server, parent.as_ref(), name)
}

/// A method of A2A with its service: what a caller makes up would be a word of
/// its own in every index.
fn method_of(path: &str) -> &str {
    let name = path.strip_prefix('/').unwrap_or(path);
    let method = name.strip_prefix(SERVICE_NAME);
    let method = method.and_then(|rest| rest.strip_prefix('/'));
    match method {
        Some(method) if methods::is_valid(method) => name,
        _ => OTHER,
    }
}

/// Says how it was answered.
fn tell(span: &mut Span, note: &Note, response: &Response) {
    if !span.is_kept() {
        return;
    }
    let code = Status::from_header_map(response.headers());
    let code = code.map_or(Code::Ok, |status| status.code());
    span.set("rpc.system", "grpc");
    span.set("rpc.method", method_of(&note.path).to_owned());
    span.set("rpc.grpc.status_code", i64::from(i32::from(code)));
    if http_status(code) >= 500 {
        span.fail(format!("{code:?}"));
    }
}

/// Who calls.
async fn enter(
    parts: &Parts,
    id: &RequestId,
    span: &Span,
    state: &State,
) -> Result<Caller, ApiError> {
    if state.is_draining() {
        return Err(ApiError::Draining);
    }
    let tokens = parts.headers.get_all("authorization").iter();
    let token = only_bearer(tokens.map(|value| value.as_bytes()))?;
    let token = token.ok_or(ApiError::Unauthenticated)?;
    let header = |name: &str| parts.headers.get(name).map(|value| value.as_bytes());
    let peer = parts.extensions.get::<Peer>();
    let said = Said {
        from: peer.and_then(Peer::address),
        user_agent: String::from_utf8_lossy(header("user-agent").unwrap_or_default()),
        project: header("x-attach-project"),
        request_id: id.clone(),
        trace: span.trace().or_else(|| incoming(parts)),
    };
    Caller::bearing(token, said, Some(Scope::TasksRun), state).await
}

/// What is noted of a call.
struct Note {
    started: Instant,
    id: RequestId,
    path: String,
}

impl Note {
    fn of(parts: &Parts) -> Self {
        let said = parts.headers.get(NAME);
        Self {
            started: Instant::now(),
            id: RequestId::said(said.and_then(|value| value.to_str().ok())),
            path: parts.uri.path().to_owned(),
        }
    }

    /// Names the answer, counts it and logs it. A stream is answered when it
    /// begins.
    fn answered(self, response: &mut Response, user: Option<&str>, state: &State) {
        if let Ok(value) = self.id.as_str().parse() {
            response.headers_mut().insert(NAME, value);
        }
        let code = Status::from_header_map(response.headers());
        let code = code.map_or(Code::Ok, |status| status.code());
        state.metrics.answered(Route::GRPC, http_status(code));
        let (request, path) = (self.id.as_str(), self.path);
        let ms = self.started.elapsed().as_millis();
        if http_status(code) >= 500 {
            tracing::warn!(request, path, ?code, user, ms, "answered");
        } else {
            tracing::debug!(request, path, ?code, user, ms, "answered");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a2a_has_a_name_for_names_a_call() {
        let known = format!("/{SERVICE_NAME}/GetTask");
        assert_eq!(method_of(&known), &known[1..]);
        for path in [
            "/x.Y/GetTask",
            &format!("/{SERVICE_NAME}/Guess"),
            &format!("/{SERVICE_NAME}"),
            "",
        ] {
            assert_eq!(method_of(path), OTHER, "{path}");
        }
    }
}
