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
        "scopes_enforced": state.required_scopes,
        "session_id": caller.session,
        "grant": word(&identity.grant),
        "expires_at": end,
    })))
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

/// Whether the caller may do so: who acts for somebody else is not told what else
/// they have, and only who signed in with their provider changes it. A key that is
/// lost must not be able to make another, nor a token that an agent was given.
fn admit(caller: &Caller, wish: Wish) -> Result<(), ApiError> {
    let why = match (&caller.identity.grant, wish) {
        (Grant::Browser { .. } | Grant::Oidc, _)
        | (Grant::ApiKey { .. } | Grant::Did, Wish::Look) => {
            return Ok(());
        }
        (Grant::Delegation { .. }, _) => {
            "an agent's token is for its task alone; sign in to see and change sessions and keys"
        }
        (Grant::ApiKey { .. }, _) => {
            "an API key can neither make nor revoke keys nor end sessions; sign in, or use attach-gateway keys"
        }
        (Grant::Did, _) => {
            "a DID is its own key and has no others here; DID_ALLOW and DID_SCOPES say what it may do"
        }
    };
    Err(ApiError::Forbidden(why))
}
