//! Who calls: tokens checked against keys that an actor keeps fresh.

mod keeper;

use std::{sync::Arc, time::Duration};

use quick_cache::sync::Cache;

use crate::{
    adapters::{
        identity::{discovery::Discovery, jwks, mint::Minter},
        secret::sha256,
        usage::prometheus::Prometheus,
    },
    config::{Algorithm, AuthConfig, IssuerConfig},
    domain::{
        id::{Owner, SessionId},
        identity::{Grant, Identity, Scopes},
        jwt::{Claims, LEEWAY_SECS, MAX_TOKEN_BYTES, TimeFault, Token},
        time::UnixMillis,
    },
};
pub use keeper::KeyState;
use keeper::Keys;

/// Verified tokens kept at most.
const CACHED: usize = 10_000;
/// How long a verified token is believed without checking its signature again.
const BELIEVED: Duration = Duration::from_secs(300);

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
    /// The issuer's keys are not to be had: answer 503, or callers throw good
    /// tokens away.
    #[error("the issuer's keys cannot be fetched now")]
    NoKeys,
}

impl From<TimeFault> for AuthError {
    fn from(fault: TimeFault) -> Self {
        match fault {
            TimeFault::Expired => Self::Expired,
            TimeFault::NotYetValid => Self::NotYetValid,
        }
    }
}

/// Verifies bearer tokens. A clone is cheap.
///
/// A known key is read from a snapshot and costs no message; an unknown one
/// costs one, and one fetch for all who ask at once.
#[derive(Clone)]
pub struct Auth(Arc<Parts>);

struct Parts {
    issuers: Vec<Issuer>,
    minter: Arc<Minter>,
    require_at_jwt: bool,
    cache: Cache<[u8; 32], Arc<Verified>>,
}

struct Issuer {
    config: IssuerConfig,
    keys: Keys,
}

/// A token whose signature was good, with what it was checked against.
struct Verified {
    identity: Arc<Identity>,
    /// Which issuer; `None` is ourselves.
    issuer: Option<usize>,
    /// The key set's; another one has to be asked again.
    generation: u64,
    believed_until: UnixMillis,
}

impl Auth {
    /// Starts an actor an issuer; each fetches its keys at once.
    pub fn start(
        config: &AuthConfig,
        discovery: Discovery,
        minter: Arc<Minter>,
        metrics: Prometheus,
    ) -> Self {
        let issuers = config.issuers.iter().map(|issuer| Issuer {
            keys: Keys::start(issuer.clone(), discovery.clone(), metrics.clone()),
            config: issuer.clone(),
        });
        Self(Arc::new(Parts {
            issuers: issuers.collect(),
            minter,
            require_at_jwt: config.require_at_jwt,
            cache: Cache::new(CACHED),
        }))
    }

    /// Whom a token speaks for. Some 20 to 50 µs for a new token, one for a
    /// token seen in the last five minutes.
    ///
    /// # Errors
    ///
    /// [`AuthError`]; each says how to answer.
    pub async fn verify(&self, raw: &str, now: UnixMillis) -> Result<Arc<Identity>, AuthError> {
        if raw.len() > MAX_TOKEN_BYTES {
            return Err(AuthError::Invalid);
        }
        let digest = sha256(raw.as_bytes());
        if let Some(identity) = self.believed(&digest, now)? {
            return Ok(identity);
        }
        let token = Token::parse(raw).map_err(|_| refused("it is malformed"))?;
        let verified = if token.claims.iss == self.0.minter.public_url() {
            self.verify_own(&token, now)?
        } else {
            self.verify_issued(&token, now).await?
        };
        let identity = verified.identity.clone();
        self.0.cache.insert(digest, Arc::new(verified));
        Ok(identity)
    }

    /// Whether its actors still run.
    pub fn is_alive(&self) -> bool {
        self.0.issuers.iter().all(|issuer| issuer.keys.is_alive())
    }

    /// Where each issuer's keys stand, for `/readyz` and `check`.
    pub fn states(&self) -> Vec<(String, KeyState)> {
        let issuers = self.0.issuers.iter();
        issuers
            .map(|i| (i.config.url.clone(), i.keys.state()))
            .collect()
    }

