//! One's own sessions.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{Wish, admit};
use crate::{
    adapters::{browsers::Ended, sessions::SessionView},
    domain::{id::SessionId, time::UnixMillis},
    http::{State, answer::unkept, caller::Caller, error::ApiError},
};

/// Sessions in the answer at most.
const MOST: u32 = 100;

/// `GET /auth/sessions`: the newest 100, the one used last first. `open` are those
/// of browsers that are still signed in; the session of a token ends with it.
///
/// # Errors
///
/// 403 for agents, keys and DIDs, 503 when the sessions cannot be read.
pub async fn sessions(caller: Caller, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    admit(&caller, Wish::Look)?;
    let (owner, own) = (&caller.identity.owner, &caller.session);
    let found = state.sessions.of(owner, own, MOST).await;
    let now = UnixMillis::now();
    let told = |one: &SessionView| told(one, own, now);
    let sessions: Vec<_> = found.map_err(unread)?.iter().map(told).collect();
    Ok(unkept(json!({ "sessions": sessions })))
}

fn told(one: &SessionView, own: &SessionId, now: UnixMillis) -> Value {
    json!({
        "session_id": one.session,
        "first_seen": one.first_seen_at,
        "last_seen": one.last_seen_at,
        "requests": one.requests,
        "until": one.until,
        "browser": one.until.is_some(),
        "open": one.until.is_some_and(|until| now < until),
        "current": one.session == *own,
    })
}

/// `DELETE /auth/sessions/{id}`: signs a browser out, here at once and at other
/// gateways within a second. 204, also if it had ended before.
///
/// # Errors
///
/// 403 unless the caller signed in at the page, 404 for unknown and for other people's sessions,
/// 409 for the session of a token, 503 when it could not be ended.
pub async fn end(
    caller: Caller,
    id: web::Path<String>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    admit(&caller, Wish::Change)?;
    let id = SessionId(id.into_inner().into());
    let owner = caller.identity.owner.clone();
    // Goes on when the client leaves.
    let ended = tokio::spawn(async move {
        let ended = state.sessions.end(&id, &owner, UnixMillis::now()).await;
        ended.map_err(ApiError::sessions)
    });
    match ended.await.map_err(ApiError::internal)?? {
        Ended::Now | Ended::Before => Ok(HttpResponse::NoContent().finish()),
        Ended::Unknown => Err(ApiError::NotFound("unknown session")),
        Ended::OfToken => {
            let text = "the session belongs to a token and ends with it; to refuse the token before, end it at its issuer, or revoke it if it is an API key";
            Err(ApiError::Conflict(text.to_owned()))
        }
    }
}

fn unread(error: impl std::fmt::Display) -> ApiError {
    tracing::error!(%error, "sessions cannot be read");
    ApiError::Unread
}
