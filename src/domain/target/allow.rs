//! Addresses, and the list of those that callers may name.

use std::net::IpAddr;

use url::{Host, Url};

use super::TargetError;
use crate::domain::address::is_public;

/// One entry of `TARGET_ALLOW`: scheme, host, port and the start of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedPrefix {
    url: Url,
    /// Whether the entry's own host is loopback or private, which says that the
    /// team means it.
    pub internal: bool,
}

impl AllowedPrefix {
    /// Reads one entry.
    ///
    /// # Errors
    ///
    /// [`TargetError::Malformed`] if it is no http(s) URL, or has a user name,
    /// query or fragment.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let url = http_url(text)?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(TargetError::Malformed);
        }
        let internal = url.host().is_some_and(|host| is_internal(&host));
        Ok(Self { url, internal })
    }

    /// Whether `url` lies at or under the entry.
    pub fn covers(&self, url: &Url) -> bool {
        let (entry, path) = (self.url.path(), url.path());
        same_place(&self.url, url)
            && path.strip_prefix(entry).is_some_and(|rest| {
                rest.is_empty() || entry.ends_with('/') || rest.starts_with('/')
            })
    }
}

/// Parses an http(s) URL that carries no credentials.
///
/// # Errors
///
/// [`TargetError::Malformed`] for anything else.
pub fn http_url(text: &str) -> Result<Url, TargetError> {
    let url = Url::parse(text).map_err(|_| TargetError::Malformed)?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.host().is_some();
    plain.then_some(url).ok_or(TargetError::Malformed)
}

/// Whether secrets and keys may be fetched from `url`: https, or plain http to
/// this machine, or anywhere if `allow_http`.
pub fn is_secure(url: &str, allow_http: bool) -> bool {
    http_url(url).is_ok_and(|url| {
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        url.scheme() == "https" || local || allow_http
    })
}

/// The entry of an allow-list that would cover `url` and nothing beside it.
pub(in crate::domain) fn entry_for(url: &Url) -> String {
    let mut entry = url.clone();
    entry.set_query(None);
    entry.set_fragment(None);
    entry.into()
}

fn same_place(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme()
        && a.host() == b.host()
        && a.port_or_known_default() == b.port_or_known_default()
}

/// Whether a host is this machine's or private by what is written, without a
/// look-up.
pub(in crate::domain) fn is_internal(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => !is_public(IpAddr::V4(*address)),
        Host::Ipv6(address) => !is_public(IpAddr::V6(*address)),
    }
}