    fn believed(
        &self,
        digest: &[u8; 32],
        now: UnixMillis,
    ) -> Result<Option<Arc<Identity>>, AuthError> {
        let Some(verified) = self.0.cache.get(digest) else {
            return Ok(None);
        };
        let current = verified.issuer.is_none_or(|index| {
            self.0.issuers[index]
                .keys
                .is_current(verified.generation, now)
        });
        if !current || now >= verified.believed_until {
            self.0.cache.remove(digest);
            return Ok(None);
        }
        if now >= verified.identity.expires_at {
            return Err(AuthError::Expired);
        }
        Ok(Some(verified.identity.clone()))
    }

    async fn verify_issued(
        &self,
        token: &Token<'_>,
        now: UnixMillis,
    ) -> Result<Verified, AuthError> {
        let mut issuers = self.0.issuers.iter().enumerate();
        let found = issuers.find(|(_, issuer)| issuer.config.url == token.claims.iss);
        let (index, issuer) = found.ok_or_else(|| refused("its iss is no configured issuer"))?;
        let mut allowed = issuer.config.algorithms.iter();
        let algorithm = allowed
            .find(|a| a.name() == token.alg)
            .ok_or_else(|| refused("its alg is not allowed"))?;
        if self.0.require_at_jwt && !token.is_at_jwt {
            return Err(refused("its typ is not at+jwt"));
        }
        if !token.claims.aud.contains(&issuer.config.audience) {
            return Err(refused("its aud does not hold OIDC_AUD"));
        }
        // A person of an issuer must not wear a DID.
        if token.claims.sub.starts_with("did:") {
            return Err(refused("its sub is a DID"));
        }
        let snapshot = issuer.keys.with(&token.kid, now).await?;
        let key = snapshot
            .keys
            .find(&token.kid, *algorithm)
            .ok_or_else(|| refused("no one key fits its kid and alg"))?;
        if !jwks::is_signed(key, *algorithm, token.signing_input, token.signature) {
            return Err(refused("its signature is wrong"));
        }
        token.claims.check_times(now)?;
        let identity = Identity {
            owner: Owner::new(&*token.claims.iss, &*token.claims.sub),
            scopes: scopes(&token.claims, Some(&issuer.config)),
            grant: Grant::Oidc,
            expires_at: expiry(&token.claims),
        };
        Ok(Verified::new(
            identity,
            Some(index),
            snapshot.generation,
            now,
        ))
    }

    fn verify_own(&self, token: &Token<'_>, now: UnixMillis) -> Result<Verified, AuthError> {
        let (minter, claims) = (&self.0.minter, &token.claims);
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
            return Err(AuthError::Invalid);
        }
        claims.check_times(now)?;
        let delegation = &claims.delegation;
        let task = delegation.task_id.as_ref().and_then(|id| id.parse().ok());
        let (Some(idp), Some(task), Some(session)) = (&delegation.idp, task, &delegation.session)
        else {
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
            expires_at: expiry(claims),
        };
        Ok(Verified::new(identity, None, 0, now))
    }
}

impl Verified {
    fn new(identity: Identity, issuer: Option<usize>, generation: u64, now: UnixMillis) -> Self {
        let believed = i64::try_from(BELIEVED.as_millis()).unwrap_or(0);
        Self {
            identity: Arc::new(identity),
            issuer,
            generation,
            believed_until: now.plus(believed),
        }
    }
}

/// The caller is told no more than that the token is invalid; the operator may
/// know why, with `LOG_LEVEL=debug`.
fn refused(why: &'static str) -> AuthError {
    tracing::debug!(why, "token refused");
    AuthError::Invalid
}

/// The moment from which the token counts as expired.
fn expiry(claims: &Claims) -> UnixMillis {
    UnixMillis((claims.exp + LEEWAY_SECS).saturating_mul(1000))
}

/// Our own scopes among a token's words, and those its issuer's words stand for.
fn scopes(claims: &Claims, issuer: Option<&IssuerConfig>) -> Scopes {
    let own = Scopes::parse(&claims.scopes.join(" "));
    let mapped = claims
        .scopes
        .iter()
        .filter_map(|word| issuer?.scopes.get(word));
    mapped.fold(own, |all, names| all.or(Scopes::parse(&names.join(" "))))
}

#[cfg(test)]
mod tests;
