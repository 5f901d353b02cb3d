//! The HTTP server.

use std::{io, net::TcpListener, time::Duration};

use actix_web::{App, HttpServer, dev::Server, middleware::from_fn, web};

use crate::{
    adapters::engine::EngineClient,
    config::Config,
    http::{self, State, edge::edge},
};

/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long a client may take to send its headers.
const HEADERS: Duration = Duration::from_secs(10);

pub(super) fn server(
    config: &Config,
    state: web::Data<State>,
    listener: TcpListener,
) -> io::Result<Server> {
    let limits = config.engine_limits;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .app_data(web::Data::new(EngineClient::new(limits)))
            .wrap(from_fn(edge))
            .configure(http::routes)
    })
    // Streams would stall up to 40 ms without the first; a client that leaves
    // before the first byte would not be noticed without the second.
    .tcp_nodelay(true)
    .h1_allow_half_closed(false)
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(HEADERS)
    .disable_signals()
    .shutdown_timeout(config.grace.as_secs())
    .listen(listener)?;
    Ok(server.run())
}
