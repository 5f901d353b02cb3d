//! What an engine has said so far, over all its events.

use std::{borrow::Cow, mem};

use serde_json::value::RawValue;

use super::{
    Ending, Usage,
    closing::Shape,
    frames::Frame,
    mould::Mould,
    wire::{Choice, Counts, Function, MOST_TOKENS, Piece, ToolCall, Wire, read, tokens},
    written::Written,
};
use crate::domain::chat::member::{self, Raw};

/// The longest reason for an end that is kept, in bytes.
const MOST_REASON: usize = 64;

/// The sum of the events read.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) ending: Ending,
    pub(super) is_over: bool,
    pub(super) usage: Option<Usage>,
    pub(super) timings: Option<Usage>,
    pub(super) model: String,
    pub(super) text: String,
    /// All of it, and not the first choice alone.
    pub(super) written: Written,
    pub(super) reason: String,
    /// What an agent said beside its answer, as it wrote it.
    pub(super) attach: Option<Box<RawValue>>,
    pub(super) streamed: u64,
    /// Whether an event was too large for its text to be read.
    pub(super) has_gaps: bool,
    /// Bytes of a body of which only the ends were read.
    pub(super) unread: Option<u64>,
    /// What it takes to end the stream, if it may be cut off.
    pub(super) shape: Option<Shape>,
    /// Whether more of the answer came since its tokens were last counted.
    pub(super) is_outdated: bool,
    /// Whether the event that is read counts them.
    is_counted: bool,
    keep: usize,
    is_body: bool,
    mould: Mould,
}

impl Said {
    /// Nothing yet. `is_body` says that one JSON value is the whole answer.
    pub(super) fn new(is_body: bool, keep: usize) -> Self {
        Self {
            keep,
            is_body,
            ..Self::default()
        }
    }

    /// Reads one event of a stream and charges it.
    pub(super) fn event(&mut self, frame: Frame<'_>) {
        let cost = match frame {
            // The end, where nothing else was: vLLM sends it after an error too.
            Frame::Whole(bytes) if is_done(bytes) => {
                self.is_over = true;
                self.finish();
                0
            }
            Frame::Whole(bytes) => self.whole(bytes).unwrap_or_else(|| self.unknown(bytes)),
            Frame::Ends(head, tail, size) => self.ends(head, tail, size),
        };
        self.streamed += cost;
        // A count may stand beside the text it counts.
        let is_counted = std::mem::take(&mut self.is_counted);
        self.is_outdated = !is_counted && (self.is_outdated || cost > 0);
    }

    /// Reads one event if it costs nothing; else it is as if it had not come.
    pub(super) fn free(&mut self, frame: Frame<'_>) -> bool {
        // What costs nothing adds to neither text, and they are large.
        let texts = (mem::take(&mut self.text), mem::take(&mut self.written));
        let shape = self.shape.take();
        let before = self.clone();
        self.event(frame);
        let is_free = self.streamed == before.streamed;
        if !is_free {
            *self = before;
        }
        (self.text, self.written) = texts;
        self.shape = shape;
        if let (true, Some(shape), Frame::Whole(bytes)) = (is_free, &mut self.shape, frame) {
            shape.note(&String::from_utf8_lossy(bytes));
        }
        is_free
    }

    /// An event that cannot be read is the text it is.
    fn unknown(&mut self, bytes: &[u8]) -> u64 {
        self.written.push(&String::from_utf8_lossy(bytes));
        weight(bytes.len())
    }

    /// Reads a body that is one JSON value, which costs nothing on the way.
    pub(super) fn body(&mut self, frame: Frame<'_>) {
        let was_read = match frame {
            Frame::Whole(bytes) => self.whole(bytes).is_some(),
            Frame::Ends(head, tail, size) => {
                self.ends(head, tail, size);
                self.unread = Some(size);
                true
            }
        };
        if was_read {
            self.finish();
        }
    }

    fn whole(&mut self, bytes: &[u8]) -> Option<u64> {
        if let Some(text) = self.mould.text(bytes) {
            self.keep(text);
            return Some(weight(text.len()));
        }
        // Whole characters are the rule; half of one must not hide the rest.
        let text =
            str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
        let wire = Wire::of(&text)?;
        self.mould.set(&text, wire.lone_text().map(RawValue::get));
        if let Some(shape) = &mut self.shape {
            shape.note(&text);
        }
        self.facts(&wire);
        Some(self.content(&wire))
    }

