//! A model's answer that comes as a stream of server-sent events.

mod events;

pub(crate) use self::events::{Event, EventReader};
use crate::completion::{Chunk, Completion, words};

/// The most of one answer that is read, in bytes.
pub(crate) const LIMIT_BYTES: usize = 4 << 20;

/// Why a streamed answer is no answer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StreamError {
    #[error("the model's answer is larger than {LIMIT_BYTES} bytes")]
    TooLarge,
    #[error("an event of the stream is not a completion chunk: {0}")]
    Unreadable(String),
    #[error("the engine failed: {0}")]
    Engine(String),
    #[error("the stream ended before the model's answer did")]
    Cut,
}

/// Assembles a completion from the bytes of an event stream, however they are
/// cut into chunks. It keeps the text and one unfinished event, 4 MiB at most.
#[derive(Debug, Default)]
pub(crate) struct SseReader {
    completion: Completion,
    events: EventReader,
    is_done: bool,
    read_bytes: usize,
}

impl SseReader {
    /// Reads the next bytes. What follows `[DONE]` is ignored.
    ///
    /// # Errors
    ///
    /// Every [`StreamError`] but [`StreamError::Cut`]; the reader is of no use
    /// afterwards.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), StreamError> {
        self.read_bytes += bytes.len();
        if self.read_bytes > LIMIT_BYTES {
            return Err(StreamError::TooLarge);
        }
        for event in self.events.push(bytes) {
            self.take(&event)?;
        }
        Ok(())
    }

    /// What the model has written so far.
    pub(crate) fn text(&self) -> &str {
        &self.completion.text
    }

    /// Whether the model has said why it stopped. Usage may still follow.
    pub(crate) fn is_whole(&self) -> bool {
        self.completion.finish_reason.is_some()
    }

    /// The answer, once the stream has ended.
    ///
    /// # Errors
    ///
    /// [`StreamError::Cut`] if the model never said why it stopped: half a plan
    /// must not pass for a plan.
    pub(crate) fn finish(self) -> Result<Completion, StreamError> {
        let whole = self.is_whole().then_some(self.completion);
        whole.ok_or(StreamError::Cut)
    }

    fn take(&mut self, event: &Event) -> Result<(), StreamError> {
        let data = event.data.as_slice();
        self.is_done |= data == b"[DONE]";
        if self.is_done {
            return Ok(());
        }
        if event.name == b"error" {
            return Err(StreamError::Engine(said(data)));
        }
        let chunk: Chunk = serde_json::from_slice(data)
            .map_err(|error| StreamError::Unreadable(error.to_string()))?;
        self.completion.absorb(chunk).map_err(StreamError::Engine)
    }
}

fn said(data: &[u8]) -> String {
    let text = || String::from_utf8_lossy(data).into_owned();
    words(&serde_json::from_slice(data).unwrap_or_else(|_| text().into()))
}

#[cfg(test)]
mod tests;
