//! Tokens that DIDs sign themselves.

use super::{AuthError, Verified, expiry, refused};
use crate::{
    adapters::identity::{did::is_signed, used::UsedTokens},
    config::DidConfig,
    domain::{
        did::DidToken,
        id::Owner,
        identity::{Grant, Identity},
        time::UnixMillis,
    },
};

/// Which DIDs are taken, and which of their tokens have been used.
pub(super) struct Dids {
    config: DidConfig,
    used: UsedTokens,
}

impl Dids {
    pub(super) fn new(config: DidConfig, used: UsedTokens) -> Self {
        Self { config, used }
    }

    /// Whether `did` is one that is taken at all.
    pub(super) fn welcomes(&self, did: &str) -> bool {
        !self.config.deny.contains(did)
    }

    /// Whether `did` has a quota of its own.
    pub(super) fn lists(&self, did: &str) -> bool {
        self.config.allow.contains(did)
    }

    /// Checks everything there is to check of a token. Nothing is fetched: the
    /// key is in the DID.
    pub(super) async fn verify(
        &self,
        token: &DidToken<'_>,
        now: UnixMillis,
    ) -> Result<Verified, AuthError> {
        let (config, claims) = (&self.config, &token.claims);
        if !config.methods.contains(&token.did.method()) {
            return Err(refused("DID_METHODS does not name its DID's method"));
        }
        if !claims.aud.contains(&config.audience) {
            return Err(refused("its aud does not hold DID_AUD"));
        }
        if !claims.lives_at_most(config.max_lifetime_secs) {
            return Err(refused("it lives longer than DID_MAX_LIFETIME"));
        }
        if !is_signed(token) {
            return Err(refused("its signature is wrong"));
        }
        claims.check_times(now)?;
        let did = token.did.as_str();
        let identity = Identity {
            owner: Owner::new(did, did),
            scopes: config.scopes_of(did),
            grant: Grant::Did,
            expires_at: expiry(claims.exp),
        };
        // Who can do nothing here anyway leaves nothing behind.
        let can_act = self.welcomes(did) && !identity.scopes.is_empty();
        let verified = Verified::new(identity, None, now);
        if !config.is_once {
            return Ok(verified);
        }
        if can_act {
            self.use_up(token).await?;
        }
        Ok(verified.believed_for(0, now))
    }

    async fn use_up(&self, token: &DidToken<'_>) -> Result<(), AuthError> {
        let jti = token.claims.jti.as_deref();
        let jti = jti.ok_or_else(|| refused("it has no jti, which DID_REPLAY=once needs"))?;
        let until = token.claims.expires_at();
        match self.used.claim(token.did.as_str(), jti, until).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(refused("it has been used")),
            Err(error) => {
                tracing::error!(%error, "no used token can be noted");
                Err(AuthError::Unavailable)
            }
        }
    }
}
