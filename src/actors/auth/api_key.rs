//! Keys that people made for their programs.

use super::{AuthError, Verified, refused};
use crate::{
    adapters::{
        api_keys::{ApiKeys, KnownKey},
        secret::{is_same, sha256},
    },
    domain::{
        api_key::ApiKey,
        identity::{Grant, Identity},
        time::UnixMillis,
    },
};

/// How long a key is believed without looking: revoking takes effect within it.
pub(super) const BELIEVED_MS: i64 = 1000;

/// Checks a key against its row.
pub(super) async fn verify(
    keys: &ApiKeys,
    raw: &str,
    now: UnixMillis,
) -> Result<Verified, AuthError> {
    let key = ApiKey::parse(raw).map_err(|_| refused("it is a malformed API key"))?;
    let known = find(keys, key.id(), now).await?;
    if !is_same(&known.hash, &sha256(raw.as_bytes())) {
        return Err(refused("its secret is wrong"));
    }
    let identity = Identity {
        owner: known.owner,
        scopes: known.scopes,
        grant: Grant::ApiKey {
            id: key.id().into(),
        },
        expires_at: known.expires_at.unwrap_or(UnixMillis(i64::MAX)),
    };
    Ok(Verified::new(identity, None, now).believed_for(BELIEVED_MS, now))
}

/// The key called `id`, which still works.
pub(super) async fn find(keys: &ApiKeys, id: &str, now: UnixMillis) -> Result<KnownKey, AuthError> {
    let known = keys.find(id).await.map_err(|error| {
        tracing::error!(%error, "API keys cannot be read");
        AuthError::Unavailable
    })?;
    let known = known.ok_or_else(|| refused("there is no such API key, or it is revoked"))?;
    if known.expires_at.is_some_and(|end| now >= end) {
        return Err(AuthError::Expired);
    }
    Ok(known)
}
