//! The gRPC server: where it listens, and until when. It has threads of its own:
//! what strangers send there does not hold up ledger, feed and supervisor.

mod accept;
mod connection;
mod patience;
mod places;
mod serving;

use std::{io, net::SocketAddr, time::Duration};

use a2a_pb::proto::a2a_service_server::A2aServiceServer;
use actix_web::web;
use tonic::transport::Server;

use super::StartError;
use crate::{
    config::GrpcPort,
    http::{
        State,
        a2a::grpc::{self, Calls, Gate, Hub},
    },
};
pub(super) use serving::{Serving, over};

/// Calls at once on one connection.
const STREAMS: u32 = 1024;
/// How often a silent connection is asked whether it lives, and how long it may
/// take to say so.
const PING: Duration = Duration::from_secs(60);
const PONG: Duration = Duration::from_secs(20);
/// Metadata of a call, in bytes: tokens are long.
const METADATA: u32 = 64 * 1024;

/// Where the server listens, if it does.
#[derive(Default)]
pub(super) struct Listener {
    listener: Option<std::net::TcpListener>,
    /// Its port.
    pub(super) port: Option<u16>,
    /// Why it does not, though nobody turned it off.
    pub(super) warning: Option<String>,
}

impl Listener {
    /// Listens as `config` says, beside `http`.
    ///
    /// # Errors
    ///
    /// The port that was asked for cannot be listened on.
    pub(super) fn bind(config: GrpcPort, http: SocketAddr) -> Result<Self, StartError> {
        let at = |port| SocketAddr::new(http.ip(), port);
        match config {
            GrpcPort::Off => Ok(Self::default()),
            GrpcPort::At(port) => Self::listening(at(port)).map_err(|source| StartError::Grpc {
                address: at(port).to_string(),
                source,
            }),
            GrpcPort::Next => {
                let next = http.port().checked_add(1).map(at);
                let bound = next.map(Self::listening).transpose();
                Ok(bound
                    .map(Option::unwrap_or_default)
                    .unwrap_or_else(|error| Self::silent(http.port().saturating_add(1), &error)))
            }
        }
    }

    fn listening(address: SocketAddr) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            port: Some(listener.local_addr()?.port()),
            listener: Some(listener),
            warning: None,
        })
    }

    fn silent(port: u16, error: &io::Error) -> Self {
        let warning = format!(
            "gRPC is off: port {port} cannot be listened on: {error}; set GRPC_PORT to another, or to off"
        );
        tracing::warn!("{warning}");
        Self {
            warning: Some(warning),
            ..Self::default()
        }
    }

    /// Makes its server end at once: a runtime takes no socket that blocks.
    #[cfg(test)]
    pub(super) fn break_down(&mut self) {
        let listener = self.listener.as_ref().unwrap();
        listener.set_nonblocking(false).unwrap();
    }

    /// Serves from now on, on threads of its own; `None` where it does not listen.
    ///
    /// # Errors
    ///
    /// The system gives no threads.
    pub(super) fn start(self, state: web::Data<State>) -> io::Result<Option<Serving>> {
        let Some(listener) = self.listener else {
            return Ok(None);
        };
        let calls = Calls::default();
        let service = grpc::service(state, calls.clone());
        let serve = |stop| serve(listener, service, stop);
        Serving::start(calls, serve).map(Some)
    }
}

async fn serve(
    listener: std::net::TcpListener,
    service: Gate<A2aServiceServer<Hub>>,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let server = Server::builder()
        .max_concurrent_streams(STREAMS)
        .http2_keepalive_interval(Some(PING))
        .http2_keepalive_timeout(Some(PONG))
        .http2_max_header_list_size(METADATA)
        .max_connection_age(patience::MAX_AGE)
        .add_service(service);
    let connections = accept::accepted(listener);
    let served = server.serve_with_incoming_shutdown(connections, stop);
    served.await.map_err(io::Error::other)
}
