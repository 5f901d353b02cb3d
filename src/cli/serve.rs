//! `attach-gateway serve`.

use std::{net::TcpListener, process::ExitCode};

use super::{Listen, fail, keys, signal};
use crate::{
    app::{Gateway, StartError},
    config::{self, Config},
    telemetry,
};

/// Exit code for a wrong setting (sysexits' EX_USAGE).
pub(super) const WRONG_SETTING: u8 = 64;
/// Exit code for a gateway that broke (EX_SOFTWARE).
pub(super) const BROKEN: u8 = 70;

pub(super) async fn run(listen: Listen) -> ExitCode {
    let mut vars = match config::vars() {
        Ok(vars) => vars,
        Err(faults) => return fail(WRONG_SETTING, faults),
    };
    listen.over(&mut vars);
    let config = match Config::read_beside(&vars, keys::is_any(&vars).await) {
        Ok(config) => config,
        Err(faults) => return fail(WRONG_SETTING, faults),
    };
    telemetry::start(&config.log_level, config.log_format);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let gateway = match start(config).await {
        Ok(gateway) => gateway,
        Err(error) => return fail(error.exit_code(), error),
    };
    let address = gateway.address();
    tracing::info!(%address, public_url = gateway.public_url(), "serving");
    match gateway.run_until(signal::stopped()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(BROKEN, error),
    }
}

async fn start(config: Config) -> Result<Gateway, StartError> {
    let listener = bind(&config.host, config.port)?;
    Gateway::build(config, listener).await
}

/// Listens on `host` and `port`, and nowhere else.
pub(super) fn bind(host: &str, port: u16) -> Result<TcpListener, StartError> {
    let host = host.trim_matches(['[', ']']);
    let bound = TcpListener::bind((host, port));
    bound.map_err(|source| StartError::Bind {
        address: format!("{host}:{port}"),
        source,
    })
}
