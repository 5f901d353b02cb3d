//! Who may call.

use std::collections::BTreeMap;

use super::{Finding, State, finding};
use crate::{
    adapters::identity::discovery::Discovery,
    cli::keys::Standing,
    config::{Config, DidConfig},
    domain::{did::Method, identity::Scopes, time::UnixMillis},
};

/// How long before its end a key is told of: 14 days.
const SOON_MILLIS: i64 = 14 * 86_400_000;

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

/// A row each for the other ways in, and for what holds of all.
pub(super) fn others(config: &Config) -> [Finding; 5] {
    [
        scopes(config),
        dids(config),
        login(config),
        exchange(config),
        cors(config),
    ]
}

fn scopes(config: &Config) -> Finding {
    let what = "scopes";
    if config.auth.issuers.is_empty() {
        let detail = "there is no issuer; keys and DIDs are held to theirs";
        return finding(what, State::On, detail);
    }
    if config.auth.required_scopes {
        let detail = "people of an issuer may do what their token's scopes say";
        return finding(what, State::On, detail);
    }
    let detail =
        "REQUIRED_SCOPES is not true: people of an issuer may do all but metrics:read and admin";
    finding(what, State::Off, detail)
}

fn cors(config: &Config) -> Finding {
    match &*config.auth.origins {
        [] => finding("CORS", State::Off, "no page of another origin may call"),
        origins => finding(
            "CORS",
            State::On,
            format!("pages of {}", origins.join(", ")),
        ),
    }
}

fn dids(config: &Config) -> Finding {
    let Some(dids) = &config.auth.dids else {
        return finding("DIDs", State::Off, "DID_METHODS is not set");
    };
    let state = if dids.scopes_of_others().is_within(Scopes::DEFAULT) {
        State::On
    } else {
        State::Warning
    };
    finding("DIDs", state, may(dids))
}

/// Who may do what, the many before the few.
fn may(dids: &DidConfig) -> String {
    let methods = dids.methods.iter().map(|method| match method {
        Method::Key => "did:key",
        Method::Pkh => "did:pkh",
    });
    let methods = methods.collect::<Vec<_>>().join(" or ");
    let mut said = Vec::new();
    let others = dids.scopes_of_others();
    if !others.is_empty() {
        said.push(format!("anyone with a {methods}: {}", others.to_text()));
    }
    let mut alike = BTreeMap::<_, usize>::new();
    for (_, scopes) in dids.named().filter(|(_, scopes)| *scopes != others) {
        *alike.entry(scopes.to_text()).or_default() += 1;
    }
    for (scopes, count) in alike {
        said.push(format!("{count} listed: {scopes}"));
    }
    if said.is_empty() {
        said.push("none may do anything".to_owned());
    }
    match dids.allow.difference(&dids.deny).count() {
        0 => {}
        count => said.push(format!("{count} with a quota of their own")),
    }
    match dids.deny.len() {
        0 => {}
        count => said.push(format!("{count} denied")),
    }
    format!("{methods}; {}; audience {}", said.join("; "), dids.audience)
}

/// How the API keys stand, if that can be told.
pub(super) fn api_keys(keys: Option<Standing>, now: UnixMillis) -> Finding {
    let what = "API keys";
    let Some(keys) = keys else {
        return finding(what, State::Warning, "the database cannot be read");
    };
    let over = match keys.over {
        0 => String::new(),
        count => format!(", {count} expired or revoked"),
    };
    let works = match keys.working {
        0 => {
            let detail = format!("none works{over}; attach-gateway keys create makes one");
            return finding(what, State::Off, detail);
        }
        1 => "1 works".to_owned(),
        count => format!("{count} work"),
    };
    let soon = keys.next_end.filter(|end| *end <= now.plus(SOON_MILLIS));
    let next = soon.map_or(String::new(), |end| {
        format!("; the next one expires {}", end.rfc3339())
    });
    finding(what, State::On, format!("{works}{over}{next}"))
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
    let detail = format!(
        "at {}, redirect {public}/auth/callback; not tried",
        login.issuer
    );
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
