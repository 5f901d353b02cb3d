//! Tokens of the gateway's own: delegations.

use super::{
    AuthError, Verified,
    api_key::{self, BELIEVED_MS},
    expiry,
    issued::scopes,
    refused,
};
use crate::{
    adapters::{
        api_keys::ApiKeys,
        identity::{jwks, mint::Minter},
    },
    config::Algorithm,
    domain::{
        id::{Owner, SessionId, TaskId},
        identity::{Grant, Identity},
        jwt::{Claims, Token},
        time::UnixMillis,
    },
};

/// Checks a token that says it is ours. One that was exchanged for an API key is
/// asked again as often as the key.
pub(super) async fn verify(
    minter: &Minter,
    keys: &ApiKeys,
    token: &Token<'_>,
    now: UnixMillis,
) -> Result<Verified, AuthError> {
    if !is_ours(minter, token) {
        return Err(refused("it says it is the gateway's and is not"));
    }
    token.claims.check_times(now)?;
    let verified = Verified::new(identity(&token.claims)?, None, now);
    let Some(key) = verified.identity.api_key() else {
        return Ok(verified);
    };
    api_key::find(keys, key, now).await?;
    Ok(verified.believed_for(BELIEVED_MS, now))
}

fn is_ours(minter: &Minter, token: &Token<'_>) -> bool {
    let claims = &token.claims;
    token.alg == Algorithm::ES256.name()
        && token.kid == minter.key().kid()
        && claims.aud.iter().any(|aud| aud == minter.public_url())
        && jwks::is_signed(
            minter.key().public(),
            Algorithm::ES256,
            token.signing_input,
            token.signature,
        )
}

fn identity(claims: &Claims) -> Result<Identity, AuthError> {
    let delegation = &claims.delegation;
    let parse = |id: &String| id.parse::<TaskId>().map_err(|_| AuthError::Invalid);
    let task = delegation.task_id.as_ref().map(parse).transpose()?;
    let (Some(idp), Some(session)) = (&delegation.idp, &delegation.session) else {
        return Err(AuthError::Invalid);
    };
    Ok(Identity {
        owner: Owner::new(&**idp, &*claims.sub),
        scopes: scopes(claims, None),
        grant: Grant::Delegation {
            task,
            session: SessionId(session.as_str().into()),
            actors: delegation.actors.clone(),
            key: delegation.api_key.as_deref().map(Into::into),
        },
        expires_at: expiry(claims.exp),
    })
}
