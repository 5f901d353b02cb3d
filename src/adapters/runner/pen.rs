//! What is written into a task's rows while an attempt is under way.

use std::time::Duration;

use a2a::{Artifact, PartContent};
use tokio::time::Instant;

use super::{Outcome, again, call::MAX_ANSWER, failed};
use crate::{
    adapters::store::{Store, StoreError},
    domain::{
        a2a::artifact::{ArtifactUpdate, Artifacts},
        task::Attempt,
        time::UnixMillis,
    },
};

/// One row of artifacts at most in so long: what is added meanwhile joins it.
const TOGETHER: Duration = Duration::from_millis(50);
/// The pause after a row that could not be written.
const WRITE_AGAIN: Duration = Duration::from_secs(1);

/// Why an attempt goes no further.
#[derive(Debug)]
pub(super) enum Halt {
    /// The row has moved on without it.
    Moved,
    /// The task has failed.
    Failed(String),
    /// It may be tried again, perhaps not before so many milliseconds.
    Again(String, Option<i64>),
}

impl From<Halt> for Outcome {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Moved => Self::Told,
            Halt::Failed(why) => match failed(why) {
                Self::Finished(end) => Self::GivenUp(end),
                other => other,
            },
            Halt::Again(why, after_ms) => again(why, after_ms),
        }
    }
}

/// Writes artifacts of one attempt, and knows them all.
pub(super) struct Pen<'a> {
    pub(super) store: &'a Store,
    pub(super) attempt: Attempt,
    known: Artifacts,
    /// Told to nobody yet.
    held: Option<ArtifactUpdate>,
    last_at: Option<Instant>,
    bytes: usize,
}

impl<'a> Pen<'a> {
    pub(super) fn new(store: &'a Store, attempt: Attempt, known: Artifacts) -> Self {
        Self {
            store,
            attempt,
            known,
            held: None,
            last_at: None,
            bytes: 0,
        }
    }

    /// All artifacts so far, those that are held too.
    pub(super) fn known(&self) -> &Artifacts {
        &self.known
    }

    /// When [`flush`](Self::flush) is to be called, if it is.
    pub(super) fn due(&self) -> Option<Instant> {
        self.held.as_ref()?;
        Some(self.last_at.map_or_else(Instant::now, |at| at + TOGETHER))
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
        self.spend(size(&update))?;
        self.known.take(update.clone());
        match &mut self.held {
            Some(held) if joins(held, &update) => join(held, update),
            _ => {
                self.flush().await?;
                self.held = Some(update);
            }
        }
        match self.due() {
            Some(due) if due <= Instant::now() => self.flush().await,
            _ => Ok(()),
        }
    }

    /// Says that nothing more will be added to the artifact of this id.
    pub(super) async fn close(&mut self, last: ArtifactUpdate) -> Result<(), Halt> {
        match &mut self.held {
            Some(held) => held.last_chunk = true,
            None => self.artifact(last).await?,
        }
        self.flush().await
    }

    /// Writes what is held.
    pub(super) async fn flush(&mut self) -> Result<(), Halt> {
        let Some(update) = self.held.take() else {
            return Ok(());
        };
        let json = serde_json::to_string(&update);
        let json = json.map_err(|_| unkept())?;
        let (store, attempt) = (self.store, self.attempt);
        self.last_at = Some(Instant::now());
        written(async || {
            store
                .artifact(attempt, json.clone(), UnixMillis::now())
                .await
        })
        .await
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

fn joins(held: &ArtifactUpdate, next: &ArtifactUpdate) -> bool {
    next.append && !held.last_chunk && held.artifact.artifact_id == next.artifact.artifact_id
}

/// As if both had come as one.
fn join(held: &mut ArtifactUpdate, next: ArtifactUpdate) {
    held.last_chunk = next.last_chunk;
    if let Some(metadata) = next.metadata {
        held.metadata.get_or_insert_default().extend(metadata);
    }
    let mut both = Artifacts::default();
    let first = ArtifactUpdate {
        artifact: held.artifact.clone(),
        append: false,
        last_chunk: false,
        metadata: None,
    };
    both.take(first);
    both.take(ArtifactUpdate {
        metadata: None,
        ..next
    });
    held.artifact = both.into_inner().remove(0);
}

/// About as many bytes as it takes in a row.
fn size(update: &ArtifactUpdate) -> usize {
    let Artifact {
        parts, metadata, ..
    } = &update.artifact;
    let parts = parts.iter().map(|part| match &part.content {
        PartContent::Text(text) | PartContent::Url(text) => text.len(),
        PartContent::Raw(bytes) => bytes.len() / 3 * 4,
        PartContent::Data(data) => data.to_string().len(),
    });
    let described = |json: &dyn std::fmt::Debug| format!("{json:?}").len();
    let extra = metadata.as_ref().map_or(0, |m| described(m));
    let more = update.metadata.as_ref().map_or(0, |m| described(m));
    parts.sum::<usize>() + extra + more + 100
}
