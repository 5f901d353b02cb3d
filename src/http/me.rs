//! What callers see of themselves: who the gateway takes them for, the sessions
//! and the keys they have.

mod keys;
mod sessions;

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::{
    domain::identity::Grant,
    http::{State, answer::unkept, caller::Caller, error::ApiError},
};
pub use keys::{create, keys, revoke};
pub use sessions::{end, sessions};

/// `GET /auth/me`: who the gateway takes the caller for, whatever they proved it
/// with.
///
/// # Errors
///
/// None of its own.
pub async fn me(caller: Caller, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let identity = &caller.identity;
    // A key may have no end.
    let end = identity.expires_at;
    let end = (end.0 != i64::MAX).then(|| end.secs());
    Ok(unkept(json!({
        "user": identity.owner.user,
        "issuer": identity.owner.issuer,
        "scopes": identity.held(state.required_scopes).names(),
        "scopes_enforced": state.required_scopes || !is_person(&identity.grant),
        "session_id": caller.session,
        "grant": word(&identity.grant),
        "expires_at": end,
        "may_make_keys": refusal(&identity.grant, Wish::Change).is_none(),
    })))
}

/// Whether somebody came by a provider's word: all others are held to their scopes always.
fn is_person(grant: &Grant) -> bool {
    matches!(grant, Grant::Oidc | Grant::Browser { .. })
}

fn word(grant: &Grant) -> &'static str {
    match grant {
        Grant::Oidc => "oidc",
        Grant::Did => "did",
        Grant::ApiKey { .. } => "api_key",
        Grant::Delegation { .. } => "delegation",
        Grant::Browser { .. } => "browser",
    }
}

/// What is asked of sessions and keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    Look,
    Change,
}

/// Whether the caller may do so.
fn admit(caller: &Caller, wish: Wish) -> Result<(), ApiError> {
    let why = refusal(&caller.identity.grant, wish);
    why.map_or(Ok(()), |why| Err(ApiError::Forbidden(why)))
}

/// Why not. Who acts for somebody else is not told what else they have, and a key
/// that is lost tells of no other. Only who signed in at the page changes it: a token
/// that an app was given for five minutes must not become a key that outlives it.
fn refusal(grant: &Grant, wish: Wish) -> Option<&'static str> {
    match (grant, wish) {
        (Grant::Browser { .. }, _) | (Grant::Oidc, Wish::Look) => None,
        (Grant::Oidc, Wish::Change) => Some(
            "a provider's token can neither make nor revoke keys nor end sessions; sign in at the page, or use attach-gateway keys",
        ),
        (Grant::Delegation { .. }, _) => Some(
            "an agent's token is for its task alone; sign in to see and change sessions and keys",
        ),
        (Grant::ApiKey { .. }, _) => Some(
            "an API key is told of itself alone, at /auth/me; sign in to see and change sessions and keys, or use attach-gateway keys",
        ),
        (Grant::Did, _) => Some(
            "a DID is its own key and has no others here; DID_ALLOW and DID_SCOPES say what it may do",
        ),
    }
}
