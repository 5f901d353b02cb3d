//! The composition root: builds the lowest floor first, drains the highest
//! first.

mod build;
mod grpc;
mod scrape;
mod server;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::atomic::Ordering,
    time::Duration,
};

use actix_web::{
    dev::{Server, ServerHandle},
    web,
};

use crate::{
    adapters::{
        database::{
            Database, OpenError,
            sqlite::{FileLock, private_folder},
        },
        identity::signing::shared::SharedKeyError,
        moving::is_under_way,
        secret::Secret,
    },
    config::{Config, Place},
    domain::{id::Owner, time::UnixMillis},
    http::State,
};

/// How often the parts are looked after.
const HEALTH: Duration = Duration::from_secs(1);

/// How often it is asked how long messages wait for actors.
const PULSE: Duration = Duration::from_secs(5);

/// Why the gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error(
        "{address} cannot be listened on: {source}; set HOST and PORT, or --host and --port, to another"
    )]
    Bind {
        /// Host and port.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// The gRPC port cannot be listened on.
    #[error(
        "{address} cannot be listened on for gRPC: {source}; set GRPC_PORT to another, or to off"
    )]
    Grpc {
        /// Host and port.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// The port for scrapers cannot be listened on.
    #[error("{address} cannot be listened on for metrics: {source}; set METRICS_ADDR to another")]
    Metrics {
        /// Host and port.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A key or secret in the data folder.
    #[error("{folder}: {source}; set ATTACH_DATA to a folder that can be written")]
    Data {
        /// The data folder.
        folder: String,
        /// Why.
        source: io::Error,
    },
    /// A move to the database was begun and not finished.
    #[error(
        "not everything was moved to the database yet; run attach-gateway migrate again, or set DATABASE_URL to another place"
    )]
    Half,
    /// The key that gateways share.
    #[error(transparent)]
    Key(#[from] SharedKeyError),
    /// Something that has no setting.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl StartError {
    /// The exit code of a process that ends for it: 64 where a setting is wrong.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Other(_) => 70,
            Self::Key(SharedKeyError::Write(_) | SharedKeyError::Random(_)) => 70,
            _ => 64,
        }
    }
}

/// The gateway, wired and bound, not yet serving.
pub struct Gateway {
    server: Server,
    grpc: grpc::Listener,
    scrape: scrape::Listener,
    state: web::Data<State>,
    database: Database,
    grace: Duration,
    address: SocketAddr,
    _lock: Option<FileLock>,
}

impl Gateway {
    /// Opens everything and binds `listener`. Must run on an actix system.
    ///
    /// # Errors
    ///
    /// [`StartError`], with the setting that is to blame.
    pub async fn build(config: Config, listener: TcpListener) -> Result<Self, StartError> {
        crate::adapters::identity::install_crypto();
        let lock = lock(&config.database)?;
        let database = Database::open(&config.database).await?;
        refuse_half(&database).await?;
        let data = |source| StartError::Data {
            folder: config.data.display().to_string(),
            source,
        };
        if !database.is_shared() {
            private_folder(&config.data).map_err(data)?;
        }
        let secret = Secret::open(&config.data, config.secret.as_deref()).map_err(data)?;
        let address = listener
            .local_addr()
            .map_err(|e| StartError::Other(e.into()))?;
        let grpc = grpc::Listener::bind(config.a2a.grpc, address)?;
        let scrape = scrape::Listener::bind(&config.observe)?;
        let state = build::state(&config, &database, secret, (address, &grpc)).await?;
        let state = web::Data::new(state);
        let server = server::server(&config, state.clone(), listener);
        Ok(Self {
            server: server.map_err(|e| StartError::Other(e.into()))?,
            grpc,
            scrape,
            state,
            database,
            grace: config.grace,
            address,
            _lock: lock,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where scrapers on this machine need no token, if anywhere.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.scrape.address()
    }

    /// What people call it.
    pub fn public_url(&self) -> &str {
        self.state.public_url.as_str().trim_end_matches('/')
    }

    /// The database it serves from, as long as it runs.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// A path that signs one browser in as `owner`, once.
    ///
    /// # Errors
    ///
    /// The system has no randomness to give.
    pub fn invite(&self, owner: Owner) -> io::Result<String> {
        let code = self.state.browsers.invite(owner, UnixMillis::now())?;
        Ok(format!("/auth/dev?code={code}"))
    }

    /// Serves until `stop` resolves, then drains from the top floor down:
    /// requests and their streams end; attempts end, or are given back; mirrors
    /// are flushed; the database closes.
    ///
    /// # Errors
    ///
    /// The server broke, or a part of it died.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let mut grpc = self.grpc.start(self.state.clone())?;
        let mut scrape = self.scrape.start(self.state.clone())?;
        let http = self.server.handle();
        let serving = actix_web::rt::spawn(self.server);
        let died = tokio::select! {
            () = stop => None,
            name = death(&self.state, &mut grpc, &mut scrape) => Some(name),
            () = observe(&self.state) => None,
        };
        let (state, grace) = (&self.state, self.grace);
        tracing::info!(?grace, "draining");
        state.draining.store(true, Ordering::Relaxed);
        let servers = (&http, &mut grpc, &scrape);
        let drained = drain(state, &self.database, servers, grace);
        if tokio::time::timeout(grace, drained).await.is_err() {
            tracing::warn!(
                ?grace,
                "draining took too long, leaving; nothing is lost that a row does not know"
            );
        }
        serving.await.map_err(io::Error::other)??;
        died.map_or(Ok(()), |name| {
            let name = name.replace('_', " ");
            let text = format!("the {name} died; start the gateway again");
            Err(io::Error::other(text))
        })
    }
}

type Servers<'a> = (
    &'a ServerHandle,
    &'a mut Option<grpc::Serving>,
    &'a scrape::Scrape,
);

