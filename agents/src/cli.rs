//! What a person types: `planner` and `coder` take the same flags, `conformance`
//! has some of its own.

use std::{
    io::{self, IsTerminal},
    net::{IpAddr, TcpListener},
    process::ExitCode,
};

use clap::{Args, CommandFactory, FromArgMatches, Parser};
use reqwest::Url;
use tracing_subscriber::filter::LevelFilter;

use crate::{
    AgentConfig, ConformanceConfig, Server,
    conformance::{self, TIMEOUT_SECS, seconds},
};

/// An agent of the Attach Gateway, over HTTP and A2A
///
/// It answers POST /api/chat as the gateway calls it, and A2A 1.0 on the same
/// port: the card is at /.well-known/agent-card.json, JSON-RPC at /, HTTP+JSON
/// beside it. What it does it does through the gateway, with the token it was
/// called with, and it keeps nothing on disk.
#[derive(Parser)]
#[command(version)]
struct AgentArgs {
    #[command(flatten)]
    listen: Listen,
    /// Where the gateway is
    #[arg(long, env = "GATEWAY_URL", default_value = "http://127.0.0.1:8080")]
    gateway: Url,
}

/// An A2A agent that does what conformance suites ask for
///
/// It asks nobody who they are: leave it on loopback, behind the gateway.
#[derive(Parser)]
#[command(version)]
struct ConformanceArgs {
    #[command(flatten)]
    listen: Listen,
    /// The suite's streaming timeout in seconds; long-running tasks take twice as long
    #[arg(long, env = "TCK_STREAMING_TIMEOUT", default_value = TIMEOUT_SECS, value_parser = seconds)]
    timeout: std::time::Duration,
    /// An extension that callers must name in A2A-Extensions
    #[arg(long, value_name = "URI")]
    required_extension: Option<String>,
}

#[derive(Args)]
struct Listen {
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// The port to listen on; 0 takes a free one
    #[arg(long)]
    port: u16,
    /// What to log on stderr: off, error, warn, info, debug or trace
    #[arg(long, env = "LOG_LEVEL", default_value = "info")]
    log_level: LevelFilter,
}

/// Serves one agent until Ctrl-C or a request to terminate, then lets running
/// calls end. `agent` is its name, `port` its port unless another is asked for.
///
/// Wrong arguments end the process with clap's message and status 2.
pub async fn agent(
    agent: &'static str,
    port: &'static str,
    start: fn(TcpListener, &AgentConfig) -> io::Result<Server>,
) -> ExitCode {
    let AgentArgs { listen, gateway } = parsed(agent, port, "");
    let start = move |listener| {
        tracing::info!(%gateway, "acts through the gateway");
        start(listener, &AgentConfig { gateway })
    };
    run(agent, &listen, start).await
}

/// Serves the agent for conformance suites as [`agent`] serves the others.
pub async fn conformance() -> ExitCode {
    let args: ConformanceArgs = parsed("conformance", "8102", &conformance::help());
    let config = ConformanceConfig {
        timeout: args.timeout,
        required_extension: args.required_extension,
    };
    let start = |listener| crate::conformance(listener, &config);
    run("conformance", &args.listen, start).await
}

fn parsed<A: CommandFactory + FromArgMatches>(
    agent: &'static str,
    port: &'static str,
    more: &str,
) -> A {
    let command = A::command().name(agent).after_long_help(more.to_owned());
    let command = command.mut_arg("port", |arg| arg.default_value(port).required(false));
    A::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
}

async fn run(
    agent: &str,
    listen: &Listen,
    start: impl FnOnce(TcpListener) -> io::Result<Server>,
) -> ExitCode {
    let logs = tracing_subscriber::fmt().with_max_level(listen.log_level);
    let logs = logs.with_ansi(io::stderr().is_terminal());
    // It fails only where logs already go somewhere, and there they may stay.
    let _ = logs.with_writer(io::stderr).try_init();
    match serve(agent, listen, start).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "{agent} stopped");
            ExitCode::FAILURE
        }
    }
}

async fn serve(
    agent: &str,
    listen: &Listen,
    start: impl FnOnce(TcpListener) -> io::Result<Server>,
) -> io::Result<()> {
    let listener = TcpListener::bind((listen.host, listen.port))?;
    let address = listener.local_addr()?;
    let server = start(listener)?;
    tracing::info!(%address, "{agent} listens");
    let handle = server.handle();
    let mut serving = tokio::spawn(server.run());
    tokio::select! {
        ended = &mut serving => return ended?,
        asked = stop() => asked?,
    }
    handle.stop();
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
        AgentArgs::command().debug_assert();
        ConformanceArgs::command().debug_assert();
    }
}
