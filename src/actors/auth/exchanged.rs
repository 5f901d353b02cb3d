//! Tokens that are exchanged at Descope before they are taken.

use std::{sync::Arc, time::Duration};

use quick_cache::sync::Cache;
use tokio::sync::Semaphore;

use super::{AuthError, CACHED, Verified, expiry, issued::Issuers, refused};
use crate::{
    adapters::identity::exchange::{Exchange, ExchangeError},
    domain::{jwt::Token, time::UnixMillis},
};

/// Exchanges under way at once; more wait, so long.
const AT_ONCE: usize = 32;
const WAIT: Duration = Duration::from_secs(2);
/// How long before its end an exchanged token is exchanged anew.
const MARGIN_MS: i64 = 30_000;

/// What came of a token, and until when it serves. That there is nothing is
/// shared by those who wait for the same exchange, and by nobody after them.
#[derive(Clone)]
struct Exchanged {
    token: Result<Arc<str>, AuthError>,
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
    /// says of itself is checked first; its signature too where its issuer is also
    /// a configured one, and otherwise by Descope alone.
    pub(super) async fn verify(
        &self,
        (raw, digest): (&str, &[u8; 32]),
        token: &Token<'_>,
        issuers: &Issuers,
        now: UnixMillis,
    ) -> Result<Verified, AuthError> {
        let subject = match issuers.knows(&token.claims.iss) {
            true => issuers.verify(token, now).await?.basis,
            false => None,
        };
        token.claims.check_times(now)?;
        let result = self.once(raw, digest, &token.claims.iss, now).await?;
        let checked = self.check(&result, issuers, now).await;
        if matches!(checked, Err(AuthError::Unavailable)) {
            // It will not get better; the next one may be.
            let is_same = |kept: &Exchanged| kept.token.as_ref() == Ok(&result);
            self.kept.remove_if(digest, is_same);
        }
        Ok(checked?.in_exchange(expiry(token.claims.exp), subject))
    }

    /// What is kept for the token, or else comes back for it now. Those who
    /// bring the same token at once wait for one exchange.
    async fn once(
        &self,
        raw: &str,
        digest: &[u8; 32],
        issuer: &str,
        now: UnixMillis,
    ) -> Result<Arc<str>, AuthError> {
        self.kept.remove_if(digest, |kept| now >= kept.until);
        let fresh = async { Ok::<_, AuthError>(self.fetch(raw, issuer).await) };
        let kept = self.kept.get_or_insert_async(digest, fresh).await?;
        if kept.token.is_err() {
            self.kept.remove_if(digest, |kept| kept.token.is_err());
        }
        kept.token
    }

    async fn fetch(&self, raw: &str, issuer: &str) -> Exchanged {
        let token = self.ask(raw, issuer).await;
        let end = token
            .as_ref()
            .ok()
            .and_then(|token| Token::parse(token).ok());
        Exchanged {
            until: end.map_or(UnixMillis(0), |token| {
                expiry(token.claims.exp).plus(-MARGIN_MS)
            }),
            token: token.map(Arc::from),
        }
    }

    async fn ask(&self, raw: &str, issuer: &str) -> Result<String, AuthError> {
        let place = tokio::time::timeout(WAIT, self.places.acquire()).await;
        let _place = place.map_err(|_| AuthError::Unavailable)?;
        let token = self.exchange.exchange(raw, issuer).await;
        token.map_err(|error| match error {
            ExchangeError::Refused(_) => refused("the exchange does not take it"),
            ExchangeError::Down(_) => {
                tracing::warn!(%error, "a token cannot be exchanged");
                AuthError::Unavailable
            }
        })
    }

    /// Checks what came back as any token; but that it is bad is no fault of the
    /// caller's.
    async fn check(
        &self,
        raw: &str,
        issuers: &Issuers,
        now: UnixMillis,
    ) -> Result<Verified, AuthError> {
        let result = Token::parse(raw).map_err(|_| odd("it is malformed"))?;
        if result.claims.iss != self.exchange.result_issuer() {
            return Err(odd("its iss is another"));
        }
        match issuers.verify(&result, now).await {
            Err(AuthError::Invalid) => Err(odd("it does not pass the check")),
            Err(AuthError::Expired | AuthError::NotYetValid) => Err(odd("its time is not now")),
            checked => checked,
        }
    }
}

fn odd(why: &'static str) -> AuthError {
    tracing::warn!(why, "what the exchange sent is no token that can be taken");
    AuthError::Unavailable
}
