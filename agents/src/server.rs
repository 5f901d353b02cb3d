//! One actix server an agent.

use std::{io, net::TcpListener};

use actix_web::{App, HttpResponse, HttpServer, Route, dev::Server, web};
use serde_json::json;

use crate::{AgentConfig, gateway::Gateway};

/// Serves one agent: its `chat` route at `/api/chat`, and `/healthz`.
///
/// # Errors
///
/// As [`crate::planner`].
pub(crate) fn serve(
    agent: &'static str,
    listener: TcpListener,
    config: &AgentConfig,
    chat: fn() -> Route,
) -> io::Result<Server> {
    let gateway = web::Data::new(Gateway::new(config)?);
    let app = move || {
        App::new()
            .app_data(gateway.clone())
            .route("/api/chat", chat())
            .route("/healthz", web::get().to(move || health(agent)))
    };
    Ok(HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .tcp_nodelay(true)
        // A canceled task is a closed connection: its handler is then dropped,
        // and with it the call it was waiting for, so the engine stops as well.
        .h1_allow_half_closed(false)
        .listen(listener)?
        .run())
}

async fn health(agent: &'static str) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok", "agent": agent }))
}
