//! The second port: for scrapers on this machine, which have no token.

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header,
    middleware::Next,
    web::{self, ServiceConfig, get, route},
};
use serde_json::json;

use crate::http::{State, edge::is_loopback_host, ops};

/// All there is.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/metrics", get().to(metrics))
        .route("/healthz", get().to(ops::healthz))
        .default_service(route().to(nothing));
}

/// On loopback another host name means that a page of another site had its name
/// resolve to this machine.
///
/// # Errors
///
/// None: a stranger's request is answered here.
pub async fn door(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|value| value.to_str().ok());
    if !host.is_some_and(is_loopback_host) {
        let detail = "this port is for this machine; call it localhost";
        let answer = HttpResponse::MisdirectedRequest().json(json!({ "detail": detail }));
        return Ok(request.into_response(answer));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

async fn metrics(state: web::Data<State>) -> HttpResponse {
    let text = ops::series(&state).await;
    HttpResponse::Ok().content_type(ops::EXPOSITION).body(text)
}

async fn nothing() -> HttpResponse {
    HttpResponse::NotFound().json(json!({ "detail": "only /metrics and /healthz are here" }))
}
