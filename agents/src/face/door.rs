//! Who is at the door.

use std::{
    hash::{BuildHasher, RandomState},
    sync::LazyLock,
};

use axum::response::IntoResponse;
use axum::{extract::Request, http::header, middleware::Next, response::Response};

use crate::{
    call::{bearer, read},
    error::Error,
};

tokio::task_local! {
    static CALLER: Caller;
}

/// Whoever holds one token: its digest, so that no token is kept. The key of the
/// digest is made anew at each start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Caller(u64);

impl Caller {
    /// Who is being served; `None` outside of a request.
    pub(super) fn current() -> Option<Self> {
        CALLER.try_with(|caller| *caller).ok()
    }
}

/// Lets in whoever brings a token, or everyone where it is not `guarded`, with a
/// body of 1 MiB at most. The gateway checks the token, when the agent uses it
/// there.
pub(super) async fn enter(guarded: bool, request: Request, next: Next) -> Response {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let authorization = request.headers().get(header::AUTHORIZATION);
    let token = authorization
        .and_then(|value| value.to_str().ok())
        .and_then(bearer);
    if guarded && token.is_none() {
        return Error::Unauthenticated.into_response();
    }
    let caller = Caller(KEY.hash_one(token));
    let (head, body) = request.into_parts();
    match read(body).await {
        Ok(body) => {
            let request = Request::from_parts(head, body.into());
            CALLER.scope(caller, next.run(request)).await
        }
        Err(error) => error.into_response(),
    }
}
