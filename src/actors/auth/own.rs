//! Tokens of the gateway's own: delegations.

use super::{AuthError, Verified, expiry, issued::scopes, refused};
use crate::{
    adapters::identity::{jwks, mint::Minter},
    config::Algorithm,
    domain::{
        id::{Owner, SessionId, TaskId},
        identity::{Grant, Identity},
        jwt::Token,
        time::UnixMillis,
    },
};

/// Checks a token that says it is ours.
pub(super) fn verify(
    minter: &Minter,
    token: &Token<'_>,
    now: UnixMillis,
) -> Result<Verified, AuthError> {
    let claims = &token.claims;
    let ours = token.alg == Algorithm::ES256.name()
        && token.kid == minter.key().kid()
        && claims.aud.iter().any(|aud| aud == minter.public_url())
        && jwks::is_signed(
            minter.key().public(),
            Algorithm::ES256,
            token.signing_input,
            token.signature,
        );
    if !ours {
        return Err(refused("it says it is the gateway's and is not"));
    }
    claims.check_times(now)?;
    let delegation = &claims.delegation;
    let parse = |id: &String| id.parse::<TaskId>().map_err(|_| AuthError::Invalid);
    let task = delegation.task_id.as_ref().map(parse).transpose()?;
    let (Some(idp), Some(session)) = (&delegation.idp, &delegation.session) else {
        return Err(AuthError::Invalid);
    };
    let identity = Identity {
        owner: Owner::new(&**idp, &*claims.sub),
        scopes: scopes(claims, None),
        grant: Grant::Delegation {
            task,
            session: SessionId(session.as_str().into()),
            actors: delegation.actors.clone(),
        },
        expires_at: expiry(claims.exp),
    };
    Ok(Verified::new(identity, None, now))
}
