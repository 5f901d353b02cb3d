//! For those who run the gateway.

mod detail;
mod metering;
mod status;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web,
};
use serde_json::json;

use crate::{
    adapters::usage::prometheus::series as names,
    domain::{identity::Scope, time::UnixMillis},
    http::{
        State,
        caller::{Caller, scope_of},
        error::ApiError,
    },
};
use detail::Detail;
pub use status::status;

/// `GET /healthz`: the process answers.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// `GET /readyz`: whether work is taken. 503 only while going down or when the
/// task store cannot be written; what else is amiss is told to this machine.
pub async fn readyz(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let is_near = request
        .peer_addr()
        .is_some_and(|peer| peer.ip().is_loopback());
    let (is_stored, detail) = match is_near {
        true => {
            let detail = Detail::of(&state).await;
            (detail.store.is_ok(), Some(detail.told(&state)))
        }
        false => (state.store.probe().await.is_ok(), None),
    };
    let ready = !state.is_draining() && is_stored;
    let mut body = json!({ "status": if ready { "ready" } else { "not ready" } });
    if let Some(detail) = detail {
        body["detail"] = detail;
    }
    let mut response = if ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(body)
}

/// `GET /metrics`: with scope `metrics:read` every series, without it one's own.
///
/// # Errors
///
/// 401.
pub async fn metrics(caller: Caller, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let owner = &caller.identity.owner;
    let text = match caller.identity.scopes.has(Scope::MetricsRead) {
        true => series(&state).await,
        false => state.metrics.render_for(owner),
    };
    Ok(HttpResponse::Ok().content_type(EXPOSITION).body(text))
}

/// What `/metrics` answers is written in.
pub(super) const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Every series, as they are now.
pub(super) async fn series(state: &State) -> String {
    let gauge = |name, count: u64| state.metrics.gauge(name, count as f64);
    gauge(names::PLACES, state.door.places() as u64);
    gauge(names::PLACES_FREE, state.door.free() as u64);
    gauge(names::TASKS_RUNNING, state.supervisor.running() as u64);
    let now = UnixMillis::now();
    for (issuer, at) in state.auth.fetched() {
        let secs = (now.0 - at.0).max(0) as f64 / 1000.0;
        state.metrics.keys_age(&issuer, secs);
    }
    if let Ok(backlog) = state.webhooks.backlog().await {
        state.metrics.gauge(names::PUSH_BACKLOG, backlog as f64);
    }
    if let Ok(Some(standing)) = state.memory.standing(now).await {
        gauge(names::MEMORY_BACKLOG, standing.waiting);
        gauge(names::MEMORY_SET_ASIDE, standing.set_aside);
    }
    metering::gauge(state).await;
    if let Ok(counts) = state.store.counts().await {
        let (open, ended) = (counts.open.into_iter(), counts.ended.into_iter());
        open.for_each(|(at, count)| state.metrics.tasks(at.name(), count));
        ended.for_each(|(at, count)| state.metrics.tasks_ended(at.name(), count));
    }
    state.metrics.render()
}

/// Where a token is asked for, and any will do.
const FOR_ANYONE: [&str; 5] = [
    "/metrics",
    "/usage",
    "/auth/me",
    "/auth/sessions",
    "/auth/keys",
];

/// Where the metadata are.
pub const RESOURCE: &str = "/.well-known/oauth-protected-resource";

/// `GET /.well-known/oauth-protected-resource` (RFC 9728): where to get a token
/// for the gateway; every 401 names it. With a path behind it, of the resource at
/// that path. Public.
///
/// # Errors
///
/// 404 for a path where nothing asks for a token.
pub async fn resource(
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    // As it was asked, byte for byte (section 3.3).
    let path = request.path().strip_prefix(RESOURCE).unwrap_or_default();
    let asks = FOR_ANYONE.contains(&path) || scope_of(&Method::GET, path).is_some();
    if !path.is_empty() && !asks {
        return Err(ApiError::NoRoute);
    }
    let resource = format!("{}{path}", state.minter.public_url());
    let mut metadata = json!({
        "resource": resource,
        "resource_name": "Attach Gateway",
        "scopes_supported": Scope::ALL.map(Scope::name),
        "bearer_methods_supported": ["header"],
    });
    let issuers: Vec<_> = state
        .auth
        .states()
        .into_iter()
        .map(|(url, _)| url)
        .collect();
    // A member with nothing in it must not be there (section 3.2).
    if !issuers.is_empty() {
        metadata["authorization_servers"] = json!(issuers);
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=600"))
        .json(metadata))
}

/// `GET /.well-known/jwks.json`: the public half of the key that signs
/// delegations.
pub async fn jwks(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=600"))
        .json(state.minter.key().jwks())
}
