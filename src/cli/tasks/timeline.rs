//! A task's history as people read it.

use serde::Deserialize;

use crate::{adapters::store::TaskLine, cli::table::short, domain::a2a::message::text_of};

/// Draws lines in their order. The pieces in which an answer was written are one
/// line, and how many followed it.
#[derive(Default)]
pub(super) struct Timeline {
    pieces: u64,
    /// Whether the line drawn last is what pieces may go with.
    is_artifact: bool,
}

/// What tells a piece that goes after another.
#[derive(Deserialize)]
struct Piece {
    #[serde(default)]
    append: bool,
}

impl Timeline {
    /// What is to be said now that `line` is known.
    pub(super) fn take(&mut self, line: &TaskLine) -> Vec<String> {
        if self.is_artifact && is_more(line) {
            self.pieces += 1;
            return Vec::new();
        }
        self.is_artifact = line.kind == "artifact";
        self.rest().into_iter().chain([drawn(line)]).collect()
    }

    /// What is left to say.
    pub(super) fn rest(&mut self) -> Option<String> {
        match std::mem::take(&mut self.pieces) {
            0 => None,
            1 => Some("  … and 1 piece more of it".to_owned()),
            many => Some(format!("  … and {many} pieces more of it")),
        }
    }
}

fn is_more(line: &TaskLine) -> bool {
    let data = line.data.as_ref().filter(|_| line.kind == "artifact");
    let piece = data.and_then(|data| serde_json::from_str::<Piece>(data.get()).ok());
    piece.is_some_and(|piece| piece.append)
}

fn drawn(line: &TaskLine) -> String {
    let data = line
        .data
        .as_ref()
        .map(|data| short(data.get(), 120))
        .unwrap_or_default();
    let said = line.message.as_ref().and_then(|said| words(said.get()));
    let data = said.unwrap_or(data);
    let attempt = line.attempt;
    format!(
        "{}  {:<10} attempt {attempt}  {data}",
        line.at.rfc3339(),
        line.kind
    )
    .trim_end()
    .to_owned()
}

/// What an A2A Message says, in short.
fn words(message: &str) -> Option<String> {
    let message: a2a::Message = serde_json::from_str(message).ok()?;
    let texts = message.parts.iter().filter_map(text_of);
    Some(short(&texts.collect::<Vec<_>>().join(" "), 120))
}
