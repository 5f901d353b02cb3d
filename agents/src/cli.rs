//! What a person types: `planner` and `coder` take the same flags.

use std::{
    io::{self, IsTerminal},
    net::{IpAddr, TcpListener},
    process::ExitCode,
};

use actix_web::dev::Server;
use clap::{CommandFactory, FromArgMatches, Parser};
use reqwest::Url;
use tracing_subscriber::filter::LevelFilter;

use crate::AgentConfig;

/// An agent of the Attach Gateway.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// The port to listen on; 0 takes a free one
    #[arg(long)]
    port: u16,
    /// Where the gateway is
    #[arg(long, env = "GATEWAY_URL", default_value = "http://127.0.0.1:8080")]
    gateway: Url,
    /// What to log on stderr: off, error, warn, info, debug or trace
    #[arg(long, env = "LOG_LEVEL", default_value = "info")]
    log_level: LevelFilter,
}

/// Serves one agent until Ctrl-C or a request to terminate, then lets running
/// calls end. `agent` is its name, `port` its port unless another is asked for.
///
/// Wrong arguments end the process with clap's message and status 2.
pub async fn run(
    agent: &'static str,
    port: &'static str,
    start: fn(TcpListener, &AgentConfig) -> io::Result<Server>,
) -> ExitCode {
    let command = Args::command().name(agent);
    let command = command.mut_arg("port", |arg| arg.default_value(port).required(false));
    let args = Args::from_arg_matches(&command.get_matches()).unwrap_or_else(|e| e.exit());
    let logs = tracing_subscriber::fmt().with_max_level(args.log_level);
    let logs = logs.with_ansi(io::stderr().is_terminal());
    // It fails only where logs already go somewhere, and there they may stay.
    let _ = logs.with_writer(io::stderr).try_init();
    match serve(agent, args, start).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "{agent} stopped");
            ExitCode::FAILURE
        }
    }
}

async fn serve(
    agent: &str,
    args: Args,
    start: fn(TcpListener, &AgentConfig) -> io::Result<Server>,
) -> io::Result<()> {
    let Args {
        host,
        port,
        gateway,
        ..
    } = args;
    let listener = TcpListener::bind((host, port))?;
    let address = listener.local_addr()?;
    let config = AgentConfig { gateway };
    let server = start(listener, &config)?;
    tracing::info!(%address, gateway = %config.gateway, "{agent} listens");
    let handle = server.handle();
    let mut serving = actix_web::rt::spawn(server);
    tokio::select! {
        ended = &mut serving => return ended?,
        asked = stop() => asked?,
    }
    handle.stop(true).await;
    serving.await?
}

#[cfg(unix)]
async fn stop() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn stop() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_sound() {
        Args::command().debug_assert();
    }
}
