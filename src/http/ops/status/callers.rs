//! Who may call.

use super::Part;
use crate::{actors::auth::KeyState, domain::time::UnixMillis, http::State};

/// Each way in.
pub(super) async fn parts(state: &State, now: UnixMillis) -> Vec<Part> {
    vec![
        issuers(state),
        login(state),
        api_keys(state, now).await,
        dids(state),
        scopes(state),
        origins(state),
    ]
}

fn issuers(state: &State) -> Part {
    let name = "OpenID issuers";
    let issuers = state.auth.states();
    let of = |wanted: fn(&KeyState) -> bool| {
        let found = issuers.iter().filter(|(_, keys)| wanted(keys));
        found.map(|(url, _)| url.as_str()).collect::<Vec<_>>()
    };
    let missing = of(|keys| matches!(keys, KeyState::Missing));
    let stale = of(|keys| matches!(keys, KeyState::Stale(_)));
    let part = if issuers.is_empty() {
        Part::off(
            name,
            "no token of a provider is taken; set OIDC_ISSUER and OIDC_AUD",
        )
    } else if missing.len() == issuers.len() {
        Part::away(name, unfetched(&missing))
    } else if !missing.is_empty() {
        Part::degraded(name, unfetched(&missing))
    } else if !stale.is_empty() {
        let why = "new keys cannot be fetched, the last ones hold; see that the gateway reaches";
        Part::degraded(name, format!("{why} {}", stale.join(", ")))
    } else {
        let all: Vec<_> = issuers.iter().map(|(url, _)| url.as_str()).collect();
        Part::ok(name, format!("tokens of {} are taken", all.join(", ")))
    };
    part.by("OIDC_ISSUER")
}

fn unfetched(issuers: &[&str]) -> String {
    let who = issuers.join(", ");
    format!(
        "keys were never fetched, and tokens cannot be checked; see that the gateway reaches {who}"
    )
}

fn login(state: &State) -> Part {
    let name = "Sign-in at the page";
    let part = match &state.sign_in {
        Some(_) => Part::ok(name, "people sign in with their provider at /auth/login"),
        None => Part::off(
            name,
            "at the page people give a token or a key, or follow the link of dev; to sign in with a provider set OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and there the redirect /auth/callback",
        ),
    };
    part.by("OIDC_CLIENT_ID")
}

async fn api_keys(state: &State, now: UnixMillis) -> Part {
    let name = "API keys";
    match state.api_keys.has_any(now).await {
        Ok(true) => Part::ok(name, "keys that people made are taken"),
        Ok(false) => Part::ok(
            name,
            "there is none that works; people make theirs at the page, or with attach-gateway keys create",
        ),
        Err(error) => {
            tracing::error!(%error, "API keys cannot be read");
            Part::away(
                name,
                "the keys cannot be read; see the log, and that the database is there",
            )
        }
    }
}

fn dids(state: &State) -> Part {
    let name = "DIDs";
    let part = match state.auth.takes_dids() {
        true => Part::ok(
            name,
            "tokens that a DID signed itself are taken, as DID_ALLOW and DID_SCOPES say",
        ),
        false => Part::off(
            name,
            "no DID is taken; set DID_METHODS to key,pkh, and DID_ALLOW or DID_SCOPES",
        ),
    };
    part.by("DID_METHODS")
}

fn scopes(state: &State) -> Part {
    let name = "Scopes of people";
    let part = match state.required_scopes {
        true => Part::ok(name, "people may do what their token's scopes say"),
        false => Part::off(
            name,
            "people of a provider may do everything but metrics:read and admin without a scope; set REQUIRED_SCOPES=true to hold them to theirs",
        ),
    };
    part.by("REQUIRED_SCOPES")
}

fn origins(state: &State) -> Part {
    let name = "Pages of other origins";
    let part = match state.origins.is_empty() {
        true => Part::off(
            name,
            "only the gateway's own page may call; list others in CORS_ORIGINS",
        ),
        false => Part::ok(name, format!("{} may call", state.origins.join(", "))),
    };
    part.by("CORS_ORIGINS")
}
