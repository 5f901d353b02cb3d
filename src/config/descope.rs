//! Descope: as an issuer of callers' tokens, and as a place that exchanges those
//! of others.

use crate::{
    config::{
        hidden::Hidden,
        issuer::{IssuerConfig, default_algorithms},
        reader::Reader,
    },
    domain::target::is_secure,
};

/// Where tokens of other issuers are exchanged.
#[derive(Clone, Debug)]
pub struct ExchangeConfig {
    /// The token endpoint.
    pub url: String,
    /// `DESCOPE_CLIENT_ID`.
    pub client_id: String,
    /// `DESCOPE_CLIENT_SECRET`.
    pub client_secret: Hidden,
    /// `EXCHANGE_ISSUERS`: whose tokens are sent there, by their `iss`.
    pub issuers: Vec<String>,
    /// The issuer of what comes back; one of the configured ones.
    pub result_issuer: String,
}

/// What is known of Descope.
pub(super) struct Descope<'a> {
    base: &'a str,
    project: &'a str,
}

impl<'a> Descope<'a> {
    /// `None` where nothing asks for it.
    pub(super) fn read(reader: &Reader<'a>, is_backend: bool) -> Option<Self> {
        if !is_backend && !reader.flag("ENABLE_DESCOPE_EXCHANGE") {
            return None;
        }
        let base = reader.text("DESCOPE_BASE_URL");
        let base = base.unwrap_or("https://api.descope.com");
        if !is_secure(base, reader.flag("ALLOW_HTTP_ISSUER")) {
            let remedy =
                "write an https URL; plain http only on loopback, or with ALLOW_HTTP_ISSUER=true";
            reader.fault("DESCOPE_BASE_URL", Some(base), remedy);
        }
        let project = reader.text("DESCOPE_PROJECT_ID");
        if project.is_none() {
            let remedy = "set it to the id of your project, as P2abc…";
            reader.fault("DESCOPE_PROJECT_ID", None, remedy);
        }
        Some(Self {
            base: base.trim_end_matches('/'),
            project: project.unwrap_or_default(),
        })
    }

    /// The project as an issuer, under the name `url` or its own. Its keys are
    /// at one place whatever its tokens call it.
    pub(super) fn issuer(&self, reader: &Reader<'_>, url: Option<String>) -> IssuerConfig {
        let audience = reader.owned("DESCOPE_AUD").or(reader.owned("OIDC_AUD"));
        if audience.is_none() {
            let remedy = "set it, or OIDC_AUD, to what your tokens carry in aud";
            reader.fault("DESCOPE_AUD", None, remedy);
        }
        let jwks_url = reader.owned("DESCOPE_JWKS_URL").unwrap_or_else(|| {
            let Self { base, project } = self;
            format!("{base}/{project}/.well-known/jwks.json")
        });
        IssuerConfig {
            url: url.unwrap_or_else(|| self.app_issuer()),
            audience: audience.unwrap_or_default(),
            algorithms: default_algorithms(),
            jwks_url: Some(jwks_url),
            scopes: Default::default(),
        }
    }

    fn app_issuer(&self) -> String {
        format!("{}/v1/apps/{}", self.base, self.project)
    }

    /// `None` unless `ENABLE_DESCOPE_EXCHANGE`.
    pub(super) fn exchange(&self, reader: &Reader<'_>) -> Option<ExchangeConfig> {
        if !reader.flag("ENABLE_DESCOPE_EXCHANGE") {
            return None;
        }
        let needed = |name, remedy| {
            let value = reader.owned(name);
            if value.is_none() {
                reader.fault(name, None, remedy);
            }
            value
        };
        let remedy = "set it as your inbound app at Descope shows it";
        let client_id = needed("DESCOPE_CLIENT_ID", remedy);
        let client_secret = needed("DESCOPE_CLIENT_SECRET", remedy);
        let issuers: Vec<_> = reader.list("EXCHANGE_ISSUERS").map(str::to_owned).collect();
        if issuers.is_empty() {
            let remedy = "list the iss of the tokens that may be sent to Descope, comma-separated";
            reader.fault("EXCHANGE_ISSUERS", None, remedy);
        }
        let result_issuer = self.app_issuer();
        if issuers.contains(&result_issuer) {
            let remedy = "is what comes back from the exchange; remove it from the list";
            reader.fault("EXCHANGE_ISSUERS", Some(&result_issuer), remedy);
        }
        Some(ExchangeConfig {
            url: format!("{}/oauth2/v1/apps/token", self.base),
            client_id: client_id?,
            client_secret: client_secret?.into(),
            issuers,
            result_issuer,
        })
    }
}
