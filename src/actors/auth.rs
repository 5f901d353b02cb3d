//! Who calls: tokens checked against keys that an actor keeps fresh.

mod api_key;
mod did;
mod exchanged;
mod issued;
mod keeper;
mod own;
mod throttle;
mod verified;

use std::{net::IpAddr, sync::Arc, time::Duration};

use quick_cache::sync::Cache;

use crate::{
    adapters::{
        api_keys::ApiKeys,
        identity::{discovery::Discovery, exchange::Exchange, mint::Minter, used::UsedTokens},
        secret::sha256,
        usage::prometheus::Prometheus,
    },
    config::AuthConfig,
    domain::{
        api_key::PREFIX,
        did::DidToken,
        id::Owner,
        identity::Identity,
        jwt::{MAX_TOKEN_BYTES, TimeFault, Token},
        time::UnixMillis,
    },
};
use did::Dids;
use exchanged::Exchanger;
use issued::Issuers;
pub use keeper::KeyState;
use throttle::Budget;
use verified::{Verified, expiry, with_leeway};

/// Verified tokens kept at most.
const CACHED: usize = 10_000;

/// Why a token is not taken. Which check failed is nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// Answer 401.
    #[error("the access token is invalid")]
    Invalid,
    /// Answer 401.
    #[error("the access token expired")]
    Expired,
    /// Answer 401.
    #[error("the access token is not yet valid")]
    NotYetValid,
    /// Verified, and not wanted here: answer 403.
    #[error("this caller may not call here, by the setting of whoever runs the gateway")]
    Denied,
    /// The issuer's keys are not to be had: answer 503, or callers throw good
    /// tokens away.
    #[error("the issuer's keys cannot be fetched now")]
    NoKeys,
    /// Something else that is needed for the check does not work: answer 503.
    #[error("the access token cannot be checked now; send it again")]
    Unavailable,
    /// The address sent bad tokens lately, and the checks for those that did are
    /// used up: answer 503.
    #[error("too many tokens to check; send it again in a second")]
    Throttled,
}

impl From<TimeFault> for AuthError {
    fn from(fault: TimeFault) -> Self {
        match fault {
            TimeFault::Expired => Self::Expired,
            TimeFault::NotYetValid => Self::NotYetValid,
        }
    }
}

/// Verifies credentials. A clone is cheap.
///
/// A known key is read from a snapshot and costs no message; an unknown one
/// costs one, and one fetch for all who ask at once.
#[derive(Clone)]
pub struct Auth(Arc<Parts>);

struct Parts {
    issuers: Issuers,
    dids: Option<Dids>,
    exchanger: Option<Exchanger>,
    api_keys: ApiKeys,
    minter: Arc<Minter>,
    budget: Budget,
    cache: Cache<[u8; 32], Arc<Verified>>,
}

/// What is asked about callers.
pub struct Sources {
    /// Issuers, for their keys.
    pub discovery: Discovery,
    /// Descope, for tokens to exchange.
    pub exchange: Option<Exchange>,
    /// The table of API keys.
    pub api_keys: ApiKeys,
    /// The table of tokens that were used.
    pub used: UsedTokens,
    /// The gateway's own key.
    pub minter: Arc<Minter>,
}

impl Auth {
    /// Starts an actor an issuer; each fetches its keys at once.
    pub fn start(config: &AuthConfig, sources: Sources, metrics: &Prometheus) -> Self {
        let dids = config.dids.clone();
        Self(Arc::new(Parts {
            issuers: Issuers::start(config, &sources.discovery, metrics),
            dids: dids.map(|dids| Dids::new(dids, sources.used)),
            exchanger: sources.exchange.map(Exchanger::new),
            api_keys: sources.api_keys,
            minter: sources.minter,
            budget: Budget::new(config.throttle),
            cache: Cache::new(CACHED),
        }))
    }

    /// Whom a credential that came from the address `from` speaks for. Some 20
    /// to 200 µs for a new one, one for one seen in the last five minutes.
    ///
    /// # Errors
    ///
    /// [`AuthError`]; each says how to answer.
    pub async fn verify(
        &self,
        raw: &str,
        from: Option<IpAddr>,
        now: UnixMillis,
    ) -> Result<Arc<Identity>, AuthError> {
        if raw.len() > MAX_TOKEN_BYTES {
            return Err(AuthError::Invalid);
        }
        let digest = sha256(raw.as_bytes());
        if let Some(identity) = self.believed(&digest, now)? {
            return self.welcome(identity);
        }
        if !self.0.budget.admits(from, now) {
            return Err(AuthError::Throttled);
        }
        let verified = self.check(raw, &digest, now).await.inspect_err(|error| {
            if matches!(
                error,
                AuthError::Invalid | AuthError::Expired | AuthError::NotYetValid
            ) {
                tracing::debug!(why = %error, "token refused");
                self.0.budget.failed(from, now);
            }
        })?;
        let identity = verified.identity.clone();
        if now < verified.believed_until {
            self.0.cache.insert(digest, Arc::new(verified));
        }
        self.welcome(identity)
    }

