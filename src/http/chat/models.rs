//! `GET /v1/models`.

use std::{pin::pin, time::Duration};

use actix_web::{HttpRequest, HttpResponse, http::Method, web};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::{
    adapters::engine::{Engine, EngineClient, EngineRequest},
    http::{State, caller::Caller, door::Place, error::ApiError, headers, tap::Upstream},
};

/// The largest list of one engine that is read, in bytes.
const MAX_LIST: usize = 4 << 20;
/// How long one engine may take for its list: one that is silent must not hide
/// the others.
const PATIENCE: Duration = Duration::from_secs(5);

/// With one engine its own list, byte for byte; with several the lists of those
/// that answer, one after the other.
///
/// # Errors
///
/// As [`proxy`](super::proxy); 502 when no engine answers.
pub async fn models(
    request: HttpRequest,
    payload: web::Payload,
    place: Place,
    caller: Caller,
    state: web::Data<State>,
    client: web::Data<EngineClient>,
) -> Result<HttpResponse, ApiError> {
    if state.engines.all().len() == 1 {
        return super::proxy(request, payload, place, caller, state, client).await;
    }
    let call = EngineRequest {
        method: Method::GET,
        path: "/v1/models".to_owned(),
        headers: headers::to_engine(request.headers(), &caller),
        body: Default::default(),
    };
    let lists = state.engines.all().iter().map(|engine| {
        let list = list(&client, engine, call.clone());
        async { tokio::time::timeout(PATIENCE, list).await.ok().flatten() }
    });
    let lists = futures_util::future::join_all(lists).await;
    if lists.iter().all(Option::is_none) {
        return Err(ApiError::EngineUnreachable);
    }
    let all: Vec<Value> = lists.into_iter().flatten().flatten().collect();
    Ok(HttpResponse::Ok().json(json!({ "object": "list", "data": all })))
}

async fn list(client: &EngineClient, engine: &Engine, call: EngineRequest) -> Option<Vec<Value>> {
    let answer = client.open(engine, call).await.ok()?;
    let mut upstream = pin!(Upstream::new(answer, client.idle_limit()));
    let mut body = Vec::new();
    while let Some(chunk) = upstream.next().await {
        body.extend_from_slice(&chunk.ok()?);
        if body.len() > MAX_LIST {
            return None;
        }
    }
    match serde_json::from_slice::<Value>(&body)
        .ok()?
        .get_mut("data")?
        .take()
    {
        Value::Array(models) => Some(models),
        _ => None,
    }
}
