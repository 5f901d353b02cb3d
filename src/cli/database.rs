//! The database, for commands that look into it beside the gateways.

use std::{fmt::Display, process::ExitCode};

use super::{fail, serve::WRONG_SETTING};
use crate::{
    adapters::database::Database,
    config::{Config, Vars},
};

/// Does `work` with the database that is there, and closes it. What went wrong
/// has been said when it returns.
pub(super) async fn with_database<T, E: Display>(
    vars: &Vars,
    work: impl AsyncFnOnce(Database) -> Result<T, E>,
) -> Result<T, ExitCode> {
    let path = Config::database(vars).map_err(|faults| fail(WRONG_SETTING, faults))?;
    let database = Database::existing(&path).await.map_err(|e| fail(1, e))?;
    let done = work(database.clone()).await;
    database.close().await;
    done.map_err(|error| fail(1, error))
}

/// The end of a command that has said all there is to say.
pub(super) fn ended(done: Result<(), ExitCode>) -> ExitCode {
    done.err().unwrap_or(ExitCode::SUCCESS)
}