    /// Whether tokens of DIDs are taken.
    pub fn takes_dids(&self) -> bool {
        self.0.dids.is_some()
    }

    /// Whether its actors still run.
    pub fn is_alive(&self) -> bool {
        self.0.issuers.is_alive()
    }

    /// How long a message waits for the slowest of its actors.
    pub async fn wait(&self) -> Duration {
        self.0.issuers.wait().await
    }

    /// When each issuer's keys were fetched last, where they ever were.
    pub fn fetched(&self) -> Vec<(String, UnixMillis)> {
        self.0.issuers.fetched()
    }

    /// Where each issuer's keys stand, for `/readyz` and `check`.
    pub fn states(&self) -> Vec<(String, KeyState)> {
        self.0.issuers.states()
    }

    fn believed(
        &self,
        digest: &[u8; 32],
        now: UnixMillis,
    ) -> Result<Option<Arc<Identity>>, AuthError> {
        let Some(verified) = self.0.cache.get(digest) else {
            return Ok(None);
        };
        let mut bases = verified.basis.iter().chain(&verified.exchanged);
        let current =
            bases.all(|(issuer, generation)| self.0.issuers.is_current(*issuer, *generation, now));
        if !current || !verified.is_believed(now) {
            self.0.cache.remove(digest);
            return Ok(None);
        }
        if now >= with_leeway(verified.identity.expires_at) {
            return Err(AuthError::Expired);
        }
        Ok(Some(verified.identity.clone()))
    }

    /// The kind of a credential is told by its looks, and nothing else is tried.
    async fn check(
        &self,
        raw: &str,
        digest: &[u8; 32],
        now: UnixMillis,
    ) -> Result<Verified, AuthError> {
        let parts = &*self.0;
        if raw.starts_with(PREFIX) {
            return api_key::verify(&parts.api_keys, raw, now).await;
        }
        if raw.starts_with("did:") {
            return self.check_did(DidToken::parse_literal(raw).ok(), now).await;
        }
        let token = match Token::parse(raw) {
            Ok(token) if !token.claims.iss.starts_with("did:") => token,
            // One of a DID needs neither kid nor sub.
            _ => return self.check_did(DidToken::parse_jws(raw).ok(), now).await,
        };
        let iss = &token.claims.iss;
        if iss == parts.minter.public_url() {
            return own::verify(&parts.minter, &parts.api_keys, &token, now).await;
        }
        match parts.exchanger.as_ref().filter(|it| it.takes(iss)) {
            Some(exchanger) => {
                let raw = (raw, digest);
                exchanger.verify(raw, &token, &parts.issuers, now).await
            }
            None => parts.issuers.verify(&token, now).await,
        }
    }

    async fn check_did(
        &self,
        token: Option<DidToken<'_>>,
        now: UnixMillis,
    ) -> Result<Verified, AuthError> {
        let token = token.ok_or_else(|| refused("it is malformed"))?;
        let dids = self.0.dids.as_ref();
        let dids = dids.ok_or_else(|| refused("it is a DID's, and DID_METHODS is not set"))?;
        dids.verify(&token, now).await
    }

    /// What is asked each time, also of a credential that is believed, and of
    /// agents that act for a DID.
    fn welcome(&self, identity: Arc<Identity>) -> Result<Arc<Identity>, AuthError> {
        let welcomes = |dids: &Dids| dids.welcomes(&identity.owner.user);
        if identity.owner.is_did() && !self.0.dids.as_ref().is_some_and(welcomes) {
            tracing::debug!(did = &*identity.owner.user, "a DID that is not taken");
            return Err(AuthError::Denied);
        }
        Ok(identity)
    }

    /// Whose minute pays for what `owner` does. Anyone can make as many DIDs as
    /// they like: those that `DID_ALLOW` does not name pay as one.
    pub fn payer(&self, owner: &Owner) -> Owner {
        let lists = |dids: &Dids| dids.lists(&owner.user);
        if owner.is_did() && !self.0.dids.as_ref().is_some_and(lists) {
            return Owner::new("did", "*");
        }
        owner.clone()
    }
}

/// The caller is told no more than that the token is invalid; the operator may
/// know why, with `LOG_LEVEL=debug`.
fn refused(why: &'static str) -> AuthError {
    tracing::debug!(why, "token refused");
    AuthError::Invalid
}

#[cfg(test)]
mod tests;
