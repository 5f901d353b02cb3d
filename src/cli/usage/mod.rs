//! `attach-gateway usage`: what was spent, out of the database: with
//! PostgreSQL by way of every gateway.

mod bars;
mod exposition;
mod json;
mod reconcile;
mod report;
mod table;
mod wanted;

use std::{io::IsTerminal, process::ExitCode};

use super::{fail, serve::WRONG_SETTING};
use crate::{
    adapters::{
        database::Database,
        usage::{UsageTable, openmeter},
    },
    config::{self, Config, UsageApart},
    domain::time::UnixMillis,
};
use table::Paper;
pub(super) use wanted::Wanted;

/// As wide as paper is where there is no terminal.
const WIDTH: usize = 80;

/// A gateway may serve meanwhile: records are read, and none is written.
pub(super) async fn run(wanted: Wanted) -> ExitCode {
    let settings = config::vars().and_then(|vars| Config::usage_apart(&vars));
    let settings = match settings {
        Ok(settings) => settings,
        Err(faults) => return fail(WRONG_SETTING, faults),
    };
    let database = match Database::existing(&settings.database).await {
        Ok(database) => database,
        Err(error) => return fail(1, error),
    };
    let code = match &wanted.settle {
        Some(which) => settle(which, &database).await,
        None if wanted.reconcile => reconcile::run(&wanted, &settings, &database).await,
        None => show(&wanted, &settings, &database).await,
    };
    database.close().await;
    code
}

async fn show(wanted: &Wanted, settings: &UsageApart, database: &Database) -> ExitCode {
    let Some(range) = wanted.range(UnixMillis::now()) else {
        return fail(WRONG_SETTING, "--since is not before --until");
    };
    let columns = report::columns(&wanted.by, &settings.prices);
    let table = UsageTable::new(database.clone());
    let sums = match table.sums(&columns, range).await {
        Ok(sums) => sums,
        Err(error) => return fail(1, format!("database: {error}")),
    };
    let mut report = report::report(&wanted.by, sums, (&settings.home, &settings.prices));
    if let Some(top) = wanted.top {
        report.cut(top as usize);
    }
    match wanted.json {
        true => say!("{}", json::json(&report, range)),
        false => say!("{}", table::text(&report, range, paper()).trim_end()),
    }
    ExitCode::SUCCESS
}

/// Notes that what OpenMeter refused is dealt with.
async fn settle(which: &str, database: &Database) -> ExitCode {
    let usage_id = (which != "all").then(|| which.to_owned());
    match openmeter::settle(database, usage_id, UnixMillis::now()).await {
        Ok(0) => fail(
            1,
            format!("{which}: nothing to settle; see usage_set_aside"),
        ),
        Ok(count) => {
            say!("{count} settled");
            ExitCode::SUCCESS
        }
        Err(error) => fail(1, format!("database: {error}")),
    }
}

fn paper() -> Paper {
    let out = std::io::stdout();
    let width = terminal_size::terminal_size_of(&out);
    Paper {
        width: width.map_or(WIDTH, |(width, _)| usize::from(width.0)),
        has_colours: out.is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    }
}
