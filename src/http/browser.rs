//! Browsers that are signed in: a cookie that says nothing, its session kept here.

use std::{
    collections::HashMap,
    io,
    sync::{Mutex, PoisonError},
};

use actix_web::{HttpRequest, http::header};

use crate::{
    adapters::secret::{Secret, hex, random, sha256},
    domain::{
        id::Owner,
        identity::{Grant, Identity, Scopes},
        time::UnixMillis,
    },
    http::error::ApiError,
};

/// The cookie's name. On plain http a `__Host-` cookie cannot be set.
pub const COOKIE: &str = "attach_session";
/// A session nobody uses ends after half an hour, any session after eight.
const IDLE_MS: i64 = 30 * 60_000;
const WHOLE_MS: i64 = 8 * 3_600_000;
/// How long an invitation holds.
const INVITED_MS: i64 = 10 * 60_000;

#[derive(Clone)]
struct Session {
    owner: Owner,
    handle: String,
    ends_at: UnixMillis,
    seen_at: UnixMillis,
}

/// Everyone who is signed in by cookie. Only hashes of secrets are kept.
pub struct Browsers {
    secret: Secret,
    sessions: Mutex<HashMap<[u8; 32], Session>>,
    invitations: Mutex<HashMap<[u8; 32], (Owner, UnixMillis)>>,
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
    /// Nobody is signed in yet.
    pub fn new(secret: Secret) -> Self {
        Self {
            secret,
            sessions: Mutex::default(),
            invitations: Mutex::default(),
        }
    }

    /// A code that signs one browser in as `owner`, once, within ten minutes.
    ///
    /// # Errors
    ///
    /// The system has no randomness to give.
    pub fn invite(&self, owner: Owner, now: UnixMillis) -> io::Result<String> {
        let code = hex(&random::<32>()?);
        let mut invitations = locked(&self.invitations);
        invitations.insert(sha256(code.as_bytes()), (owner, now.plus(INVITED_MS)));
        Ok(code)
    }

    /// Signs in whoever brings `code`; the new session's secret, for the cookie.
    ///
    /// # Errors
    ///
    /// 400: the code is unknown, used or too old.
    pub fn accept(&self, code: &str, now: UnixMillis) -> Result<String, ApiError> {
        let invited = locked(&self.invitations).remove(&sha256(code.as_bytes()));
        let (owner, _) = invited.filter(|(_, until)| now < *until).ok_or_else(|| {
            ApiError::Invalid(
                "the link has been used or is too old; start dev again for a new one".to_owned(),
            )
        })?;
        let secret = hex(&random::<32>().map_err(ApiError::internal)?);
        let session = Session {
            owner,
            handle: hex(&random::<8>().map_err(ApiError::internal)?),
            ends_at: now.plus(WHOLE_MS),
            seen_at: now,
        };
        let mut sessions = locked(&self.sessions);
        sessions.retain(|_, session| session.is_open(now));
        sessions.insert(sha256(secret.as_bytes()), session);
        Ok(secret)
    }

    /// Whom a cookie speaks for. An unsafe method must come from our own page.
    ///
    /// # Errors
    ///
    /// 401 without an open session, 403 without the page's CSRF token.
    pub fn enter(
        &self,
        request: &HttpRequest,
        secret: &str,
        now: UnixMillis,
    ) -> Result<Identity, ApiError> {
        let session = self.open(secret, now).ok_or(ApiError::Unauthenticated)?;
        if !request.method().is_safe() && !self.is_own_page(request, secret) {
            return Err(ApiError::Csrf);
        }
        Ok(Identity {
            owner: session.owner,
            scopes: Scopes::DEFAULT,
            grant: Grant::Browser {
                handle: session.handle.into(),
            },
            expires_at: session.ends_at,
        })
    }

    /// What the page of `request` must know.
    ///
    /// # Errors
    ///
    /// 401 without an open session.
    pub fn page(&self, request: &HttpRequest, now: UnixMillis) -> Result<Page, ApiError> {
        let secret = cookie(request).ok_or(ApiError::Unauthenticated)?;
        let session = self.open(&secret, now).ok_or(ApiError::Unauthenticated)?;
        Ok(Page {
            owner: session.owner,
            csrf: self.csrf(&secret),
            ends_at: session.ends_at,
        })
    }

