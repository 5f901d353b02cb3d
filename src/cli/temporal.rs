//! `attach-gateway temporal`: what Temporal must know before it is of full use.

use std::{process::ExitCode, time::Duration};

use clap::Subcommand;

use super::{fail, serve::WRONG_SETTING};
use crate::{
    adapters::{
        identity::install_crypto,
        temporal::{Setup, Temporal, Trouble},
    },
    config::{self, Config, Faults, TemporalConfig},
};

/// For a server that is there: the first connection takes a moment.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Look for the namespace, register the search attributes AttachUser and AttachState
    ///
    /// Harmless to repeat. Ends with 0 when all is there, with 1 when Temporal did not
    /// answer or refused, with 64 when TEMPORAL_URL or another setting is wrong.
    Setup,
}

pub(super) async fn run(command: Command) -> ExitCode {
    install_crypto();
    let Command::Setup = command;
    let config = match configured() {
        Ok(Some(config)) => config,
        Ok(None) => {
            return fail(
                WRONG_SETTING,
                "set TEMPORAL_URL to the host:port of Temporal",
            );
        }
        Err(faults) => return fail(WRONG_SETTING, faults),
    };
    match setup(&config).await {
        Ok(setup) => {
            say(&config, &setup);
            ExitCode::SUCCESS
        }
        Err(trouble) => fail(1, trouble),
    }
}

fn configured() -> Result<Option<TemporalConfig>, Faults> {
    Config::temporal(&config::vars()?)
}

async fn setup(config: &TemporalConfig) -> Result<Setup, Trouble> {
    let temporal = Temporal::start(config);
    let temporal = temporal.map_err(|error| Trouble::Refused(error.to_string()))?;
    temporal.connected(PATIENCE).await?;
    temporal.setup().await
}

fn say(config: &TemporalConfig, setup: &Setup) {
    say!("namespace {} at {}: there", setup.namespace, config.address);
    for (name, is_new) in &setup.attributes {
        let made = if *is_new { "made" } else { "was there" };
        say!("search attribute {name}: {made}");
    }
}
