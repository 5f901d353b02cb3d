//! The HTTP server.

use std::{any::Any, io, net::TcpListener, time::Duration};

use actix_web::{App, HttpServer, dev::Server, middleware::from_fn, rt::net::TcpStream, web};
use socket2::SockRef;

use crate::{
    adapters::engine::EngineClient,
    config::Config,
    http::{self, State, edge::edge},
};

/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long a client may take to send its headers.
const HEADERS: Duration = Duration::from_secs(10);

/// How long a client may leave what it was sent unread: it holds a place and an
/// engine meanwhile.
pub(super) const UNREAD: Duration = Duration::from_secs(120);

fn give_up_on_the_deaf(stream: &dyn Any) {
    if let Some(stream) = stream.downcast_ref::<TcpStream>() {
        // Where the system has no such option, keep-alive has to do.
        let _ = SockRef::from(stream).set_tcp_user_timeout(Some(UNREAD));
    }
}

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
    .on_connect(|stream, _| give_up_on_the_deaf(stream))
    .h1_allow_half_closed(false)
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(HEADERS)
    .disable_signals()
    // The rest of the grace is for what the last requests leave behind.
    .shutdown_timeout((config.grace * 2 / 3).as_secs().max(1))
    .listen(listener)?;
    Ok(server.run())
}