    fn ends(&mut self, head: &[u8], tail: &[u8], size: u64) -> u64 {
        let (head, tail) = (String::from_utf8_lossy(head), String::from_utf8_lossy(tail));
        let wire = Wire::skim(&head, &tail);
        self.mould = Mould::default();
        self.facts(&wire);
        let repeats = member::text(wire.kind).is_some_and(|kind| !kind.ends_with(".delta"));
        let is_last = member::flag(wire.done) == Some(true);
        if repeats || is_last {
            return 0;
        }
        self.written.lose();
        self.has_gaps = true;
        size / 4
    }

    /// Everything but content.
    fn facts(&mut self, wire: &Wire<'_>) {
        self.model(wire.model);
        self.count(wire.usage);
        self.count_native(wire);
        if let Some(attach) = wire.attach {
            self.attach = Some(attach.to_owned());
        }
        if let Some(counts) = read(wire.timings) {
            self.timings = Some(timed(counts));
            self.is_counted = true;
        }
        let kind = member::text(wire.kind).unwrap_or_default();
        match &*kind {
            _ if wire.error.is_some() => self.ending = Ending::Failed,
            "error" | "response.failed" => self.ending = Ending::Failed,
            "response.completed" | "response.incomplete" | "message_stop" => self.close_stream(),
            _ if member::flag(wire.done) == Some(true) => self.close_stream(),
            _ => {}
        }
    }

    /// Nothing of the answer comes after this event.
    fn close_stream(&mut self) {
        self.is_over = true;
        self.finish();
    }

    fn finish(&mut self) {
        if self.ending == Ending::Unfinished {
            self.ending = Ending::Finished;
        }
    }

    /// A choice is over; why, is remembered of the first that is.
    fn close(&mut self, reason: &str) {
        self.finish();
        if self.reason.is_empty() && reason.len() <= MOST_REASON {
            reason.clone_into(&mut self.reason);
        }
    }

    fn model(&mut self, name: Raw<'_>) {
        let name = member::text(name).unwrap_or_default();
        if !name.is_empty() && name != self.model {
            self.model = name.into_owned();
        }
    }

