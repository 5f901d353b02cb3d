//! The gRPC server: where it listens, and until when.

mod connection;

use std::{io, net::SocketAddr, time::Duration};

use a2a_pb::proto::a2a_service_server::A2aServiceServer;
use actix_web::web;
use tokio::{sync::oneshot, task::JoinHandle};
use tonic::transport::Server;

use super::StartError;
use crate::{
    config::GrpcPort,
    http::{
        State,
        a2a::grpc::{self, Calls, Gate, Hub},
    },
};

/// Calls at once on one connection.
const STREAMS: u32 = 1024;
/// How often a silent connection is asked whether it lives, and how long it may
/// take to say so.
const PING: Duration = Duration::from_secs(60);
const PONG: Duration = Duration::from_secs(20);
/// How long the last answers may take to be read.
const FLUSH: Duration = Duration::from_millis(500);
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

    /// Serves from now on, in a task of its own. Must be called on a runtime
    /// with I/O.
    pub(super) fn start(self, state: web::Data<State>) -> Serving {
        let (close, closed) = oneshot::channel::<()>();
        let calls = Calls::default();
        let service = grpc::service(state, calls.clone());
        let serving = self.serve(service, async {
            // A sender that is gone says the same.
            let _ = closed.await;
        });
        Serving {
            close,
            calls,
            task: tokio::spawn(serving),
        }
    }

    async fn serve(
        self,
        service: Gate<A2aServiceServer<Hub>>,
        stop: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let Some(listener) = self.listener else {
            return Ok(());
        };
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let server = Server::builder()
            .max_concurrent_streams(STREAMS)
            .http2_keepalive_interval(Some(PING))
            .http2_keepalive_timeout(Some(PONG))
            .http2_max_header_list_size(METADATA)
            .add_service(service);
        let connections = connection::accepted(listener);
        let served = server.serve_with_incoming_shutdown(connections, stop);
        served.await.map_err(io::Error::other)
    }
}

/// The server while it serves.
pub(super) struct Serving {
    close: oneshot::Sender<()>,
    calls: Calls,
    task: JoinHandle<io::Result<()>>,
}

impl Serving {
    /// Takes no more calls, and waits `at_most` for those that are under way;
    /// then they break off. Clients that do not hang up by themselves are not
    /// waited for.
    pub(super) async fn stop(self, at_most: Duration) {
        let Self {
            close,
            calls,
            mut task,
        } = self;
        // Nobody listens where the server has broken.
        let _ = close.send(());
        let ended = async {
            calls.over().await;
            tokio::time::timeout(FLUSH, &mut task).await
        };
        match tokio::time::timeout(at_most, ended).await {
            Ok(Ok(Ok(Ok(())))) => {}
            Ok(Ok(Ok(Err(error)))) => tracing::error!(%error, "the gRPC server broke"),
            Ok(Ok(Err(error))) => tracing::error!(%error, "the gRPC server broke"),
            Ok(Err(_)) | Err(_) => task.abort(),
        }
    }
}
