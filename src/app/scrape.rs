//! The second port, for scrapers on this machine.

use std::{io, net::TcpListener};

use actix_web::{
    App, HttpServer,
    dev::ServerHandle,
    middleware::from_fn,
    rt::{spawn, task::JoinHandle},
    web,
};

use super::StartError;
use crate::{
    config::ObserveConfig,
    http::{State, scrape},
};

/// Seconds that a scrape under way may take when the gateway goes down.
const PATIENCE: u64 = 1;

/// Where it listens, if it does.
pub(super) struct Listener(Option<TcpListener>);

/// The server while it serves, if it does.
pub(super) struct Scrape(Option<(ServerHandle, JoinHandle<io::Result<()>>)>);

impl Listener {
    /// Listens as `METRICS_ADDR` says.
    ///
    /// # Errors
    ///
    /// The address cannot be listened on.
    pub(super) fn bind(config: &ObserveConfig) -> Result<Self, StartError> {
        let bound = config.metrics.map(|address| {
            TcpListener::bind(address).map_err(|source| StartError::Metrics {
                address: address.to_string(),
                source,
            })
        });
        Ok(Self(bound.transpose()?))
    }

    /// Where it listens.
    pub(super) fn address(&self) -> Option<std::net::SocketAddr> {
        self.0.as_ref()?.local_addr().ok()
    }

    /// Serves from now on.
    ///
    /// # Errors
    ///
    /// The system gives no threads.
    pub(super) fn start(self, state: web::Data<State>) -> io::Result<Scrape> {
        let Some(listener) = self.0 else {
            return Ok(Scrape(None));
        };
        let server = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .wrap(from_fn(scrape::door))
                .configure(scrape::routes)
        });
        let server = server.workers(1).disable_signals();
        let server = server.shutdown_timeout(PATIENCE).listen(listener)?.run();
        Ok(Scrape(Some((server.handle(), spawn(server)))))
    }
}

impl Scrape {
    /// Lets a scrape under way end.
    pub(super) async fn stop(&self) {
        if let Some((handle, _)) = &self.0 {
            handle.stop(true).await;
        }
    }

    /// Resolves when the server has ended, which it should not by itself.
    pub(super) async fn over(&mut self) {
        match &mut self.0 {
            Some((_, serving)) => drop(serving.await),
            None => std::future::pending().await,
        }
    }
}
