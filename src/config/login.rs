//! Browsers: who signs them in, and which pages may call.

use std::net::IpAddr;

use url::Url;

use crate::config::{hidden::Hidden, reader::Reader};

/// The client that signs people in at the first issuer.
#[derive(Clone, Debug)]
pub struct LoginConfig {
    /// The issuer, as configured.
    pub issuer: String,
    /// `OIDC_CLIENT_ID`.
    pub client_id: String,
    /// `OIDC_CLIENT_SECRET`; none for a public client, which has PKCE alone.
    pub client_secret: Option<Hidden>,
}

/// `None` unless `OIDC_CLIENT_ID` is set. `issuer` is the first one there is.
pub(super) fn read(reader: &Reader<'_>, issuer: Option<&String>) -> Option<LoginConfig> {
    let client_secret = reader.owned("OIDC_CLIENT_SECRET");
    let Some(client_id) = reader.owned("OIDC_CLIENT_ID") else {
        if client_secret.is_some() {
            let remedy = "set it too: a secret alone signs nobody in";
            reader.fault("OIDC_CLIENT_ID", None, remedy);
        }
        return None;
    };
    check_cookies(reader);
    Some(LoginConfig {
        issuer: issuer?.clone(),
        client_id,
        client_secret: client_secret.map(Hidden::from),
    })
}

/// A cookie must not travel in the open.
fn check_cookies(reader: &Reader<'_>) {
    const NAME: &str = "ATTACH_PUBLIC_URL";
    match reader.text(NAME).map(Url::parse) {
        Some(Ok(url)) if url.scheme() != "https" && !is_loopback(&url) => {
            let remedy = "browser login needs https here: a cookie must not travel in the open; set https, or unset OIDC_CLIENT_ID";
            reader.fault(NAME, Some(url.as_str()), remedy);
        }
        None if reader.text("HOST").is_some_and(|host| !is_own(host)) => {
            let remedy = "browser login on a HOST that others reach needs the https address they use: a cookie must not travel in the open; set it, or unset OIDC_CLIENT_ID";
            reader.fault(NAME, None, remedy);
        }
        _ => {}
    }
}

/// Whether only this machine reaches what listens on `host`.
fn is_own(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let ip = host.parse().map(|ip: IpAddr| ip.is_loopback());
    ip.unwrap_or(host == "localhost")
}

/// Whether `url` leads to this machine and no other.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// `CORS_ORIGINS`, as browsers write them.
pub(super) fn origins(reader: &Reader<'_>) -> Vec<String> {
    const DEFAULT: [&str; 2] = ["http://localhost:9000", "http://127.0.0.1:9000"];
    if reader.text("CORS_ORIGINS").is_none() {
        return DEFAULT.map(str::to_owned).to_vec();
    }
    let origins = reader.list("CORS_ORIGINS");
    let origins = origins.filter(|text| *text != "none");
    origins
        .filter_map(|text| {
            let origin = origin(text);
            if origin.is_none() {
                let remedy = "write scheme, host and port of each page, as https://app.example.com; * is not taken; none for no page";
                reader.fault("CORS_ORIGINS", Some(text), remedy);
            }
            origin
        })
        .collect()
}

fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let origin = url.origin();
    let bare = text.trim_end_matches('/');
    // A pattern would pass for a host, and match no page.
    let is_one = origin.is_tuple() && !bare.contains('*');
    (is_one && origin.ascii_serialization() == bare).then(|| bare.to_owned())
}
