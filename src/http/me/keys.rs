//! One's own API keys.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{Wish, admit};
use crate::{
    adapters::api_keys::{ApiKeys, CreateError, KeyView, Lifetime, MadeKey, NewKey, Revoked, name},
    domain::{
        identity::{Scope, Scopes},
        time::UnixMillis,
    },
    http::{
        State,
        answer::{unkept, unkept_as},
        body,
        caller::Caller,
        error::ApiError,
    },
};

/// Keys that work, a person.
const MOST: u32 = 100;
/// How long a key lasts at most.
const LONGEST_MS: i64 = 365 * 86_400_000;
/// The largest body, in bytes.
const MAX_BODY: usize = 16 * 1024;

/// `GET /auth/keys`: one's own, without their secrets; those that work come first,
/// then the newest, 500 at most.
///
/// # Errors
///
/// 403 for agents, keys and DIDs, 503 when the keys cannot be read.
pub async fn keys(caller: Caller, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    admit(&caller, Wish::Look)?;
    let found = state.api_keys.of(&caller.identity.owner, UnixMillis::now());
    let keys: Vec<_> = found.await.map_err(unread)?.iter().map(told).collect();
    Ok(unkept(json!({ "keys": keys })))
}

fn told(key: &KeyView) -> Value {
    json!({
        "id": key.id,
        "name": (!key.name.is_empty()).then_some(&key.name),
        "scopes": key.scopes.names(),
        "created": key.created_at,
        "expires": key.expires_at,
        "revoked": key.revoked_at,
        // Nobody writes a row for each call.
        "last_used": null,
    })
}

/// What the key is to be.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    name: Option<String>,
    scopes: Option<Vec<String>>,
    expires: Option<String>,
}

impl Wanted {
    /// A key of `caller` for all of that, with the scopes that most want where none
    /// are named.
    fn key(self, caller: &Caller, required: bool, now: UnixMillis) -> Result<NewKey, ApiError> {
        let invalid = |member: &str| {
            let member = member.to_owned();
            move |why: String| ApiError::Invalid(format!("{member}: {why}"))
        };
        let named = name(self.name.as_deref().unwrap_or_default()).map_err(invalid("name"))?;
        let lifetime = lifetime(self.expires.as_deref()).map_err(invalid("expires"))?;
        Ok(NewKey {
            owner: caller.identity.owner.clone(),
            name: named,
            scopes: granted(self.scopes, caller.identity.held(required))?,
            expires_at: lifetime.end(now),
        })
    }
}

/// How long the key is good for: what outlives a sign-in ends by itself some day.
fn lifetime(asked: Option<&str>) -> Result<Lifetime, String> {
    let lifetime = Lifetime::parse(asked.unwrap_or(Lifetime::USUAL)).ok();
    let bounded = lifetime.filter(|life| matches!(life, Lifetime::Millis(ms) if *ms <= LONGEST_MS));
    let text = "write it as 90d or 12h, up to 365d; attach-gateway keys create makes keys that last longer, or never end";
    bounded.ok_or_else(|| text.to_owned())
}

/// The scopes asked for, which are among those `held`.
fn granted(asked: Option<Vec<String>>, held: Scopes) -> Result<Scopes, ApiError> {
    let Some(asked) = asked else {
        let usual = held.and(Scopes::DEFAULT);
        let none = "you hold no scope that a key could have";
        return (!usual.is_empty())
            .then_some(usual)
            .ok_or(ApiError::Forbidden(none));
    };
    let known = Scopes::parse_known(&asked.join(" ")).filter(|scopes| !scopes.is_empty());
    let scopes = known.ok_or_else(|| {
        let names = Scope::ALL.map(Scope::name).join(", ");
        ApiError::Invalid(format!("scopes: write some of {names}"))
    })?;
    let more = "a key gets no scope that its owner does not have; GET /auth/me says which you have";
    let is_within = scopes.is_within(held);
    is_within.then_some(scopes).ok_or(ApiError::Forbidden(more))
}

