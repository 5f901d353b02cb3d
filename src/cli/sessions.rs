//! `attach-gateway sessions`: who was here, out of the database.

use std::process::ExitCode;

use clap::Subcommand;

use super::{
    database::{ended, with_database},
    fail,
    serve::WRONG_SETTING,
    table::{columns, short},
};
use crate::{
    adapters::{
        browsers::{BrowserTable, Ended},
        database::WriteError,
        sessions::{SessionTable, SessionView},
    },
    config,
    domain::time::UnixMillis,
};

/// What to do with sessions.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// The sessions used last, everyone's
    List {
        /// How many
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Sign a browser out; a gateway that serves obeys within a second
    End {
        /// The session's id, or its handle
        session: String,
    },
}

/// Why nothing was shown or ended.
#[derive(Debug, thiserror::Error)]
enum SessionError {
    #[error("unknown session; attach-gateway sessions list shows them")]
    Unknown,
    #[error("the browser's session has ended already")]
    Over,
    #[error(
        "the session belongs to a token and ends with it; to refuse that token before, end it at its issuer, or with attach-gateway keys revoke if it is an API key"
    )]
    OfToken,
    #[error("database: {0}")]
    Read(#[from] sqlx::Error),
    #[error(transparent)]
    Write(#[from] WriteError),
}

pub(super) async fn run(command: Command) -> ExitCode {
    let vars = match config::vars() {
        Ok(vars) => vars,
        Err(faults) => return fail(WRONG_SETTING, faults),
    };
    let work = async |database| match command {
        Command::List { limit } => list(&SessionTable::new(database), limit).await,
        Command::End { session } => end(&BrowserTable::new(database), &session).await,
    };
    ended(with_database(&vars, work).await)
}

async fn list(table: &SessionTable, limit: u32) -> Result<(), SessionError> {
    let now = UnixMillis::now();
    let head = [
        "session",
        "user",
        "issuer",
        "first seen",
        "last seen",
        "requests",
        "signed in until",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let sessions = table.list(limit).await?;
    rows.extend(sessions.iter().map(|session| row(session, now)));
    say!("{}", columns(&rows).trim_end());
    Ok(())
}

/// Sessions of tokens leave the last column empty.
fn row(session: &SessionView, now: UnixMillis) -> Vec<String> {
    let until = session.until.map(|until| {
        if now < until {
            until.rfc3339()
        } else {
            "signed out".to_owned()
        }
    });
    vec![
        session.session.to_string(),
        short(&session.owner.user, 30),
        short(&session.owner.issuer, 40),
        session.first_seen_at.rfc3339(),
        session.last_seen_at.rfc3339(),
        session.requests.to_string(),
        until.unwrap_or_default(),
    ]
}

async fn end(table: &BrowserTable, session: &str) -> Result<(), SessionError> {
    match table.end_named(session, UnixMillis::now()).await? {
        Ended::Now => {
            say!("ended {}", short(session, 80));
            Ok(())
        }
        Ended::Before => Err(SessionError::Over),
        Ended::OfToken => Err(SessionError::OfToken),
        Ended::Unknown => Err(SessionError::Unknown),
    }
}
