//! Where tasks and everything else are kept.

use super::{Finding, State, finding};
use crate::{
    adapters::{
        database::{
            Database, OpenError, is_no_table,
            postgres::{Look, Postgres},
            sqlite::FileLock,
        },
        identity::signing::shared,
        moving,
        secret::Secret,
    },
    config::{Config, Place, Server},
};

/// A row for the database, and one for the key that is shared in it.
pub(super) async fn store(config: &Config) -> Vec<Finding> {
    match &config.database {
        Place::Sqlite(_) => vec![file(config).await],
        Place::Postgres(server) => match Postgres::look(server).await {
            Err(error) => vec![finding("store", State::Fault, error.to_string())],
            Ok(look) if look.made == 0 => vec![told(server, &look)],
            Ok(look) => {
                let mut found = vec![told(server, &look)];
                found.extend(inside(config).await);
                found
            }
        },
    }
}

async fn file(config: &Config) -> Finding {
    let path = config.database.to_string();
    let taken = config.database.file().map(|file| FileLock::take(file));
    let lock = match taken.transpose() {
        Ok(lock) => lock,
        Err(OpenError::InUse(_)) => {
            let text = format!("{path}, in use by a running gateway");
            return finding("store", State::Ok, text);
        }
        Err(error) => return finding("store", State::Fault, error.to_string()),
    };
    let opened = Database::open(&config.database).await;
    let found = match &opened {
        Ok(_) => finding("store", State::Ok, path),
        Err(error) => finding("store", State::Fault, error.to_string()),
    };
    if let Ok(database) = opened {
        database.close().await;
    }
    drop(lock);
    found
}

/// A server that answers: what it is, and whether it lets us work.
fn told(server: &Server, look: &Look) -> Finding {
    let place = format!("{}, PostgreSQL {}", server.place(), look.version);
    if !look.missing.is_empty() {
        let text = format!("{place}: {}", look.missing.join("; "));
        return finding("store", State::Fault, text);
    }
    let tables = match (look.made, look.to_make) {
        (0, _) => "no tables yet, the first start makes them",
        (_, 0) => "tables are there",
        _ => "tables of an older gateway, the next start brings them up to date",
    };
    let (ours, all) = (server.connections + Server::BESIDE, look.connections);
    if i64::from(ours) >= all {
        let most = server.connections;
        let text = format!(
            "{place}; {tables}; DATABASE_CONNECTIONS={most} and five more, and the server gives {all} to everybody together: set one lower or the other higher"
        );
        return finding("store", State::Warning, text);
    }
    let text = format!("{place}; {tables}; up to {ours} of its {all} connections");
    finding("store", State::Ok, text)
}

/// What is in the tables that are there and concerns the start.
async fn inside(config: &Config) -> Vec<Finding> {
    let database = match Database::existing(&config.database).await {
        Ok(database) => database,
        Err(error) => return vec![finding("store", State::Fault, error.to_string())],
    };
    let mut found = Vec::new();
    match moving::is_under_way(&database).await {
        Ok(true) => {
            let text = "attach-gateway migrate has not finished; run it again";
            found.push(finding("store", State::Fault, text));
        }
        Ok(false) => {}
        // Tables of an older gateway have no place for it.
        Err(error) if is_no_table(&error) => {}
        Err(error) => found.push(finding("store", State::Fault, error.to_string())),
    }
    found.extend(key(config, &database).await);
    database.close().await;
    found
}

async fn key(config: &Config, database: &Database) -> Option<Finding> {
    let secret = Secret::open(&config.data, config.secret.as_deref()).ok()?;
    let what = "signing key";
    match shared::find(database, &secret).await {
        Ok(Some(key)) => Some(finding(what, State::Ok, format!("{}, shared", key.kid()))),
        Ok(None) => Some(finding(
            what,
            State::Ok,
            "none yet, the first start makes it",
        )),
        // Nor have they for this.
        Err(shared::SharedKeyError::Write(error)) if error.is_no_table() => None,
        Err(error) => Some(finding(what, State::Fault, error.to_string())),
    }
}
