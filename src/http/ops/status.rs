//! `GET /status`: every part of the product, how it stands, and what to do.

mod backlog;
mod callers;
mod part;
mod places;
mod records;
mod work;

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::detail::{Detail, told_keys};
use crate::{
    domain::time::UnixMillis,
    http::{State, answer::unkept, caller::Caller},
};
use part::Part;

/// For whoever runs the gateway: the scope `admin` is asked for before. Looks at
/// agents and engines, which takes two seconds at most, and writes one row to see
/// whether that can be done.
pub async fn status(_caller: Caller, state: web::Data<State>) -> HttpResponse {
    let now = UnixMillis::now();
    let (detail, places, backlog, callers) = tokio::join!(
        Detail::of(&state),
        places::parts(&state),
        backlog::counted(&state, now),
        callers::parts(&state, now)
    );
    let mut parts = vec![work::store(&state, &detail)];
    parts.extend(callers);
    parts.extend(places);
    parts.extend(records::parts(&state, &detail));
    parts.extend(work::parts(&state, &detail, &backlog));
    unkept(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "since": state.began_at,
        "ready": !state.is_draining() && detail.store.is_ok(),
        "parts": parts,
        "backlog": backlog.told(&state, &detail),
        "keys": keys(&state, now),
        "warnings": state.warnings,
    }))
}

/// Each issuer's keys, and how old they are.
fn keys(state: &State, now: UnixMillis) -> Vec<Value> {
    let fetched = state.auth.fetched();
    let states = state.auth.states().into_iter();
    let each = states.map(|(issuer, keys)| {
        let (word, count) = told_keys(keys);
        let at = fetched.iter().find(|(url, _)| *url == issuer);
        let age = at.map(|(_, at)| (now.0 - at.0).max(0));
        json!({ "issuer": issuer, "state": word, "count": count, "age_ms": age })
    });
    each.collect()
}