/// Ends what runs, from the top floor down; `grace` is for all of it.
async fn drain(
    state: &State,
    database: &Database,
    (http, grpc, scrape): Servers<'_>,
    grace: Duration,
) {
    let calls = async {
        if let Some(grpc) = grpc {
            grpc.stop(grace * 2 / 3).await;
        }
    };
    tokio::join!(
        http.stop(true),
        calls,
        state.supervisor.drain(grace / 2),
        work_no_more(state, grace / 2),
        state.courier.drain(grace / 2),
        forward(state, grace / 2),
    );
    settle(state, grace).await;
    scrape.stop().await;
    database.close().await;
}

/// Lets Temporal be, which goes on without us.
async fn work_no_more(state: &State, patience: Duration) {
    if let Some(temporal) = &state.temporal {
        temporal.drain(patience).await;
    }
}

/// Ends what is sent on from the rows.
async fn forward(state: &State, patience: Duration) {
    let events = async {
        if let Some(forwarder) = &state.forwarder {
            forwarder.drain(patience).await;
        }
    };
    let usage = async {
        if let Some(reporting) = &state.reporting {
            reporting.forwarder.drain(patience).await;
        }
    };
    tokio::join!(events, usage);
}

/// Writes what the calls and attempts left, now that none comes any more.
async fn settle(state: &State, grace: Duration) {
    let charges = async {
        // A bill that is still being counted charges when it is done.
        state.usage.drain().await;
        if let Some(quota) = &state.quota {
            quota.ledger.drain(grace / 4).await;
        }
    };
    tokio::join!(
        charges,
        state.mirror.drain(),
        state.access_log.drain(),
        state.sessions.flush(),
        state.traces.flush(grace / 6),
    );
}

/// Resolves when a part has died that should not: everything durable is in rows,
/// so going down and being started again is safe.
async fn death(
    state: &State,
    grpc: &mut Option<grpc::Serving>,
    scrape: &mut scrape::Scrape,
) -> &'static str {
    let name = tokio::select! {
        name = dead(state) => name,
        () = grpc::over(grpc) => "gRPC server",
        () = scrape.over() => "metrics server",
    };
    tracing::error!(name, "a part of the gateway died, going down");
    name
}

async fn dead(state: &State) -> &'static str {
    loop {
        tokio::time::sleep(HEALTH).await;
        if let Some(name) = state.dead() {
            return name;
        }
    }
}

/// Looks every few seconds at what is not looked at on the way of a request; for
/// ever.
async fn observe(state: &State) {
    loop {
        state.feel_pulses().await;
        state.metrics.tidy();
        tokio::time::sleep(PULSE).await;
    }
}

#[cfg(test)]
mod tests;

/// What attach-gateway migrate has not finished is not served.
async fn refuse_half(database: &Database) -> Result<(), StartError> {
    let is_half = is_under_way(database).await;
    match is_half.map_err(|error| StartError::Other(error.into()))? {
        true => Err(StartError::Half),
        false => Ok(()),
    }
}

/// Keeps a second gateway off a file; a server is there for many.
fn lock(place: &Place) -> Result<Option<FileLock>, OpenError> {
    place.file().map(|path| FileLock::take(path)).transpose()
}
