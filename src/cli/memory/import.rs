//! `attach-gateway memory import`.

mod keep;
mod lines;

use clap::Args;

use super::Failed;
use crate::{
    adapters::memory::Memory, cli::memory::progress::Progress, config::MemoryApart,
    domain::redact::Redactor,
};
use keep::Keep;
use lines::Lines;

/// What is imported.
#[derive(Args, Debug)]
pub(in crate::cli) struct Wanted {
    /// The file to read; - is stdin
    file: String,
    /// Who vouches for the users of lines that name no issuer
    #[arg(long)]
    issuer: Option<String>,
}

pub(super) async fn run(
    memory: &Memory,
    settings: &MemoryApart,
    wanted: Wanted,
) -> Result<(), Failed> {
    let redactor = Redactor::new(&settings.memory.redact).map_err(Failed::Told)?;
    let mut lines = Lines::open(&wanted.file).map_err(Failed::Told)?;
    let mut keep = Keep::new(memory, redactor, (settings.memory.retention, wanted.issuer));
    let read = all(&mut lines, &mut keep).await;
    // Whatever ended it: what stands before is kept.
    let kept = keep.flush().await;
    let counts = keep.counts();
    match read.and(kept) {
        Ok(()) => {
            say!("{counts}");
            Ok(())
        }
        Err(why) => Err(Failed::Told(format!(
            "{why}; so far {counts}; run it again after mending that"
        ))),
    }
}

async fn all(lines: &mut Lines, keep: &mut Keep<'_>) -> Result<(), String> {
    let mut progress = Progress::new("lines read");
    while let Some((number, line)) = lines.next()? {
        keep.line(number, line).await?;
        progress.at(number);
    }
    Ok(())
}
