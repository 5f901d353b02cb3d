//! `attach-gateway migrate`: from the file of one machine to a server for many.

mod report;
mod wanted;

use std::{path::Path, process::ExitCode};

use super::{fail, serve::WRONG_SETTING};
use crate::{
    adapters::{
        identity::install_crypto,
        moving::{Move, MoveError},
        secret::Secret,
    },
    config,
};
use wanted::Settled;
pub(super) use wanted::Wanted;

pub(super) async fn run(wanted: Wanted) -> ExitCode {
    install_crypto();
    let vars = match config::vars() {
        Ok(vars) => vars,
        Err(faults) => return fail(WRONG_SETTING, faults),
    };
    let settled = match wanted.settle(&vars) {
        Ok(settled) => settled,
        Err(why) => return fail(WRONG_SETTING, why),
    };
    let begun = Move::begin(&settled.file, &settled.server, settled.replace).await;
    let mut moving = match begun {
        Ok(moving) => moving,
        Err(error) => return fail(1, error),
    };
    let moved = all(&mut moving, &settled).await;
    moving.close().await;
    match moved {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => fail(
            1,
            "the two do not agree; do not serve from the server, run it again with --replace",
        ),
        Err(error) => fail(1, error),
    }
}

/// Everything; whether the two sides agree then.
async fn all(moving: &mut Move, settled: &Settled) -> Result<bool, MoveError> {
    say!("from {}", settled.file.display());
    say!("to   {}", settled.server.place());
    let mut progress = report::Progress::new();
    let moved = moving.rows(|table, rows| progress.at(table, rows)).await;
    drop(progress);
    moved?;
    key(moving, &settled.data, &settled.secret).await?;
    let counts = moving.end().await?;
    report::counts(&counts);
    Ok(counts.iter().all(|count| count.here == count.there))
}

async fn key(moving: &mut Move, data: &Path, secret: &Secret) -> Result<(), MoveError> {
    match moving.key(data, secret).await? {
        Some(kid) => say!("the signing key {kid} went along: tokens stay good"),
        None => say!(
            "there is no signing key in {}; gateways on the server make one, and tokens from before it are refused (ATTACH_DATA names the folder)",
            data.display()
        ),
    }
    Ok(())
}
