//! Webhooks: where they may be, and how long one that fails is tried.

use std::fmt;

use a2a::TaskPushNotificationConfig;

use crate::domain::{
    target::{AllowedPrefix, Destination, entry_for, http_url, is_internal},
    time::UnixMillis,
};

/// Webhooks of one task at most.
pub const MOST: u32 = 16;
/// The longest URL, token, credentials and id that are taken, in bytes.
const LONGEST_URL: usize = 2048;
const LONGEST_SECRET: usize = 8192;
const LONGEST_ID: usize = 256;

/// A webhook that comes with a message, checked and ready to be written with it.
#[derive(Clone)]
pub struct NewWebhook {
    /// Its name within the task.
    pub id: String,
    /// As the caller wrote it.
    pub url: String,
    /// Host and port of its receiver.
    pub host: String,
    /// Token and credentials, sealed for this task and name.
    pub sealed: Option<Vec<u8>>,
}

/// Not the URL: a path or a query may be a secret of its own.
impl fmt::Debug for NewWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "webhook {} at {}", self.id, self.host)
    }
}

/// A field of a webhook that cannot be used. Shown to the caller: it names only
/// what they sent and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct BadField {
    /// The field, as the protocol writes it.
    pub field: &'static str,
    /// Why, and what to write instead.
    pub why: String,
}

/// Where webhooks may be.
#[derive(Clone, Debug, Default)]
pub struct WebhookRules {
    /// `PUSH_ALLOW`: places that are meant, wherever their names lead, also
    /// without TLS. Anything else is https on the open internet.
    pub allow: Vec<AllowedPrefix>,
}

impl WebhookRules {
    /// Where `url` leads. Names are not looked up: whether they lead to the open
    /// internet shows at each delivery.
    ///
    /// # Errors
    ///
    /// It is no http(s) URL, or one that needs an entry of `PUSH_ALLOW`, which is
    /// named.
    pub fn destination(&self, url: &str) -> Result<Destination, BadField> {
        let bad = |why: String| BadField { field: "url", why };
        if url.len() > LONGEST_URL {
            return Err(bad(format!("write at most {LONGEST_URL} bytes")));
        }
        let malformed = |_| "write an http(s) URL without user name and password".to_owned();
        let url = http_url(url).map_err(malformed).map_err(bad)?;
        if self.allow.iter().any(|entry| entry.covers(&url)) {
            return Ok(Destination {
                url,
                internal: true,
            });
        }
        let entry = entry_for(&url);
        let refused = |what: &str| {
            let remedy = format!("to allow it, add {entry} to PUSH_ALLOW");
            Err(bad(format!("{what}; {remedy}")))
        };
        if url.host().is_none_or(|host| is_internal(&host)) {
            return refused("this is a private address");
        }
        if url.scheme() != "https" {
            return refused("this is not https");
        }
        Ok(Destination {
            url,
            internal: false,
        })
    }

    /// Where `config` leads, if all of it can be used.
    ///
    /// # Errors
    ///
    /// As [`destination`](Self::destination); or an id, a token or credentials
    /// are too long, or cannot stand in a header.
    pub fn check(&self, config: &TaskPushNotificationConfig) -> Result<Destination, BadField> {
        let id = config.id.as_deref().unwrap_or_default();
        if id.len() > LONGEST_ID || id.chars().any(char::is_control) {
            let why = format!("write at most {LONGEST_ID} bytes and no control characters");
            return Err(BadField { field: "id", why });
        }
        secret("token", config.token.as_deref())?;
        if let Some(authentication) = &config.authentication {
            let credentials = authentication.credentials.as_deref();
            secret("authentication.credentials", credentials)?;
            scheme(&authentication.scheme)?;
        }
        self.destination(&config.url)
    }
}

fn secret(field: &'static str, text: Option<&str>) -> Result<(), BadField> {
    let text = text.unwrap_or_default();
    if text.len() <= LONGEST_SECRET && text.bytes().all(|b| matches!(b, 0x20..=0x7e)) {
        return Ok(());
    }
    let why = format!("write at most {LONGEST_SECRET} characters of visible ASCII");
    Err(BadField { field, why })
}

fn scheme(text: &str) -> Result<(), BadField> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if (1..=64).contains(&text.len()) && text.chars().all(plain) {
        return Ok(());
    }
    Err(BadField {
        field: "authentication.scheme",
        why: "write the name of an HTTP authentication scheme, such as Bearer".to_owned(),
    })
}

/// How long a webhook that fails is tried.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Failures in a row at most.
    pub max_failures: u32,
    /// Milliseconds in which it may fail all the time.
    pub give_up_ms: i64,
    /// Milliseconds before the second try; doubles each time.
    pub first_delay_ms: i64,
    /// Milliseconds that never become more by doubling.
    pub max_delay_ms: i64,
}

/// The longest `Retry-After` that is honoured: an hour.
const LONGEST_ASKED_MS: i64 = 3_600_000;

impl Default for Patience {
    /// A day, or so many failures as take longer; a second, doubling up to five
    /// minutes.
    fn default() -> Self {
        Self {
            max_failures: 400,
            give_up_ms: 86_400_000,
            first_delay_ms: 1000,
            max_delay_ms: 300_000,
        }
    }
}

impl Patience {
    /// When to try again after the failure number `failures` in a row at `now`,
    /// the first of which was at `since`; `None` to give up. `asked_ms` is the
    /// receiver's `Retry-After`; `chance` in 0..=1 spreads the delay over a
    /// quarter.
    pub fn next(
        &self,
        now: UnixMillis,
        (failures, since): (u32, UnixMillis),
        asked_ms: Option<i64>,
        chance: f64,
    ) -> Option<UnixMillis> {
        if failures >= self.max_failures || now.0.saturating_sub(since.0) >= self.give_up_ms {
            return None;
        }
        let doubled = self.first_delay_ms << failures.saturating_sub(1).min(16);
        let delay = doubled.min(self.max_delay_ms) as f64;
        let spread = (delay * (1.0 - chance.clamp(0.0, 1.0) / 4.0)) as i64;
        let asked = asked_ms.unwrap_or(0).clamp(0, LONGEST_ASKED_MS);
        Some(now.plus(spread.max(asked)))
    }
}

#[cfg(test)]
mod tests;
