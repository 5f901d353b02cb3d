//! One call of an agent, as the gateway makes it.

use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use futures_util::StreamExt;

use crate::{error::Error, face::Turn, id::Id, input::Input};

/// The largest body an agent reads, in bytes.
const LIMIT_BYTES: usize = 1 << 20;

/// A delegation token. It is sent back to the gateway and shown to nobody: it
/// has no `Debug` and no `Display`.
pub(crate) struct Token(String);

impl Token {
    /// The token itself, for an `Authorization` header.
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }
}

/// Which trace a call is in, as its headers say it: what the agent asks of the
/// gateway belongs to the same.
#[derive(Default)]
pub(crate) struct Trace(Vec<(&'static str, String)>);

impl Trace {
    /// The headers of a call that is in a trace.
    const HEADERS: [&'static str; 2] = ["traceparent", "tracestate"];

    fn of<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Self {
        let said = Self::HEADERS.map(|name| Some((name, header(name)?.to_owned())));
        Self(said.into_iter().flatten().collect())
    }

    /// The headers, to be passed on.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

/// One attempt at one task.
pub(crate) struct Call {
    /// Whom the agent acts for, until the task ends.
    pub(crate) token: Token,
    /// The same in every attempt.
    pub(crate) task: Id,
    /// What is asked, the same in every attempt.
    pub(crate) input: Input,
    /// Where it belongs.
    pub(crate) trace: Trace,
    /// Whether somebody reads along while the answer is written: over A2A anybody
    /// may; else who accepts a stream, unless the input says otherwise.
    pub(crate) is_heard: bool,
}

impl Call {
    /// Whether the model's answer is streamed: as the input says, and where it is
    /// silent if anybody reads along.
    pub(crate) fn streams(&self) -> bool {
        self.input.stream.unwrap_or(self.is_heard)
    }

    /// The `Idempotency-Key` of the write this task calls `step`. Another
    /// attempt at the task gets the same key, and so does no second write.
    pub(crate) fn key(&self, step: &str) -> String {
        format!("{}/{step}", self.task)
    }

    /// The call that a message over A2A is. The gateway names its own task in
    /// the same headers; without them the task is the agent's own.
    ///
    /// # Errors
    ///
    /// No token, or an [`Input`] that is none.
    pub(crate) fn over_a2a(turn: &Turn) -> Result<Self, Error> {
        let token = token(turn.header("authorization"))?;
        let named = named(turn.header("x-attach-task"), turn.header("idempotency-key"));
        let task = named.or_else(|| Id::try_from(turn.task_id.clone()).ok());
        Ok(Self {
            token,
            task: task.ok_or(Error::NoTask)?,
            input: Input::of_message(&turn.message)?,
            trace: Trace::of(|name| turn.header(name)),
            is_heard: true,
        })
    }
}

impl<S: Sync> FromRequest<S> for Call {
    type Rejection = Error;

    /// The headers come first: a stranger's body is not worth reading.
    async fn from_request(request: Request, _state: &S) -> Result<Self, Error> {
        let (head, body) = request.into_parts();
        let header = |name: &str| text(&head.headers, name);
        let token = token(header(header::AUTHORIZATION.as_str()))?;
        let task = named(header("x-attach-task"), header("idempotency-key"));
        let task = task.ok_or(Error::NoTask)?;
        let trace = Trace::of(header);
        let reads_along = reads_along(header);
        let input = Input::read(&read(body).await?)?;
        let is_heard = reads_along && input.stream != Some(false);
        Ok(Self {
            token,
            task,
            input,
            trace,
            is_heard,
        })
    }
}

/// The whole of a body.
///
/// # Errors
///
/// It is larger than an agent reads, or breaks off.
pub(crate) async fn read(body: Body) -> Result<Vec<u8>, Error> {
    let (mut stream, mut read) = (body.into_data_stream(), Vec::new());
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| Error::Unread(error.to_string()))?;
        if read.len() + chunk.len() > LIMIT_BYTES {
            let limit_bytes = LIMIT_BYTES;
            return Err(Error::TooLarge { limit_bytes });
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

/// The token in an `Authorization` header.
pub(crate) fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn token(authorization: Option<&str>) -> Result<Token, Error> {
    let token = authorization.and_then(bearer);
    let token = token.map(|token| Token(token.to_owned()));
    token.ok_or(Error::Unauthenticated)
}

fn reads_along<'a>(header: impl Fn(&str) -> Option<&'a str>) -> bool {
    let accepted = header(header::ACCEPT.as_str()).unwrap_or_default();
    accepted.contains("text/event-stream")
}

/// The gateway's task, by the headers that may name it.
fn named(task: Option<&str>, key: Option<&str>) -> Option<Id> {
    Id::try_from(task.or(key)?.to_owned()).ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
