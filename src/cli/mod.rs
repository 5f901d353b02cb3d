//! Floor 5: what a person types.

/// Prints a line. Ends the process when nobody reads any more, as a pager that
/// was left.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        if writeln!(std::io::stdout(), $($text)*).is_err() {
            std::process::exit(0);
        }
    }};
}

mod check;
mod database;
mod dev;
mod keys;
mod memory;
mod migrate;
mod serve;
mod sessions;
mod signal;
mod table;
mod tasks;
mod temporal;
mod token;
mod usage;
mod worker;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::Vars;

/// An identity and memory side-car for LLM engines and multi-agent systems.
///
/// Settings are environment variables (a file .env is read first); the README
/// lists them. To try it without setting anything: attach-gateway dev
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    listen: Listen,
}

/// Where to listen.
#[derive(Args, Clone, Debug, Default)]
struct Listen {
    /// Address to listen on; wins over HOST [default: 127.0.0.1]
    #[arg(long)]
    host: Option<String>,
    /// Port to listen on; wins over PORT [default: 8080]
    #[arg(long)]
    port: Option<u16>,
}

impl Listen {
    /// Puts what was typed over what the variables say.
    fn over(self, vars: &mut Vars) {
        let port = self.port.map(|port| port.to_string());
        vars.extend(self.host.map(|host| ("HOST".to_owned(), host)));
        vars.extend(port.map(|port| ("PORT".to_owned(), port)));
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway (also what happens without a command)
    Serve(Listen),
    /// Work for gateways that share a database, and answer nobody
    ///
    /// Makes attempts at tasks as Temporal says, like a gateway with
    /// TASK_RUNNER=temporal, which it needs, as well as DATABASE_URL=postgres://… and
    /// ATTACH_PUBLIC_URL of the gateways. It listens to nobody but itself and, with
    /// METRICS_ADDR, to a scraper on this machine. SIGTERM lets it end what it has begun.
    Worker,
    /// Run everything on this machine: gateway, planner, coder, an issuer and,
    /// where none is found, an engine
    ///
    /// Of the environment it reads PORT, LOG_LEVEL, AGENTS (beside its two), MAX_TOKENS_PER_MIN, WINDOW,
    /// PUSH_ALLOW, the variables of the engine, of tasks and of Temporal, and attach.toml; with
    /// --conformance also TCK_STREAMING_TIMEOUT. A2A over gRPC is on any free port: cards tell it.
    Dev {
        /// Port of the gateway; wins over PORT [default: 8080, or the next free one]
        #[arg(long)]
        port: Option<u16>,
        /// Run the agent for conformance suites as well, as the default agent
        ///
        /// It does what the suites for A2A ask an agent to do. To have webhooks
        /// of a suite on this machine told, name them in PUSH_ALLOW.
        #[arg(long)]
        conformance: bool,
    },
    /// Print a token for the gateway that `dev` runs here
    Token(token::Wanted),
    /// Read the configuration, try everything it names, print what is on
    Check(Listen),
    /// API keys for programs: make, list and revoke them
    Keys {
        #[command(subcommand)]
        command: keys::Command,
    },
    /// Look at tasks in the database file
    Tasks {
        #[command(subcommand)]
        command: tasks::Command,
    },
    /// Temporal: what it must know before it is of full use
    Temporal {
        #[command(subcommand)]
        command: temporal::Command,
    },
    /// Shared memory: erase a person, export and import, follow, count
    Memory {
        #[command(subcommand)]
        command: memory::Command,
    },
    /// Move everything from the file of one machine to a PostgreSQL server for many
    ///
    /// Tasks with their histories, webhooks, memory, usage, sessions, API keys and
    /// the signing key. No gateway may serve from either meanwhile. It can be stopped
    /// at any moment and run again: it goes on where it was. The file stays as it is.
    /// ATTACH_SECRET must be set as for the gateways that will serve from the server.
    Migrate(migrate::Wanted),
    /// What was spent: who, which model, how much, and what it cost
    Usage(usage::Wanted),
    /// Look at sessions, sign browsers out
    Sessions {
        #[command(subcommand)]
        command: sessions::Command,
    },
}

/// Runs what was typed.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let system = actix_web::rt::System::new();
    system.block_on(async {
        match cli.command {
            None => serve::run(cli.listen).await,
            Some(Command::Serve(listen)) => serve::run(listen).await,
            Some(Command::Dev { port, conformance }) => dev::run(port, conformance).await,
            Some(Command::Worker) => worker::run().await,
            Some(Command::Token(wanted)) => token::run(&wanted),
            Some(Command::Check(listen)) => check::run(listen).await,
            Some(Command::Keys { command }) => keys::run(command).await,
            Some(Command::Tasks { command }) => tasks::run(command).await,
            Some(Command::Temporal { command }) => temporal::run(command).await,
            Some(Command::Memory { command }) => memory::run(command).await,
            Some(Command::Migrate(wanted)) => migrate::run(wanted).await,
            Some(Command::Usage(wanted)) => usage::run(wanted).await,
            Some(Command::Sessions { command }) => sessions::run(command).await,
        }
    })
}

/// Says what went wrong, and ends with `code`.
fn fail(code: u8, error: impl std::fmt::Display) -> ExitCode {
    eprintln!("attach-gateway: {error}");
    ExitCode::from(code)
}
