//! Who may call.

use crate::{
    config::{
        descope::{Descope, ExchangeConfig},
        did::{self, DidConfig},
        issuer::{IssuerConfig, default_algorithms},
        login::{self, LoginConfig},
        reader::Reader,
        refuse_twins,
    },
    domain::target::is_secure,
};

const WAYS_IN: &str = "set OIDC_ISSUER and OIDC_AUD, or add an [[issuer]] table, or set AUTH_BACKEND=descope, or DID_METHODS, or make a key that works with attach-gateway keys create (expired and revoked ones do not count); to try without any: attach-gateway dev";

/// Whose checks of signatures have a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttle {
    /// Nobody's.
    Off,
    /// Those of clients beyond this machine.
    Remote,
    /// Everybody's.
    On,
}

/// Who may call, and how strictly they are asked.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// Whose tokens are taken.
    pub issuers: Vec<IssuerConfig>,
    /// `DID_*`.
    pub dids: Option<DidConfig>,
    /// `ENABLE_DESCOPE_EXCHANGE`.
    pub exchange: Option<ExchangeConfig>,
    /// `OIDC_CLIENT_ID`.
    pub login: Option<LoginConfig>,
    /// `CORS_ORIGINS`.
    pub origins: Vec<String>,
    /// `AUTH_THROTTLE`.
    pub throttle: Throttle,
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
    /// What `/auth/config` calls the audience.
    pub audience: Option<String>,
}

impl AuthConfig {
    /// The issuer whose tokens most callers bring, as it stands after an
    /// exchange: who vouches for people where nothing else is said.
    pub fn home(&self) -> Option<&str> {
        let first = &self.issuers.first()?.url;
        match &self.exchange {
            Some(exchange) if exchange.issuers.contains(first) => Some(&exchange.result_issuer),
            _ => Some(first),
        }
    }
}

/// `OIDC_ISSUER` comes first, the tables after it. `has_keys` says that the
/// database holds API keys: then nothing else is needed.
pub(super) fn read(reader: &Reader<'_>, tables: Vec<IssuerConfig>, has_keys: bool) -> AuthConfig {
    const BACKENDS: &[(&str, bool)] = &[("oidc", false), ("auth0", false), ("descope", true)];
    let is_descope = reader.word("AUTH_BACKEND", BACKENDS, false);
    let descope = Descope::read(reader, is_descope);
    let dids = did::read(reader);
    let exchange = descope.as_ref().and_then(|it| it.exchange(reader));
    let mut issuers = Vec::new();
    match &descope {
        Some(it) if is_descope => issuers.push(it.issuer(reader, reader.owned("OIDC_ISSUER"))),
        // The audience may stand alone where something else uses it.
        _ => issuers.extend(first(reader, dids.is_some() || descope.is_some())),
    }
    issuers.extend(tables);
    if let (Some(descope), Some(exchange)) = (&descope, &exchange)
        && issuers.iter().all(|i| i.url != exchange.result_issuer)
    {
        issuers.push(descope.issuer(reader, None));
    }
    if issuers.is_empty() && dids.is_none() && !has_keys {
        refuse_nobody(reader);
    }
    let allow_http = reader.flag("ALLOW_HTTP_ISSUER");
    issuers
        .iter()
        .for_each(|issuer| check_issuer(reader, issuer, allow_http));
    refuse_twins(reader, "[[issuer]] url", issuers.iter().map(|i| &i.url));
    AuthConfig {
        dids,
        exchange,
        login: login(reader, &issuers),
        origins: login::origins(reader),
        throttle: reader.word(
            "AUTH_THROTTLE",
            &[("on", Throttle::On), ("off", Throttle::Off)],
            Throttle::Remote,
        ),
        allow_http,
        require_at_jwt: reader.flag("OIDC_REQUIRE_AT_JWT"),
        required_scopes: reader.flag("REQUIRED_SCOPES"),
        session_v0: reader.word("SESSION_COMPAT", &[("v0", true), ("none", false)], false),
        auth0: (reader.owned("AUTH0_DOMAIN"), reader.owned("AUTH0_CLIENT")),
        audience: reader
            .owned("OIDC_AUD")
            .or_else(|| issuers.first().map(|issuer| issuer.audience.clone())),
        issuers,
    }
}

/// Nobody could call. Where a way in was begun, its own fault says what is
/// missing.
fn refuse_nobody(reader: &Reader<'_>) {
    let begun = ["OIDC_ISSUER", "OIDC_AUD", "DID_METHODS"];
    if begun.iter().all(|name| reader.text(name).is_none()) {
        reader.fault("OIDC_ISSUER", None, WAYS_IN);
    }
}

/// The issuer of `OIDC_ISSUER` and `OIDC_AUD`.
fn first(reader: &Reader<'_>, uses_audience: bool) -> Option<IssuerConfig> {
    match (reader.owned("OIDC_ISSUER"), reader.owned("OIDC_AUD")) {
        (Some(url), Some(audience)) => {
            return Some(IssuerConfig {
                url,
                audience,
                algorithms: default_algorithms(),
                jwks_url: None,
                scopes: Default::default(),
            });
        }
        (Some(_), None) => {
            reader.fault("OIDC_AUD", None, "set it to what your tokens carry in aud");
        }
        (None, Some(_)) if !uses_audience => {
            let remedy = "set it to what your tokens carry in iss";
            reader.fault("OIDC_ISSUER", None, remedy);
        }
        (None, _) => {}
    }
    None
}

fn login(reader: &Reader<'_>, issuers: &[IssuerConfig]) -> Option<LoginConfig> {
    let login = login::read(reader, issuers.first().map(|issuer| &issuer.url));
    if login.is_none() && reader.text("OIDC_CLIENT_ID").is_some() && issuers.is_empty() {
        let remedy = "set it to the issuer where people sign in";
        reader.fault("OIDC_ISSUER", None, remedy);
    }
    login
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
