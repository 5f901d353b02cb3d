//! Tokens of OIDC issuers.

use std::time::Duration;

use super::{AuthError, Verified, expiry, keeper::Keys, refused};
use crate::{
    actors::auth::KeyState,
    adapters::{
        identity::{discovery::Discovery, jwks},
        usage::prometheus::Prometheus,
    },
    config::{AuthConfig, IssuerConfig},
    domain::{
        id::Owner,
        identity::{Grant, Identity, Scopes},
        jwt::{Claims, Token},
        time::UnixMillis,
    },
};

/// The configured issuers, each with its keys.
pub(super) struct Issuers {
    known: Vec<Issuer>,
    require_at_jwt: bool,
}

struct Issuer {
    config: IssuerConfig,
    keys: Keys,
}

impl Issuers {
    /// Starts an actor an issuer; each fetches its keys at once.
    pub(super) fn start(config: &AuthConfig, discovery: &Discovery, metrics: &Prometheus) -> Self {
        let known = config.issuers.iter().map(|issuer| Issuer {
            keys: Keys::start(issuer.clone(), discovery.clone(), metrics.clone()),
            config: issuer.clone(),
        });
        Self {
            known: known.collect(),
            require_at_jwt: config.require_at_jwt,
        }
    }

    pub(super) fn is_alive(&self) -> bool {
        self.known.iter().all(|issuer| issuer.keys.is_alive())
    }

    /// How long a message waits for the slowest of its actors.
    pub(super) async fn wait(&self) -> Duration {
        let all = self.known.iter().map(|issuer| issuer.keys.wait());
        let all = futures_util::future::join_all(all).await;
        all.into_iter().max().unwrap_or_default()
    }

    /// When each issuer's keys were fetched last, where they ever were.
    pub(super) fn fetched(&self) -> Vec<(String, UnixMillis)> {
        let known = self.known.iter();
        let fetched = known.map(|i| Some((i.config.url.clone(), i.keys.fetched_at()?)));
        fetched.flatten().collect()
    }

    pub(super) fn states(&self) -> Vec<(String, KeyState)> {
        let known = self.known.iter();
        known
            .map(|i| (i.config.url.clone(), i.keys.state()))
            .collect()
    }

    /// Whether one of them is called `url`, byte for byte.
    pub(super) fn knows(&self, url: &str) -> bool {
        self.known.iter().any(|issuer| issuer.config.url == url)
    }

    /// Whether what was checked with the keys of `generation` still stands.
    pub(super) fn is_current(&self, issuer: usize, generation: u64, now: UnixMillis) -> bool {
        self.known[issuer].keys.is_current(generation, now)
    }

    /// Checks everything there is to check of a token.
    pub(super) async fn verify(
        &self,
        token: &Token<'_>,
        now: UnixMillis,
    ) -> Result<Verified, AuthError> {
        let mut known = self.known.iter().enumerate();
        let found = known.find(|(_, issuer)| issuer.config.url == token.claims.iss);
        let (index, issuer) = found.ok_or_else(|| refused("its iss is no configured issuer"))?;
        let mut allowed = issuer.config.algorithms.iter();
        let algorithm = allowed
            .find(|a| a.name() == token.alg)
            .ok_or_else(|| refused("its alg is not allowed"))?;
        if self.require_at_jwt && !token.is_at_jwt {
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
            expires_at: expiry(token.claims.exp),
        };
        let basis = Some((index, snapshot.generation));
        Ok(Verified::new(identity, basis, now))
    }
}

/// Our own scopes among a token's words, and those its issuer's words stand for.
pub(super) fn scopes(claims: &Claims, issuer: Option<&IssuerConfig>) -> Scopes {
    let words = claims.scopes.iter().map(String::as_str);
    match issuer {
        Some(issuer) => issuer.granted(words),
        None => words.fold(Scopes::default(), |all, word| all.or(Scopes::parse(word))),
    }
}
