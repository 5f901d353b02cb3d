//! `attach-gateway memory tail`.

use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::Failed;
use crate::{
    adapters::memory::{Memory, Remembered, TailFilter},
    cli::table::short,
    domain::memory::EventKind,
};

/// How often it is looked for new ones.
const LOOK: Duration = Duration::from_millis(200);

/// What is followed.
#[derive(Args, Debug)]
pub(in crate::cli) struct Wanted {
    /// Only events of this user, whoever vouches for them
    #[arg(long)]
    user: Option<String>,
    /// Only this kind: prompt, response, task_sent, task_result, document or log
    #[arg(long, value_parser = kind)]
    event: Option<EventKind>,
    /// How many of those that are there
    #[arg(short = 'n', default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=1000))]
    newest: u32,
}

fn kind(name: &str) -> Result<EventKind, String> {
    let names = || EventKind::ALL.map(EventKind::name).join(", ");
    EventKind::named(name).ok_or_else(|| format!("write one of {}", names()))
}

pub(super) async fn run(memory: &Memory, wanted: Wanted) -> Result<(), Failed> {
    let filter = TailFilter {
        user: wanted.user,
        event: wanted.event,
    };
    let (newest, mut tail) = memory.tail(filter, wanted.newest).await?;
    newest.iter().for_each(|event| say!("{}", line(event)));
    loop {
        let events = tail.next().await?;
        events.iter().for_each(|event| say!("{}", line(event)));
        if events.is_empty() {
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// One event on one line that steers no terminal.
fn line(event: &Remembered) -> String {
    let field = |name: &str, limit| {
        let text = event.fields.get(name).and_then(Value::as_str);
        text.map(|text| short(text, limit))
    };
    let about = ["model", "title", "target", "level"];
    let about = about.into_iter().find_map(|name| field(name, 40));
    let parts = [
        Some(event.at.rfc3339_millis()),
        field("user", 30),
        field("event", 20),
        about,
        field("state", 20),
        field("text", 120),
        field("task_id", 40).map(|task| format!("task {task}")),
    ];
    let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("  ")
}