    fn count(&mut self, usage: Raw<'_>) {
        if let Some(counts) = read::<Counts<'_>>(usage) {
            let input = counts.prompt_tokens.or(counts.input_tokens);
            let output = counts.completion_tokens.or(counts.output_tokens);
            self.merge(tokens(input), tokens(output));
        }
    }

    /// Ollama leaves a counter out when it is 0, so a last line has both.
    fn count_native(&mut self, wire: &Wire<'_>) {
        let unsaid = (member::flag(wire.done) == Some(true)).then_some(0);
        let input = tokens(wire.prompt_eval_count).or(unsaid);
        self.merge(input, tokens(wire.eval_count).or(unsaid));
    }

    /// The last number wins, each for itself: Anthropic counts the prompt first
    /// and the answer last.
    fn merge(&mut self, input: Option<u64>, output: Option<u64>) {
        if input.is_some() || output.is_some() {
            self.is_counted |= output.is_some();
            let usage = self.usage.get_or_insert_default();
            usage.input = input.or(usage.input);
            usage.output = output.or(usage.output);
        }
    }

    /// Keeps the text of an event and returns what it costs.
    fn content(&mut self, wire: &Wire<'_>) -> u64 {
        let choices = wire.choices.iter().flatten();
        let chosen: u64 = choices.map(|choice| self.choice(choice)).sum();
        if self.is_body {
            self.say(wire.content);
            self.output(wire.output);
        }
        let generated = self.say(wire.response) + self.aside(wire.thinking);
        let generated = if generated > 0 {
            weight(generated)
        } else {
            self.raw_piece(wire.response, false)
        };
        chosen + generated + self.raw_piece(wire.message, true) + self.delta(wire)
    }

    fn choice(&mut self, choice: &Choice<'_>) -> u64 {
        match member::text(choice.finish_reason).as_deref() {
            None | Some("") => {}
            Some("error" | "abort") => self.ending = Ending::Failed,
            Some(reason) => self.close(reason),
        }
        let is_first = member::number(choice.index).unwrap_or(0) == 0;
        let completed = weight(self.text_if(is_first, choice.text));
        let added = choice
            .delta
            .as_ref()
            .map_or(0, |piece| self.piece(piece, is_first));
        completed + added + self.raw_piece(choice.message, is_first)
    }

    /// The `delta` of a Responses event, a text, or of Anthropic's, an object.
    fn delta(&mut self, wire: &Wire<'_>) -> u64 {
        let Some(text) = member::text(wire.delta) else {
            return self.raw_piece(wire.delta, true);
        };
        let kind = member::text(wire.kind).unwrap_or_default();
        match &*kind {
            "response.output_text.delta" => self.keep(&text),
            _ => self.written.push(&text),
        }
        weight(text.len())
    }

    fn raw_piece(&mut self, raw: Raw<'_>, is_first: bool) -> u64 {
        read(raw).map_or(0, |piece| self.piece(&piece, is_first))
    }

    /// A message, or a part of one.
    fn piece(&mut self, piece: &Piece<'_>, is_first: bool) -> u64 {
        self.model(piece.model);
        self.count(piece.usage);
        let reasoning = piece
            .reasoning_content
            .or(piece.reasoning)
            .or(piece.thinking);
        let spoken = [piece.content, piece.text, piece.refusal];
        let spoken: usize = spoken
            .into_iter()
            .map(|raw| self.text_if(is_first, raw))
            .sum();
        let unspoken = self.aside(reasoning) + self.aside(piece.partial_json);
        weight(spoken + unspoken + self.called(piece.tool_calls))
    }

    /// The messages among the items of a whole Responses answer.
    fn output(&mut self, items: Raw<'_>) {
        let items: Vec<Piece<'_>> = read(items).unwrap_or_default();
        for item in &items {
            if member::text(item.kind).as_deref() == Some("message") {
                self.say(item.content);
            }
        }
    }

    fn text_if(&mut self, is_first: bool, raw: Raw<'_>) -> usize {
        if is_first {
            self.say(raw)
        } else {
            self.aside(raw)
        }
    }

    /// Keeps a text, or the text of parts; returns its bytes.
    fn say(&mut self, raw: Raw<'_>) -> usize {
        if let Some(text) = member::text(raw) {
            self.keep(&text);
            return text.len();
        }
        let parts: Vec<Piece<'_>> = read(raw).unwrap_or_default();
        let texts = parts.iter().filter_map(|part| member::text(part.text));
        texts
            .map(|text| {
                self.keep(&text);
                text.len()
            })
            .sum()
    }

    /// A text that costs and is not kept; returns its bytes.
    fn aside(&mut self, raw: Raw<'_>) -> usize {
        let text = member::text(raw).unwrap_or_default();
        self.written.push(&text);
        text.len()
    }

    /// Bytes of the calls' names and arguments, as written.
    fn called(&mut self, calls: Raw<'_>) -> usize {
        let calls: Vec<ToolCall<'_>> = read(calls).unwrap_or_default();
        let bytes = calls.iter().map(|call| {
            let called: Function<'_> = read(call.function).unwrap_or_default();
            let parts = [called.name, called.arguments].into_iter().flatten();
            let bytes: usize = parts
                .map(|raw| {
                    let text = member::text(Some(raw));
                    self.written.push(text.as_deref().unwrap_or(raw.get()));
                    raw.get().len()
                })
                .sum();
            bytes.max(1)
        });
        bytes.sum()
    }

    fn keep(&mut self, text: &str) {
        self.written.push(text);
        let room = self.keep - self.text.len();
        self.text.push_str(&text[..text.floor_char_boundary(room)]);
        if text.len() > room {
            // Full, even if a shorter character would still fit.
            self.keep = self.text.len();
        }
    }
}

/// Whether an event says that none follows.
pub(super) fn is_done(event: &[u8]) -> bool {
    event.trim_ascii() == b"[DONE]"
}

/// llama.cpp's `timings`: what it took from its cache is prompt as well.
fn timed(counts: Counts<'_>) -> Usage {
    let cached = tokens(counts.cache_n).unwrap_or(0);
    Usage {
        input: tokens(counts.prompt_n).map(|n| (n + cached).min(MOST_TOKENS)),
        output: tokens(counts.predicted_n),
    }
}

/// Tokens charged for a text of so many bytes.
fn weight(bytes: usize) -> u64 {
    (bytes as u64 / 4).max(u64::from(bytes > 0))
}
