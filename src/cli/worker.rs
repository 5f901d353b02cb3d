//! `attach-gateway worker`: a process that only works.

use std::process::ExitCode;

use super::{
    fail, keys,
    serve::{BROKEN, WRONG_SETTING, bind},
    signal,
};
use crate::{
    app::{Gateway, StartError},
    config::{self, Config, Faults, GrpcPort, TaskRunner},
    telemetry,
};

/// Where it listens to itself: tasks for the gateway's own chat are calls of it, counted
/// and limited like all others.
const LOOPBACK: &str = "127.0.0.1";

/// Makes the attempts that Temporal asks for, until it is told to stop. It is a gateway
/// that nobody reaches: what it shares with the others is in their database.
pub(super) async fn run() -> ExitCode {
    let config = match read().await {
        Ok(config) => config,
        Err(faults) => return fail(WRONG_SETTING, faults),
    };
    if let Some(missing) = missing(&config) {
        return fail(WRONG_SETTING, missing);
    }
    telemetry::start(&config.log_level, config.log_format);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let worker = match start(config).await {
        Ok(worker) => worker,
        Err(error) => return fail(error.exit_code(), error),
    };
    tracing::info!("working for {}", worker.public_url());
    match worker.run_until(signal::stopped()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(BROKEN, error),
    }
}

async fn read() -> Result<Config, Faults> {
    let vars = config::vars()?;
    Config::read_beside(&vars, keys::is_any(&vars).await)
}

/// What it cannot work without.
fn missing(config: &Config) -> Option<&'static str> {
    if config.tasks.runner != TaskRunner::Temporal {
        return Some("a worker does what Temporal says; set TASK_RUNNER=temporal and TEMPORAL_URL");
    }
    if !config.database.is_shared() {
        return Some(
            "a worker shares a database with gateways; set DATABASE_URL=postgres://…, as theirs",
        );
    }
    let is_named = config.public_url.is_some();
    (!is_named).then_some(
        "agents call gateways back, not this worker; set ATTACH_PUBLIC_URL, as that of the gateways",
    )
}

async fn start(mut config: Config) -> Result<Gateway, StartError> {
    config.a2a.grpc = GrpcPort::Off;
    let listener = bind(LOOPBACK, 0)?;
    Gateway::build(config, listener).await
}
