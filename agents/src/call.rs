//! One call of an agent, as the gateway makes it.

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
    web,
};
use futures_util::future::LocalBoxFuture;

use crate::{error::Error, id::Id, input::Input};

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

/// One attempt at one task.
pub(crate) struct Call {
    /// Whom the agent acts for, until the task ends.
    pub(crate) token: Token,
    /// The same in every attempt.
    pub(crate) task: Id,
    /// What is asked, the same in every attempt.
    pub(crate) input: Input,
}

impl Call {
    /// The `Idempotency-Key` of the write this task calls `step`. Another
    /// attempt at the task gets the same key, and so does no second write.
    pub(crate) fn key(&self, step: &str) -> String {
        format!("{}/{step}", self.task)
    }
}

impl FromRequest for Call {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        // The headers come first: a stranger's body is not worth reading.
        let known = token(req.headers()).and_then(|token| Ok((token, task(req.headers())?)));
        let payload = web::Payload::from_request(req, payload);
        Box::pin(async move {
            let (token, task) = known?;
            let body = body(payload.await.map_err(unread)?).await?;
            let input = Input::read(&body)?;
            Ok(Self { token, task, input })
        })
    }
}

async fn body(payload: web::Payload) -> Result<web::Bytes, Error> {
    let read = payload.to_bytes_limited(LIMIT_BYTES).await;
    let limit_bytes = LIMIT_BYTES;
    let body = read.map_err(|_| Error::TooLarge { limit_bytes })?;
    body.map_err(unread)
}

fn unread(error: actix_web::Error) -> Error {
    Error::Unread(error.to_string())
}

fn token(headers: &HeaderMap) -> Result<Token, Error> {
    text(headers, header::AUTHORIZATION.as_str())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|token| !token.is_empty())
        .map(|token| Token(token.to_owned()))
        .ok_or(Error::Unauthenticated)
}

fn task(headers: &HeaderMap) -> Result<Id, Error> {
    text(headers, "x-attach-task")
        .or_else(|| text(headers, "idempotency-key"))
        .and_then(|id| Id::try_from(id.to_owned()).ok())
        .ok_or(Error::NoTask)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
