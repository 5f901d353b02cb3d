//! For those who run the gateway.

mod metering;

use std::sync::atomic::Ordering;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web,
};
use serde_json::{Value, json};

use crate::{
    actors::auth::KeyState,
    adapters::{temporal::Workflows, usage::prometheus::series as names},
    config::QuotaFail,
    domain::{identity::Scope, time::UnixMillis},
    http::{
        State,
        caller::{Caller, scope_of},
        error::ApiError,
    },
};

/// `GET /healthz`: the process answers.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// `GET /readyz`: whether work is taken. 503 only while going down or when the
/// task store cannot be written; what else is amiss is told to this machine.
pub async fn readyz(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let store = state.store.probe().await;
    let ready = !state.is_draining() && store.is_ok();
    let mut body = json!({ "status": if ready { "ready" } else { "not ready" } });
    if request
        .peer_addr()
        .is_some_and(|peer| peer.ip().is_loopback())
    {
        body["detail"] = detail(&state);
        body["detail"]["memory"] = memory(&state).await;
        body["detail"]["metering"] = metering::told(&state).await;
        if let Some(it) = &state.temporal {
            body["detail"]["temporal"] = temporal(it.lookout.workflows()).await;
        }
        if let Err(error) = store {
            body["detail"]["store"] = error.to_string().into();
        }
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

fn detail(state: &State) -> Value {
    let keys = state.auth.states().into_iter().map(|(issuer, keys)| {
        let (word, count) = match keys {
            KeyState::Fresh(count) => ("fresh", count),
            KeyState::Stale(count) => ("stale", count),
            KeyState::Missing => ("missing", 0),
        };
        json!({ "issuer": issuer, "keys": word, "count": count })
    });
    let dropped = state.mirror.dropped();
    json!({
        "quota": quota(state),
        "issuers": keys.collect::<Vec<_>>(),
        "draining": state.draining.load(Ordering::Relaxed),
        "tasks_running": state.supervisor.running(),
        "places_free": state.door.free(),
        "memory_dropped": { "bodies": dropped.bodies(), "events": dropped.events() },
        "warnings": state.warnings,
    })
}

/// Where is counted what people spend, and whether that can be done.
fn quota(state: &State) -> Value {
    let Some(quota) = &state.quota else {
        return json!({ "backend": "none" });
    };
    match quota.ledger.shared_standing() {
        None => json!({ "backend": "memory" }),
        Some(standing) => json!({
            "backend": "redis",
            "away": standing.trouble,
            "waiting": standing.waiting,
            "calls_go_on": standing.fail == QuotaFail::Open,
        }),
    }
}

/// Where memory is, and what has not got there yet.
async fn memory(state: &State) -> Value {
    let mut told = json!({ "backend": state.memory.name() });
    match state.memory.standing(UnixMillis::now()).await {
        Ok(None) => {}
        Ok(Some(standing)) => {
            told["waiting"] = standing.waiting.into();
            told["set_aside"] = standing.set_aside.into();
            told["oldest_ms"] = standing.oldest_ms.into();
            told["away"] = standing.away.into();
        }
        Err(error) => told["error"] = error.to_string().into(),
    }
    told
}

/// Whether Temporal can be asked, and how many tasks wait for workflows there.
async fn temporal(workflows: &Workflows) -> Value {
    let mut told = json!({ "away": workflows.temporal().away() });
    match workflows.rows().count().await {
        Ok(count) => told["workflows"] = count.into(),
        Err(error) => told["error"] = error.to_string().into(),
    }
    told
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
    let asks = path == "/metrics" || scope_of(&Method::GET, path).is_some();
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
