//! Browsers that are signed in, as the requests they send: the cookie, and the
//! proof that a write comes from our own page.

pub mod cookie;
mod invitations;

use std::io;

use actix_web::{HttpRequest, http::header};
use url::Url;

use crate::{
    actors::sessions::Sessions,
    adapters::secret::{Secret, hex, is_same, random, sha256},
    domain::{
        browser::BrowserSession,
        id::Owner,
        identity::{Grant, Identity, Scopes},
        time::UnixMillis,
    },
    http::{caller::session_id, error::ApiError},
};
use cookie::Jar;
use invitations::Invitations;

/// Where a page says which session it belongs to.
const CSRF: &str = "x-attach-csrf";

/// Everyone who is signed in by cookie.
pub struct Browsers {
    /// How cookies are called and set.
    pub jar: Jar,
    secret: Secret,
    sessions: Sessions,
    place: Place,
    session_v0: bool,
    invitations: Invitations,
}

/// Where our own page is.
pub struct Place {
    /// `ATTACH_PUBLIC_URL`.
    pub public_url: Url,
    /// Whether the gateway listens on loopback only: then it goes by every name
    /// of this machine, and the edge has checked which one was called.
    pub is_loopback: bool,
}

/// What a page must know of its session.
pub struct Page {
    /// Who is signed in.
    pub owner: Owner,
    /// What unsafe requests carry in `X-Attach-CSRF`.
    pub csrf: String,
    /// When the session ends at the latest.
    pub ends_at: UnixMillis,
}

impl Browsers {
    /// The browsers known to `sessions`. `session_v0` is `SESSION_COMPAT=v0`.
    pub fn new(secret: Secret, sessions: Sessions, place: Place, session_v0: bool) -> Self {
        Self {
            jar: Jar {
                is_secure: place.public_url.scheme() == "https",
            },
            secret,
            sessions,
            place,
            session_v0,
            invitations: Invitations::default(),
        }
    }

    /// A code that signs one browser in as `owner`, once, within ten minutes.
    ///
    /// # Errors
    ///
    /// The system has no randomness to give.
    pub fn invite(&self, owner: Owner, now: UnixMillis) -> io::Result<String> {
        self.invitations.invite(owner, now)
    }

    /// Signs in whoever brings `code`, for everything there is to do: they run the
    /// gateway. The new session's secret, for the cookie.
    ///
    /// # Errors
    ///
    /// 400: the code is unknown, used or too old.
    pub async fn accept(&self, code: &str, now: UnixMillis) -> Result<String, ApiError> {
        let owner = self.invitations.accept(code, now).ok_or_else(|| {
            ApiError::Invalid(
                "the link has been used or is too old; start dev again for a new one".to_owned(),
            )
        })?;
        self.sign_in(owner, Scopes::ALL, now).await
    }

    /// Signs `owner` in for what `scopes` say; the new session's secret, for the
    /// cookie.
    ///
    /// # Errors
    ///
    /// 503: the session cannot be written, and there is none.
    pub async fn sign_in(
        &self,
        owner: Owner,
        scopes: Scopes,
        now: UnixMillis,
    ) -> Result<String, ApiError> {
        let secret = hex(&random::<32>().map_err(ApiError::internal)?);
        let handle = hex(&random::<8>().map_err(ApiError::internal)?);
        let id = session_id(&self.secret, self.session_v0, &owner, &handle);
        let session = BrowserSession::begin(owner, scopes, handle.into(), id, now);
        let opened = self.sessions.sign_in(&secret, session).await;
        opened.map_err(ApiError::sessions)?;
        Ok(secret)
    }

    /// Whom a cookie speaks for. An unsafe method must come from our own page, and a page
    /// that says whose it is must be this session's: another may have signed in meanwhile.
    ///
    /// # Errors
    ///
    /// 401 without an open session, 403 without the page's CSRF token or with another's.
    pub async fn enter(
        &self,
        request: &HttpRequest,
        secret: &str,
        now: UnixMillis,
    ) -> Result<Identity, ApiError> {
        let session = self.open(secret, now).await?;
        let session = session.ok_or(ApiError::Unauthenticated)?;
        let is_told = request.headers().contains_key(CSRF);
        let is_known = self.knows_the_session(request, secret);
        let is_let_in = match request.method().is_safe() {
            true => is_known || !is_told,
            false => is_known && self.is_own_page(request),
        };
        if !is_let_in {
            return Err(ApiError::Csrf);
        }
        Ok(Identity {
            owner: session.owner,
            scopes: session.scopes,
            grant: Grant::Browser {
                handle: session.handle,
            },
            expires_at: session.ends_at,
        })
    }

    /// What the page of `request` must know; `None` if nobody is signed in.
    ///
    /// # Errors
    ///
    /// 503: the sessions cannot be read.
    pub async fn page(
        &self,
        request: &HttpRequest,
        now: UnixMillis,
    ) -> Result<Option<Page>, ApiError> {
        let Some(secret) = self.jar.session_of(request) else {
            return Ok(None);
        };
        let session = self.open(&secret, now).await?;
        Ok(session.map(|session| Page {
            owner: session.owner,
            csrf: self.csrf(&secret),
            ends_at: session.ends_at,
        }))
    }

    /// Ends the session of `request`, if it has one.
    ///
    /// # Errors
    ///
    /// 503: it could not be ended.
    pub async fn leave(&self, request: &HttpRequest, now: UnixMillis) -> Result<(), ApiError> {
        let Some(secret) = self.jar.session_of(request) else {
            return Ok(());
        };
        let ended = self.sessions.sign_out(&secret, now).await;
        ended.map_err(ApiError::sessions)
    }

    async fn open(
        &self,
        secret: &str,
        now: UnixMillis,
    ) -> Result<Option<BrowserSession>, ApiError> {
        let found = self.sessions.browser(secret, now).await;
        found.map_err(ApiError::sessions)
    }

    fn csrf(&self, secret: &str) -> String {
        hex(&self.secret.tag("attach-csrf-v1", &[secret])[..16])
    }

    fn is_own_page(&self, request: &HttpRequest) -> bool {
        let text = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
        let same_site = text("sec-fetch-site") == Some("same-origin");
        let same_origin = text(header::ORIGIN.as_str())
            .is_some_and(|origin| self.place.is_own(origin, text(header::HOST.as_str())));
        same_site || same_origin
    }

    fn knows_the_session(&self, request: &HttpRequest, secret: &str) -> bool {
        let brought = request.headers().get(CSRF).map(|value| value.as_bytes());
        let brought = sha256(brought.unwrap_or_default());
        is_same(&brought, &sha256(self.csrf(secret).as_bytes()))
    }
}

impl Place {
    fn is_own(&self, origin: &str, host: Option<&str>) -> bool {
        let called = || {
            let (scheme, from) = origin.split_once("://")?;
            Some(scheme == "http" && from.eq_ignore_ascii_case(host?))
        };
        origin == self.public_url.origin().ascii_serialization()
            || self.is_loopback && called() == Some(true)
    }
}

#[cfg(test)]
mod tests;
