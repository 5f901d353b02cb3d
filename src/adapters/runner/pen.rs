//! What is written into a task's rows while an attempt is under way.

use std::time::Duration;

use a2a::Artifact;
use futures_util::future::try_join_all;
use serde::Serialize;
use tokio::time::Instant;

use super::{Outcome, again, call::MAX_ANSWER, failed};
use crate::{
    adapters::store::{Store, StoreError},
    domain::{
        a2a::{
            artifact::{ArtifactUpdate, Artifacts, grow, say_the_same},
            error::Refused,
        },
        task::Attempt,
        time::UnixMillis,
    },
};

/// One row of an artifact at most in so long: what is added meanwhile joins it.
/// Who asked by A2A reads a stream; a history of the plain face is read later, too.
const TOGETHER: Duration = Duration::from_millis(50);
const TOGETHER_PLAIN: Duration = Duration::from_millis(250);
/// Artifacts of one task, at most.
const MAX_ARTIFACTS: usize = 1000;
/// The pause after a row that could not be written.
const WRITE_AGAIN: Duration = Duration::from_secs(1);

/// Why an attempt goes no further.
#[derive(Debug)]
pub(super) enum Halt {
    /// The row has moved on without it.
    Moved,
    /// The same, before the agent said what it calls the task: this.
    Orphan(String),
    /// The task has failed.
    Failed(String),
    /// The agent made no task of it.
    Refused(Refused),
    /// It may be tried again, perhaps not before so many milliseconds.
    Again(String, Option<i64>),
}

impl From<Halt> for Outcome {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Moved | Halt::Orphan(_) => Self::Told,
            Halt::Failed(why) | Halt::Refused(Refused { detail: why, .. }) => match failed(why) {
                Self::Finished(end) => Self::GivenUp(end),
                other => other,
            },
            Halt::Again(why, after_ms) => again(why, after_ms),
        }
    }
}

/// Writes artifacts of one attempt, and knows them.
pub(super) struct Pen<'a> {
    pub(super) store: &'a Store,
    pub(super) attempt: Attempt,
    known: Artifacts,
    /// Told to nobody yet: one update of each artifact.
    held: Vec<ArtifactUpdate>,
    last_at: Option<Instant>,
    together: Duration,
    bytes: usize,
}

impl<'a> Pen<'a> {
    pub(super) fn new(store: &'a Store, attempt: Attempt, known: Artifacts) -> Self {
        Self {
            store,
            attempt,
            known,
            held: Vec::new(),
            last_at: None,
            together: TOGETHER,
            bytes: 0,
        }
    }

    /// One for a task that was sent over the plain face.
    pub(super) fn plain(self) -> Self {
        let together = TOGETHER_PLAIN;
        Self { together, ..self }
    }

    /// Whether it writes for a task of the plain face.
    pub(super) fn is_plain(&self) -> bool {
        self.together == TOGETHER_PLAIN
    }

    /// All artifacts that are written.
    pub(super) fn known(&self) -> &Artifacts {
        &self.known
    }

    /// When [`flush`](Self::flush) is to be called, if it is.
    pub(super) fn due(&self) -> Option<Instant> {
        self.held.first()?;
        Some(
            self.last_at
                .map_or_else(Instant::now, |at| at + self.together),
        )
    }

