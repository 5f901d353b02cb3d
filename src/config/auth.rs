//! Who may call.

use crate::{
    config::{
        issuer::{IssuerConfig, default_algorithms},
        reader::Reader,
        refuse_twins,
    },
    domain::target::is_secure,
};

/// Who may call, and how strictly they are asked.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// Whose tokens are taken.
    pub issuers: Vec<IssuerConfig>,
    /// `ALLOW_HTTP_ISSUER`.
    pub allow_http: bool,
    /// `OIDC_REQUIRE_AT_JWT`.
    pub require_at_jwt: bool,
    /// `REQUIRED_SCOPES`.
    pub required_scopes: bool,
    /// `SESSION_COMPAT=v0`.
    pub session_v0: bool,
    /// `AUTH0_DOMAIN` and `AUTH0_CLIENT`, for `/auth/config`.
    pub auth0: (Option<String>, Option<String>),
}

/// `OIDC_ISSUER` comes first, the tables after it.
pub(super) fn read(reader: &Reader<'_>, tables: Vec<IssuerConfig>) -> AuthConfig {
    reader.word("AUTH_BACKEND", &[("oidc", ()), ("auth0", ())], ());
    let mut issuers = Vec::new();
    match (reader.owned("OIDC_ISSUER"), reader.owned("OIDC_AUD")) {
        (Some(url), Some(audience)) => issuers.push(IssuerConfig {
            url,
            audience,
            algorithms: default_algorithms(),
            jwks_url: None,
            scopes: Default::default(),
        }),
        (Some(_), None) => {
            reader.fault("OIDC_AUD", None, "set it to what your tokens carry in aud")
        }
        (None, Some(_)) => reader.fault(
            "OIDC_ISSUER",
            None,
            "set it to what your tokens carry in iss",
        ),
        (None, None) if tables.is_empty() => {
            reader.fault("OIDC_ISSUER", None, "set OIDC_ISSUER and OIDC_AUD, or add an [[issuer]] table; to try without a provider: attach-gateway dev");
        }
        (None, None) => {}
    }
    issuers.extend(tables);
    let allow_http = reader.flag("ALLOW_HTTP_ISSUER");
    issuers
        .iter()
        .for_each(|issuer| check_issuer(reader, issuer, allow_http));
    refuse_twins(reader, "[[issuer]] url", issuers.iter().map(|i| &i.url));
    AuthConfig {
        issuers,
        allow_http,
        require_at_jwt: reader.flag("OIDC_REQUIRE_AT_JWT"),
        required_scopes: reader.flag("REQUIRED_SCOPES"),
        session_v0: reader.word("SESSION_COMPAT", &[("v0", true), ("none", false)], false),
        auth0: (reader.owned("AUTH0_DOMAIN"), reader.owned("AUTH0_CLIENT")),
    }
}

fn check_issuer(reader: &Reader<'_>, issuer: &IssuerConfig, allow_http: bool) {
    for url in [Some(&issuer.url), issuer.jwks_url.as_ref()]
        .into_iter()
        .flatten()
    {
        if !is_secure(url, allow_http) {
            reader.fault(
                "OIDC_ISSUER",
                Some(url),
                "write an https URL; plain http only on loopback, or with ALLOW_HTTP_ISSUER=true",
            );
        }
    }
    if issuer.algorithms.is_empty() {
        reader.fault(
            "[[issuer]] algorithms",
            Some("[]"),
            "name at least one, or leave it out",
        );
    }
}
