//! Watching another agent write.

use a2a::Part;
use serde::Deserialize;
use serde_json::Value;

use super::{Delegate, send};
use crate::{
    face::{Piece, Teller},
    id::Id,
    stream::{EventReader, LIMIT_BYTES},
};

/// What was told of another agent's text.
#[derive(Debug, Default)]
pub(crate) struct Followed {
    /// The text so far.
    pub(crate) text: String,
    /// Whether it was told that this is all of it.
    pub(crate) is_whole: bool,
    artifact_id: Option<String>,
}

/// A line of a task's history.
#[derive(Deserialize)]
struct Line {
    kind: String,
    data: Option<Value>,
}

/// What an `artifact` line says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    artifact: Artifact,
    #[serde(default)]
    append: bool,
    #[serde(default)]
    last_chunk: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    artifact_id: String,
    parts: Vec<Value>,
}

impl Delegate<'_> {
    /// Tells the text that `task` writes as the artifact `name`, while it does,
    /// until the task has ended or nothing more is to be learned.
    ///
    /// It cannot fail: what it missed is in the task's outcome.
    pub(crate) async fn follow(&self, task: &Id, teller: &Teller, name: &'static str) -> Followed {
        let mut followed = Followed::default();
        let path = format!("/a2a/tasks/events/{task}");
        let Ok(mut response) = send("watch the task", self.get(&path)).await else {
            return followed;
        };
        let mut reader = EventReader::default();
        while let Ok(Some(bytes)) = response.chunk().await {
            for event in reader.push(&bytes) {
                if let Some(piece) = followed.take(&event.data, name) {
                    teller.piece(piece).await;
                }
            }
            if reader.kept_bytes() + followed.text.len() > LIMIT_BYTES {
                break;
            }
        }
        followed
    }
}

impl Followed {
    /// What a line of the history adds. The first artifact is the one that is
    /// told; a new attempt at it begins anew.
    fn take(&mut self, line: &[u8], name: &'static str) -> Option<Piece> {
        let update = update(line)?;
        let Artifact { artifact_id, parts } = update.artifact;
        let append = update.append && self.artifact_id.is_some();
        if *self.artifact_id.get_or_insert_with(|| artifact_id.clone()) != artifact_id {
            return None;
        }
        let text: String = parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect();
        if !append {
            self.text.clear();
        }
        self.text.push_str(&text);
        self.is_whole = update.last_chunk;
        Some(Piece {
            name,
            part: Part::text(text),
            append,
            is_last: update.last_chunk,
        })
    }
}

fn update(line: &[u8]) -> Option<Update> {
    let line: Line = serde_json::from_slice(line).ok()?;
    let data = line.data.filter(|_| line.kind == "artifact")?;
    serde_json::from_value(data).ok()
}
