//! Who may call.

use super::{Finding, State, finding};
use crate::{adapters::identity::discovery::Discovery, config::Config, domain::did::Method};

/// A row an issuer: whether its keys are found.
pub(super) async fn issuers(config: &Config) -> Vec<Finding> {
    let discovery = match Discovery::new(config.auth.allow_http) {
        Ok(discovery) => discovery,
        Err(error) => return vec![finding("issuers", State::Fault, error.to_string())],
    };
    let mut findings = Vec::new();
    for issuer in &config.auth.issuers {
        let what = format!("issuer {}", issuer.url);
        findings.push(match discovery.keys(issuer).await {
            Ok(fetched) if fetched.keys.is_empty() => {
                finding(what, State::Fault, "it has no key that can be used")
            }
            Ok(fetched) => {
                let detail = format!("{} keys, audience {}", fetched.keys.len(), issuer.audience);
                finding(what, State::Ok, detail)
            }
            Err(error) => finding(what, State::Fault, error.to_string()),
        });
    }
    findings
}

/// A row each for the other ways in; `keys` is how many API keys work.
pub(super) fn others(config: &Config, keys: Option<usize>) -> [Finding; 4] {
    [
        dids(config),
        api_keys(keys),
        login(config),
        exchange(config),
    ]
}

fn dids(config: &Config) -> Finding {
    let Some(dids) = &config.auth.dids else {
        return finding("DIDs", State::Off, "DID_METHODS is not set");
    };
    let methods = dids.methods.iter().map(|method| match method {
        Method::Key => "did:key",
        Method::Pkh => "did:pkh",
    });
    let methods: Vec<_> = methods.collect();
    let detail = format!(
        "{}, {} allowed, {} denied, audience {}",
        methods.join(" and "),
        dids.allow.len(),
        dids.deny.len(),
        dids.audience
    );
    finding("DIDs", State::On, detail)
}

fn api_keys(working: Option<usize>) -> Finding {
    let what = "API keys";
    match working {
        Some(0) => finding(
            what,
            State::Off,
            "none works; attach-gateway keys create makes one",
        ),
        Some(1) => finding(what, State::On, "1 works"),
        Some(count) => finding(what, State::On, format!("{count} work")),
        None => finding(what, State::Warning, "the database cannot be read"),
    }
}

fn login(config: &Config) -> Finding {
    let what = "browser login";
    let Some(login) = &config.auth.login else {
        return finding(what, State::Off, "OIDC_CLIENT_ID is not set");
    };
    let public = config.public_url.as_ref().map_or_else(
        || format!("http://{}:{}", config.host, config.port),
        |url| url.as_str().trim_end_matches('/').to_owned(),
    );
    let detail = format!("at {}, redirect {public}/auth/callback", login.issuer);
    finding(what, State::On, detail)
}

fn exchange(config: &Config) -> Finding {
    let Some(exchange) = &config.auth.exchange else {
        return finding("exchange", State::Off, "ENABLE_DESCOPE_EXCHANGE is not set");
    };
    let detail = format!(
        "tokens of {} at {}",
        exchange.issuers.join(", "),
        exchange.url
    );
    finding("exchange", State::On, detail)
}
