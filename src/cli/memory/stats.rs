//! `attach-gateway memory stats`.

use super::Failed;
use crate::{
    adapters::memory::{Holding, Memory, Total},
    cli::table::{columns, short},
    domain::time::UnixMillis,
};

const HEAD: [&str; 6] = ["user", "issuer", "events", "bytes", "oldest", "newest"];

pub(super) async fn run(memory: &Memory, limit: u32) -> Result<(), Failed> {
    let held = memory.holdings(None, limit).await?;
    let total = memory.total().await?;
    let mut rows = vec![HEAD.map(str::to_owned).to_vec()];
    rows.extend(held.iter().map(row));
    rows.push(last(&total));
    say!("{}", columns(&rows).trim_end());
    Ok(())
}

fn row(held: &Holding) -> Vec<String> {
    vec![
        short(&held.owner.user, 40),
        short(&held.owner.issuer, 60),
        held.events.to_string(),
        bytes(held.bytes),
        held.oldest.rfc3339_millis(),
        held.newest.rfc3339_millis(),
    ]
}

fn last(total: &Total) -> Vec<String> {
    let moment = |at: Option<UnixMillis>| at.map_or("-".to_owned(), UnixMillis::rfc3339_millis);
    let people = match total.people {
        1 => "1 person".to_owned(),
        people => format!("{people} people"),
    };
    vec![
        "total".to_owned(),
        people,
        total.events.to_string(),
        bytes(total.bytes),
        moment(total.oldest),
        moment(total.newest),
    ]
}

/// About what it takes, where that is known.
fn bytes(bytes: Option<u64>) -> String {
    bytes.map_or("-".to_owned(), |bytes| bytes.to_string())
}
