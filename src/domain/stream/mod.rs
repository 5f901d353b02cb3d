//! What must be known of an answer: how it ends, what it cost, which model gave
//! it. Read in passing from a copy of the bytes, whatever their chunking; it
//! holds a bounded part and cannot fail.

mod closing;
mod frames;
mod mould;
mod said;
#[cfg(test)]
mod tests;
mod wire;
mod written;

pub use closing::{Closing, Last};
pub use frames::{Frame, Frames};

use serde_json::Value;

use super::chat::Kind;
use closing::Shape;
use frames::Kept;
use said::{Said, is_done};

/// Bytes of one event that are read whole; of a larger one both ends are.
const EVENT_BYTES: usize = 64 * 1024;
/// The same for a body that is one JSON value.
const BODY_BYTES: usize = 1024 * 1024;

/// How an answer's body is cut into events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Server-sent events.
    Sse,
    /// One JSON value a line.
    Ndjson,
    /// One JSON value, or anything else: nothing is said before its end.
    Json,
}

impl Dialect {
    /// The dialect a `Content-Type` announces, parameters aside.
    pub fn of(content_type: Option<&str>) -> Self {
        let value = content_type.unwrap_or("");
        let essence = value.split(';').next().unwrap_or("").trim();
        if essence.eq_ignore_ascii_case("text/event-stream") {
            Self::Sse
        } else if essence.eq_ignore_ascii_case("application/x-ndjson") {
            Self::Ndjson
        } else {
            Self::Json
        }
    }
}

/// How far an answer came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// Neither a finish nor an error was seen. If the body is over, the engine
    /// died: no whole answer.
    #[default]
    Unfinished,
    /// The engine said that the answer is complete.
    Finished,
    /// The engine said that it failed; what follows changes nothing.
    Failed,
}

/// Tokens by the engine's own count, each cut to 1 000 000 000: what an engine
/// says is added up and kept for ever, so one absurd number must not spoil it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt; `None` if the engine did not say.
    pub input: Option<u64>,
    /// Tokens of the answer; `None` if the engine did not say.
    pub output: Option<u64>,
}

/// What was read of bytes that may cost nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Free {
    /// How many of them, up to the end of an event.
    pub read: usize,
    /// Whether the next event would cost something.
    pub costs: bool,
}

/// Reads along one answer. Holds at most 64 KiB of an event, or 1 MiB of a JSON
/// body, 1 MiB of what is written and 64 KiB of `attach`, beside the text that is kept.
#[derive(Debug)]
pub struct Answer {
    reader: Reader,
    said: Said,
    /// Bytes that were looked at since an event ended, and are not read yet.
    ahead: usize,
}

#[derive(Debug)]
enum Reader {
    Events(Frames),
    Body(Kept),
}

impl Answer {
    /// A reader that keeps the first `keep` bytes of the answer's text.
    pub fn new(dialect: Dialect, keep: usize) -> Self {
        let reader = match dialect {
            Dialect::Sse => Reader::Events(Frames::sse(EVENT_BYTES)),
            Dialect::Ndjson => Reader::Events(Frames::ndjson(EVENT_BYTES)),
            Dialect::Json => Reader::Body(Kept::new(BODY_BYTES)),
        };
        let said = Said::new(dialect == Dialect::Json, keep);
        Self {
            reader,
            said,
            ahead: 0,
        }
    }

    /// Reads the next bytes and returns the tokens to charge for them now: for
    /// each choice in each event that adds something 1, or its text's bytes / 4
    /// if that is more; for an event that cannot be read, or is too large to be
    /// and is no closing one, its bytes / 4. Always 0 for [`Dialect::Json`]. An
    /// event costs when its last byte is in. One of 200 bytes takes 0.1 µs if it
    /// is like the one before but for its text, else 0.7.
    pub fn push(&mut self, chunk: &[u8]) -> u64 {
        self.back();
        let before = self.said.streamed;
        match &mut self.reader {
            Reader::Events(frames) => frames.push(chunk, |frame| self.said.event(frame)),
            Reader::Body(body) => body.keep(chunk),
        }
        self.said.streamed - before
    }

    /// From now on remembers what it takes to end the stream of an answer of this
    /// kind before the engine does: 64 KiB more at most, and half a µs for an event
    /// that is not like the one before.
    pub fn prepare_to_cut(&mut self, dialect: Dialect, kind: Kind) {
        self.said.shape = Shape::of(dialect, kind);
    }

    /// The end of the stream, if it is cut off where an event ended last.
    pub fn closing(&self) -> Closing {
        Closing::new(self.said.shape.clone(), self.is_after_return())
    }

    fn is_after_return(&self) -> bool {
        match &self.reader {
            Reader::Events(frames) if self.ahead > 0 => frames.was_after_return(),
            Reader::Events(frames) => frames.is_after_return(),
            Reader::Body(_) => false,
        }
    }

