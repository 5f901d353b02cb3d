//! Browsers: who signs them in, and which pages may call.

use url::Url;

use crate::config::reader::Reader;

/// The client that signs people in at the first issuer.
#[derive(Clone)]
pub struct LoginConfig {
    /// The issuer, as configured.
    pub issuer: String,
    /// `OIDC_CLIENT_ID`.
    pub client_id: String,
    /// `OIDC_CLIENT_SECRET`; none for a public client, which has PKCE alone.
    pub client_secret: Option<String>,
}

impl std::fmt::Debug for LoginConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("LoginConfig");
        shown.field("issuer", &self.issuer);
        shown.field("client_id", &self.client_id);
        shown.finish_non_exhaustive()
    }
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
    let public = reader.text("ATTACH_PUBLIC_URL").map(Url::parse);
    if let Some(Ok(url)) = public
        && url.scheme() != "https"
        && !is_loopback(&url)
    {
        let remedy = "browser login needs https here: a cookie must not travel in the open; set https, or unset OIDC_CLIENT_ID";
        reader.fault("ATTACH_PUBLIC_URL", Some(url.as_str()), remedy);
    }
    Some(LoginConfig {
        issuer: issuer?.clone(),
        client_id,
        client_secret,
    })
}

fn is_loopback(url: &Url) -> bool {
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
