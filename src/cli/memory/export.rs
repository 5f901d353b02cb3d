//! `attach-gateway memory export`.

use std::io::{BufWriter, ErrorKind, Result, Write, stdout};

use clap::Args;

use super::{Failed, Place, person, progress::Progress};
use crate::{
    adapters::memory::{Page, Remembered},
    domain::{id::Owner, memory::line},
};

/// How many events are read at once.
const SOME: u32 = 500;

/// Whose events are exported.
#[derive(Args, Debug)]
pub(in crate::cli) struct Wanted {
    /// Only events of this user [default: everyone's]
    #[arg(long)]
    user: Option<String>,
    /// Who vouches for them; needed where several issuers have such a user
    #[arg(long, requires = "user")]
    issuer: Option<String>,
}

pub(super) async fn run(place: &Place, wanted: Wanted) -> std::result::Result<(), Failed> {
    let owner = whose(place, &wanted).await?;
    let mut progress = Progress::new("events exported");
    let (mut after, mut count) = (None, 0);
    loop {
        let page = place.memory.oldest(owner.as_ref(), after, SOME).await?;
        match print(&page) {
            Ok(()) => {}
            // Whoever read it has enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(cut_short(&error, count)),
        }
        count += page.events.len() as u64;
        progress.at(count);
        after = page.next();
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Whose events; `None` is everyone's.
async fn whose(place: &Place, wanted: &Wanted) -> std::result::Result<Option<Owner>, Failed> {
    let Some(user) = &wanted.user else {
        return Ok(None);
    };
    let who = (&**user, wanted.issuer.as_deref());
    Ok(Some(person::one(place, who, None).await?.owner))
}

fn print(page: &Page) -> Result<()> {
    let mut out = BufWriter::new(stdout().lock());
    for Remembered { id, at, fields } in &page.events {
        writeln!(out, "{}", line::write(*id, *at, fields))?;
    }
    out.flush()
}

fn cut_short(error: &std::io::Error, count: u64) -> Failed {
    Failed::Told(format!(
        "the export is not whole: {error} after {count} events; make room and export again"
    ))
}