/// `POST /auth/keys`: makes a key that is the caller's own; 201, and the one time
/// that the key itself is told. A client that leaves before has no key: it is revoked.
///
/// # Errors
///
/// 400 for a body that cannot be taken; 403 unless the caller signed in at the page,
/// and for scopes they have not; 409 with 100 keys that work; 413; 503 when it cannot
/// be written.
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    admit(&caller, Wish::Change)?;
    let limit = MAX_BODY.min(state.max_request_bytes);
    let wanted: Wanted = body::json(&request, payload, limit).await?;
    let now = UnixMillis::now();
    let new = wanted.key(&caller, state.required_scopes, now)?;
    let made = make(state.api_keys.clone(), new.clone(), now).await?;
    Ok(unkept_as(StatusCode::CREATED, shown(made, new, now)))
}

/// A key that whoever waits for this gets, or nobody: it is made to its end also when
/// they leave, and then revoked, as no one would know it.
async fn make(keys: ApiKeys, new: NewKey, now: UnixMillis) -> Result<MadeKey, ApiError> {
    let (tell, told) = oneshot::channel();
    tokio::spawn(async move {
        let made = keys.create_within(MOST, new, now).await;
        if let Err(Ok(Some(unknown))) = tell.send(made)
            && let Err(error) = keys.revoke(&unknown.id, UnixMillis::now()).await
        {
            tracing::warn!(%error, key = unknown.id, "a key that nobody was told is not revoked; revoke it");
        }
    });
    let made = told.await.map_err(ApiError::internal)?;
    let made = made.map_err(|error| match error {
        CreateError::Random(error) => ApiError::internal(error),
        CreateError::Write(error) => unwritten(error),
    })?;
    let full = || ApiError::Conflict(format!("you have {MOST} keys that work; revoke one first"));
    made.ok_or_else(full)
}

/// A key as it is in the list, and itself.
fn shown(made: MadeKey, new: NewKey, now: UnixMillis) -> Value {
    let mut shown = told(&KeyView {
        id: made.id,
        name: new.name,
        owner: new.owner,
        scopes: new.scopes,
        created_at: now,
        expires_at: new.expires_at,
        revoked_at: None,
    });
    shown["key"] = made.text.into();
    shown
}

/// `DELETE /auth/keys/{id}`: ends a key, at every gateway within a second. 204, also
/// if it had been revoked before.
///
/// # Errors
///
/// 403 unless the caller signed in at the page, 404 for unknown and for other people's keys, 503
/// when it could not be written: then the key still works.
pub async fn revoke(
    caller: Caller,
    id: web::Path<String>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    admit(&caller, Wish::Change)?;
    let owner = caller.identity.owner.clone();
    // Goes on when the client leaves.
    let revoked = tokio::spawn(async move {
        let now = UnixMillis::now();
        state.api_keys.revoke_own(&id, &owner, now).await
    });
    match revoked
        .await
        .map_err(ApiError::internal)?
        .map_err(unwritten)?
    {
        Revoked::Now | Revoked::Before(_) => Ok(HttpResponse::NoContent().finish()),
        Revoked::Unknown => Err(ApiError::NotFound("unknown key")),
    }
}

fn unread(error: impl std::fmt::Display) -> ApiError {
    tracing::error!(%error, "API keys cannot be read");
    ApiError::Unread
}

fn unwritten(error: impl std::fmt::Display) -> ApiError {
    tracing::error!(%error, "API keys cannot be written");
    ApiError::Store
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{adapters::database::Database, domain::id::Owner};

    #[tokio::test]
    async fn a_key_that_nobody_waits_for_any_more_is_revoked() {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&folder.path().join("attach.db").into()).await;
        let keys = ApiKeys::new(db.unwrap());
        let new = NewKey {
            owner: Owner::new("i", "ada"),
            name: String::new(),
            scopes: Scopes::DEFAULT,
            expires_at: None,
        };
        let left = Box::pin(make(keys.clone(), new, UnixMillis(1)));
        assert!(futures_util::poll!(left).is_pending());
        let revoked = async {
            loop {
                let all = keys.list().await.unwrap();
                if all.iter().any(|key| key.revoked_at.is_some()) {
                    return all.len();
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let revoked = tokio::time::timeout(Duration::from_secs(20), revoked).await;
        assert_eq!(revoked.unwrap(), 1);
    }
}