    /// Counts `bytes` more that are kept of this task.
    ///
    /// # Errors
    ///
    /// They are too many.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), Halt> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > MAX_ANSWER {
            let why = format!("the agent sent more than {MAX_ANSWER} bytes");
            return Err(Halt::Failed(why));
        }
        Ok(())
    }

    /// Takes an update. It is written at once, or together with what follows.
    pub(super) async fn artifact(&mut self, update: ArtifactUpdate) -> Result<(), Halt> {
        self.spend(size(&update)?)?;
        match self.held_of(&update.artifact.artifact_id) {
            Some(held) => join(held, update),
            None => {
                self.make_room(&update.artifact.artifact_id)?;
                self.held.push(update);
            }
        }
        match self.due() {
            Some(due) if due <= Instant::now() => self.flush().await,
            _ => Ok(()),
        }
    }

    /// Says that nothing more will be added to the artifact of this id.
    pub(super) async fn close(&mut self, last: ArtifactUpdate) -> Result<(), Halt> {
        match self.held_of(&last.artifact.artifact_id) {
            Some(held) => held.last_chunk = true,
            None => self.artifact(last).await?,
        }
        self.flush().await
    }

    /// Whether an artifact stands like that already, perhaps cut otherwise.
    pub(super) fn has(&self, artifact: &Artifact) -> bool {
        let id = &artifact.artifact_id;
        let known = self.known.named(id);
        let held = self.held.iter().find(|one| one.artifact.artifact_id == *id);
        match (known, held) {
            (Some(known), None) => say_the_same(known, artifact),
            (None, Some(held)) => say_the_same(&held.artifact, artifact),
            (Some(_), Some(held)) if !held.append => say_the_same(&held.artifact, artifact),
            (Some(known), Some(held)) => {
                let mut both = known.clone();
                grow(&mut both, held.artifact.clone());
                say_the_same(&both, artifact)
            }
            (None, None) => false,
        }
    }

    /// Writes what is held, in as few commits as may be.
    pub(super) async fn flush(&mut self) -> Result<(), Halt> {
        let updates = std::mem::take(&mut self.held);
        if updates.is_empty() {
            return Ok(());
        }
        self.last_at = Some(Instant::now());
        let rows = updates.iter().map(serde_json::to_string);
        let rows = rows.collect::<Result<Vec<_>, _>>().map_err(|_| unkept())?;
        let (store, attempt) = (self.store, self.attempt);
        let write = |json: String| {
            written(async move || {
                let now = UnixMillis::now();
                store.artifact(attempt, json.clone(), now).await
            })
        };
        try_join_all(rows.into_iter().map(write)).await?;
        updates.into_iter().for_each(|one| self.known.take(one));
        Ok(())
    }

    fn held_of(&mut self, id: &str) -> Option<&mut ArtifactUpdate> {
        let mut held = self.held.iter_mut();
        held.find(|one| one.artifact.artifact_id == id)
    }

    /// Whether there may be one more artifact, if there is none of this id.
    fn make_room(&self, id: &str) -> Result<(), Halt> {
        let known = self.known.as_slice().len();
        if self.known.named(id).is_none() && known + self.held.len() >= MAX_ARTIFACTS {
            let why = format!("the agent made more than {MAX_ARTIFACTS} artifacts");
            return Err(Halt::Failed(why));
        }
        Ok(())
    }
}

/// Writes until it is written or never will be.
pub(super) async fn written(write: impl AsyncFn() -> Result<(), StoreError>) -> Result<(), Halt> {
    loop {
        match write().await {
            Ok(()) => return Ok(()),
            Err(StoreError::Fenced(_)) => return Err(Halt::Moved),
            Err(error) if error.is_permanent() => return Err(unkept()),
            Err(error) => {
                tracing::error!(%error, "what an agent said is not written, trying again");
                tokio::time::sleep(WRITE_AGAIN).await;
            }
        }
    }
}

pub(super) fn unkept() -> Halt {
    Halt::Failed("the agent's answer cannot be kept".to_owned())
}

/// As if both had come as one.
fn join(held: &mut ArtifactUpdate, next: ArtifactUpdate) {
    if !next.append {
        *held = next;
        return;
    }
    held.last_chunk = next.last_chunk;
    if let Some(metadata) = next.metadata {
        held.metadata.get_or_insert_default().extend(metadata);
    }
    grow(&mut held.artifact, next.artifact);
}

/// As many bytes as it takes in a row.
fn size(update: &ArtifactUpdate) -> Result<usize, Halt> {
    bytes_of(update).ok_or_else(unkept)
}

/// The length of `value` as JSON; `None` if it is none.
pub(super) fn bytes_of(value: &impl Serialize) -> Option<usize> {
    let mut count = Count(0);
    serde_json::to_writer(&mut count, value).ok()?;
    Some(count.0)
}

struct Count(usize);

impl std::io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use a2a::Part;
    use serde_json::json;

    use super::*;

    #[test]
    fn everything_that_is_kept_of_an_update_counts() {
        let bare = ArtifactUpdate {
            artifact: Artifact {
                artifact_id: "a".to_owned(),
                name: None,
                description: None,
                parts: vec![Part::text("x")],
                metadata: None,
                extensions: None,
            },
            append: false,
            last_chunk: false,
            metadata: None,
        };
        let long = "y".repeat(1000);
        let edits: [fn(&mut ArtifactUpdate, String); 8] = [
            |one, long| one.artifact.name = Some(long),
            |one, long| one.artifact.description = Some(long),
            |one, long| one.artifact.extensions = Some(vec![long]),
            |one, long| one.artifact.metadata = Some([("k".to_owned(), json!(long))].into()),
            |one, long| one.artifact.parts[0].filename = Some(long),
            |one, long| one.artifact.parts[0].media_type = Some(long),
            |one, long| one.artifact.parts[0].metadata = Some([(long, json!(1))].into()),
            |one, long| one.metadata = json!({ "k": long }).as_object().cloned(),
        ];
        for edit in edits {
            let mut more = bare.clone();
            edit(&mut more, long.clone());
            assert!(size(&more).unwrap() >= size(&bare).unwrap() + 1000);
        }
    }
}
