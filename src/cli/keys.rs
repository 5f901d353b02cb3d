//! `attach-gateway keys`: API keys for programs, in the database.

mod create;
mod list;
mod revoke;
mod wanted;

use std::{fmt::Display, process::ExitCode};

use clap::Subcommand;

use super::{database::with_database, fail, serve::WRONG_SETTING};
use crate::{
    adapters::{api_keys::ApiKeys, database::Database},
    config::{self, Config, Vars},
    domain::time::UnixMillis,
};

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a key and print it, once
    Create(wanted::Wanted),
    /// Every key there is or was, without its secret
    List,
    /// End a key; a gateway that serves obeys within a second
    Revoke {
        /// The key's id, with or without ak_ in front
        #[arg(value_name = "ID")]
        key: String,
    },
}

pub(super) async fn run(command: Command) -> ExitCode {
    let vars = match config::vars() {
        Ok(vars) => vars,
        Err(faults) => return fail(WRONG_SETTING, faults),
    };
    match command {
        Command::Create(wanted) => create::run(wanted, &vars).await,
        Command::List => list::run(&vars).await,
        Command::Revoke { key } => revoke::run(&key, &vars).await,
    }
}

/// Does `work` with the keys of the database that is there.
async fn with_keys<T, E: Display>(
    vars: &Vars,
    work: impl AsyncFnOnce(&ApiKeys) -> Result<T, E>,
) -> Result<T, ExitCode> {
    with_database(vars, async |database| work(&ApiKeys::new(database)).await).await
}

/// Whether a gateway with these variables would find a key that works. Where
/// that cannot be told, yes: what is wrong is told by whoever opens the file.
pub(super) async fn is_any(vars: &Vars) -> bool {
    let now = UnixMillis::now();
    let found = look(vars, async |keys| keys.has_any(now).await).await;
    found.unwrap_or(true)
}

/// How the keys stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// How many work.
    pub(super) working: usize,
    /// How many have expired or were revoked.
    pub(super) over: usize,
    /// When the first of those that work expires.
    pub(super) next_end: Option<UnixMillis>,
}

/// How the keys stand at `now`; `None` where that cannot be told.
pub(super) async fn standing(vars: &Vars, now: UnixMillis) -> Option<Standing> {
    let keys = look(vars, async |keys| keys.list().await).await?;
    let working = || keys.iter().filter(|key| key.state(now) == "good");
    Some(Standing {
        working: working().count(),
        over: keys.len() - working().count(),
        next_end: working().filter_map(|key| key.expires_at).min(),
    })
}

/// Looks into the database these variables name, whatever else is wrong with
/// them. Where there is no file there are no keys.
async fn look<T: Default>(
    vars: &Vars,
    work: impl AsyncFnOnce(&ApiKeys) -> Result<T, sqlx::Error>,
) -> Option<T> {
    let place = |name: &str| {
        matches!(
            name,
            "ATTACH_DATA" | "DATABASE_URL" | "DATABASE_CONNECTIONS"
        )
    };
    let vars = vars.iter().filter(|(name, _)| place(name));
    let vars = vars.map(|(n, v)| (n.clone(), v.clone())).collect();
    let place = Config::database(&vars).ok()?;
    if place.file().is_some_and(|path| !path.exists()) {
        return Some(T::default());
    }
    let database = Database::existing(&place).await.ok()?;
    let found = work(&ApiKeys::new(database.clone())).await;
    database.close().await;
    found.ok()
}
