//! Tokens that are exchanged at Descope before they are taken.

use std::sync::Arc;

use quick_cache::sync::Cache;
use tokio::sync::Semaphore;

use super::{AuthError, CACHED, Verified, expiry, issued::Issuers, refused};
use crate::{
    adapters::identity::exchange::{Exchange, ExchangeError},
    domain::{jwt::Token, time::UnixMillis},
};

/// Exchanges under way at once; more wait.
const AT_ONCE: usize = 32;
/// How long before its end an exchanged token is exchanged anew.
const MARGIN_MS: i64 = 30_000;

/// What came back for a token, and until when it serves.
#[derive(Clone)]
struct Exchanged {
    token: Arc<str>,
    until: UnixMillis,
}

/// Exchanges each token once, and keeps what came back.
pub(super) struct Exchanger {
    exchange: Exchange,
    kept: Cache<[u8; 32], Exchanged>,
    places: Semaphore,
}

impl Exchanger {
    pub(super) fn new(exchange: Exchange) -> Self {
        Self {
            exchange,
            kept: Cache::new(CACHED),
            places: Semaphore::new(AT_ONCE),
        }
    }

    /// Whether tokens of `issuer` are exchanged.
    pub(super) fn takes(&self, issuer: &str) -> bool {
        self.exchange.takes(issuer)
    }

    /// Exchanges `raw`, and checks what comes back as any token. What the token
    /// says of itself is checked first, and its signature too where its issuer
    /// is a configured one: no stranger's words are carried to Descope.
    pub(super) async fn verify(
        &self,
        (raw, digest): (&str, &[u8; 32]),
        token: &Token<'_>,
        issuers: &Issuers,
        now: UnixMillis,
    ) -> Result<Verified, AuthError> {
        if issuers.knows(&token.claims.iss) {
            issuers.verify(token, now).await?;
        }
        token.claims.check_times(now)?;
        if self.kept.get(digest).is_some_and(|kept| now >= kept.until) {
            self.kept.remove(digest);
        }
        // Those who bring the same token at once wait for one exchange.
        let fresh = self.fetch(raw, &token.claims.iss);
        let kept = self.kept.get_or_insert_async(digest, fresh).await?;
        let result = Token::parse(&kept.token).map_err(|_| odd("it is malformed"))?;
        if result.claims.iss != self.exchange.result_issuer() {
            return Err(odd("its iss is another"));
        }
        let verified = issuers.verify(&result, now).await?;
        Ok(verified.ending(expiry(token.claims.exp)))
    }

    async fn fetch(&self, raw: &str, issuer: &str) -> Result<Exchanged, AuthError> {
        let _place = self.places.acquire().await;
        let token = self.exchange.exchange(raw, issuer).await;
        let token = token.map_err(|error| match error {
            ExchangeError::Refused(_) => refused("the exchange does not take it"),
            ExchangeError::Down(_) => {
                tracing::warn!(%error, "a token cannot be exchanged");
                AuthError::Unavailable
            }
        })?;
        let exp = Token::parse(&token)
            .map_err(|_| odd("it is malformed"))?
            .claims
            .exp;
        Ok(Exchanged {
            until: expiry(exp).plus(-MARGIN_MS),
            token: token.into(),
        })
    }
}

fn odd(why: &'static str) -> AuthError {
    tracing::warn!(why, "what the exchange sent is no token that can be taken");
    AuthError::Unavailable
}