    /// Ends the session of `request`, if it has one.
    pub fn leave(&self, request: &HttpRequest) {
        if let Some(secret) = cookie(request) {
            locked(&self.sessions).remove(&sha256(secret.as_bytes()));
        }
    }

    fn open(&self, secret: &str, now: UnixMillis) -> Option<Session> {
        let mut sessions = locked(&self.sessions);
        let session = sessions.get_mut(&sha256(secret.as_bytes()))?;
        if !session.is_open(now) {
            return None;
        }
        session.seen_at = now;
        Some(session.clone())
    }

    fn csrf(&self, secret: &str) -> String {
        hex(&self.secret.tag("attach-csrf-v1", &[secret])[..16])
    }

    fn is_own_page(&self, request: &HttpRequest, secret: &str) -> bool {
        let text = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
        let host = text(header::HOST.as_str()).unwrap_or_default();
        let same_site = text("sec-fetch-site") == Some("same-origin");
        let same_origin = text("origin").is_some_and(|origin| {
            origin
                .split_once("://")
                .is_some_and(|(_, from)| from.eq_ignore_ascii_case(host))
        });
        let brought = sha256(text("x-attach-csrf").unwrap_or_default().as_bytes());
        (same_site || same_origin) && brought == sha256(self.csrf(secret).as_bytes())
    }
}

impl Session {
    fn is_open(&self, now: UnixMillis) -> bool {
        now < self.ends_at && now < self.seen_at.plus(IDLE_MS)
    }
}

/// The session cookie of `request`.
pub fn cookie(request: &HttpRequest) -> Option<String> {
    let cookies = request
        .headers()
        .get_all(header::COOKIE)
        .filter_map(|v| v.to_str().ok());
    let mut pairs = cookies
        .flat_map(|all| all.split(';'))
        .filter_map(|c| c.trim().split_once('='));
    pairs
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value.to_owned())
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn browsers() -> Browsers {
        let folder = tempfile::tempdir().unwrap();
        Browsers::new(Secret::open(folder.path(), None).unwrap())
    }

    fn request(secret: &str, csrf: &str, origin: &str) -> HttpRequest {
        TestRequest::post()
            .insert_header(("host", "localhost:8080"))
            .insert_header(("cookie", format!("a=b; {COOKIE}={secret}")))
            .insert_header(("origin", origin))
            .insert_header(("x-attach-csrf", csrf))
            .to_http_request()
    }

    const NOW: UnixMillis = UnixMillis(1_000_000);

    #[test]
    fn a_link_signs_in_once_and_the_session_ends_when_idle() {
        let browsers = browsers();
        let code = browsers.invite(Owner::new("i", "ada"), NOW).unwrap();
        let secret = browsers.accept(&code, NOW).unwrap();
        assert!(browsers.accept(&code, NOW).is_err());
        assert!(browsers.open(&secret, NOW.plus(IDLE_MS - 1)).is_some());
        assert!(browsers.open(&secret, NOW.plus(2 * IDLE_MS)).is_none());
    }

    #[test]
    fn a_write_needs_the_page_and_its_token() {
        let browsers = browsers();
        let code = browsers.invite(Owner::new("i", "ada"), NOW).unwrap();
        let secret = browsers.accept(&code, NOW).unwrap();
        let own = "http://localhost:8080";
        let csrf = browsers.page(&request(&secret, "", own), NOW).unwrap().csrf;
        let enter = |csrf: &str, origin: &str| {
            browsers
                .enter(&request(&secret, csrf, origin), &secret, NOW)
                .is_ok()
        };
        assert!(enter(&csrf, own));
        assert!(!enter(&csrf, "http://evil.example"));
        assert!(!enter("", own));
        browsers.leave(&request(&secret, "", own));
        assert!(!enter(&csrf, own));
    }
}