    /// Reads as [`push`](Self::push) does, up to the end of the event by which
    /// `budget` tokens are used up; the bytes read, all of them where it lasts.
    pub fn push_within(&mut self, chunk: &[u8], budget: u64) -> usize {
        self.back();
        let said = &mut self.said;
        let most = said.streamed.saturating_add(budget);
        match &mut self.reader {
            Reader::Events(frames) => frames.push_while(chunk, |frame| {
                said.event(frame);
                said.streamed < most
            }),
            Reader::Body(body) => {
                body.keep(chunk);
                chunk.len()
            }
        }
    }

    /// Reads, where an event ended last, those events of `bytes` that cost nothing,
    /// and comments. What is not read is as if it had never come, an event that costs
    /// or one whose end is missing: it comes again at the front of the next `bytes`,
    /// and of half an event only what is new is looked at then. A costing event that
    /// ends in `bytes` is read anew each time.
    pub fn push_free(&mut self, bytes: &[u8]) -> Free {
        let (mut read, mut costs) = (0, false);
        let Reader::Events(frames) = &mut self.reader else {
            return Free { read, costs };
        };
        let mut at = std::mem::take(&mut self.ahead);
        while at < bytes.len() {
            at += frames.push_while(&bytes[at..], |frame| {
                costs = !self.said.free(frame);
                false
            });
            if costs {
                self.ahead = 1;
                self.back();
                return Free { read, costs };
            }
            read = at.saturating_sub(frames.open());
        }
        if self.is_over() {
            read = bytes.len();
        }
        self.ahead = bytes.len() - read;
        Free { read, costs }
    }

    /// Where something was looked at that is not read yet, it was not.
    fn back(&mut self) {
        let ahead = std::mem::take(&mut self.ahead);
        if let Reader::Events(frames) = &mut self.reader
            && ahead > 0
        {
            frames.back();
        }
    }

    /// The body ended cleanly: reads what is still held, be it a last line
    /// without its end or the whole JSON body. After a cut, do not call it.
    pub fn end(&mut self) {
        match &mut self.reader {
            Reader::Events(frames) => frames.end(|frame| self.said.event(frame)),
            Reader::Body(body) => {
                self.said.body(body.frame());
                body.clear();
            }
        }
    }

    /// Bytes of a JSON body that was too large to be read: it has no more tokens.
    pub fn unread(&self) -> Option<u64> {
        self.said.unread
    }

    /// How the answer ended, as far as the engine said. A JSON body is finished
    /// when it could be read and has no `error`; one above 1 MiB when
    /// [`end`](Self::end) was called and it does not begin with an error.
    pub fn ending(&self) -> Ending {
        self.said.ending
    }

    /// Whether the answer has come to its end by the engine's own word: `[DONE]`
    /// (whose line may not be closed yet, for clients that read lines), Ollama's
    /// `done`, Anthropic's and the Responses' closing events. A finish alone is no
    /// end, usage may follow; a JSON body and a stream that just ends have none.
    pub fn is_over(&self) -> bool {
        let is_said = || match &self.reader {
            Reader::Events(frames) => matches!(frames.pending(), Frame::Whole(it) if is_done(it)),
            Reader::Body(_) => false,
        };
        self.said.is_over || is_said()
    }

    /// The engine's count, the last one it gave; llama.cpp's `timings` where
    /// there is no other. Of an answer that did not come to its end, its tokens are
    /// not known if more of it came after they were counted. Of a JSON body above
    /// 1 MiB only a count in its last 4 KiB is found.
    pub fn usage(&self) -> Option<Usage> {
        let usage = self.said.usage.or(self.said.timings)?;
        let is_old = self.said.is_outdated && self.said.ending != Ending::Finished;
        let output = usage.output.filter(|_| !is_old);
        Some(Usage { output, ..usage })
    }

    /// The model that answered, by the engine's last word that was not empty.
    pub fn model(&self) -> Option<&str> {
        Some(self.said.model.as_str()).filter(|name| !name.is_empty())
    }

    /// Why the answer is over, in the engine's word: `stop`, `length`.
    pub fn reason(&self) -> Option<&str> {
        Some(self.said.reason.as_str()).filter(|reason| !reason.is_empty())
    }

    /// Whether some of the answer's text is missing: an event was too large to be read.
    pub fn has_gaps(&self) -> bool {
        self.said.has_gaps
    }

    /// The member `attach` of an agent's stream, the last there was: which documents
    /// and tasks its answer comes from.
    pub fn attach(&self) -> Option<Value> {
        serde_json::from_str(self.said.attach.as_ref()?.get()).ok()
    }

    /// Everything [`push`](Self::push) returned, and what
    /// [`end`](Self::end) found after it.
    pub fn streamed(&self) -> u64 {
        self.said.streamed
    }

    /// All that was written, to be counted: the text of every choice, reasoning, calls
    /// of tools, and what could not be read as it came; `None` if that is more than 1
    /// MiB or was too large to be read.
    pub fn written(&self) -> Option<&str> {
        self.said.written.text()
    }

    /// The first `keep` bytes of the answer's text, cut between characters: of
    /// its first choice, without reasoning and tool calls. Of an event that was
    /// too large, nothing.
    pub fn text(&self) -> &str {
        &self.said.text
    }
}
