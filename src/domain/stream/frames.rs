//! Bytes to events, for server-sent events and for lines of JSON.

/// Bytes kept of each end of an event that is too large.
pub(super) const END_BYTES: usize = 4 * 1024;

/// One event's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// Its two ends, `END_BYTES` each, and its size in bytes.
    Ends(&'a [u8], &'a [u8], u64),
}

/// Bytes up to a limit, beyond which only the two ends remain.
#[derive(Debug)]
pub(super) struct Kept {
    bytes: Vec<u8>,
    limit: usize,
    dropped: u64,
}

impl Kept {
    /// Holds at most `limit` bytes, which must be more than two ends.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            limit,
            dropped: 0,
        }
    }

    pub(super) fn keep(&mut self, mut more: &[u8]) {
        while !more.is_empty() {
            if self.bytes.len() == self.limit {
                let cut = END_BYTES..self.limit - END_BYTES;
                self.dropped += cut.len() as u64;
                self.bytes.drain(cut);
            }
            let (taken, rest) = more.split_at(more.len().min(self.limit - self.bytes.len()));
            self.bytes.extend_from_slice(taken);
            more = rest;
        }
    }

    /// What is held. Of a large event the same two ends, however it came.
    pub(super) fn frame(&self) -> Frame<'_> {
        let bytes = self.bytes.as_slice();
        match self.dropped {
            0 => Frame::Whole(bytes),
            dropped => Frame::Ends(
                &bytes[..END_BYTES],
                &bytes[bytes.len() - END_BYTES..],
                dropped + bytes.len() as u64,
            ),
        }
    }

    /// Forgets it all. The room of a large event is given back: a stream may
    /// live for hours.
    pub(super) fn clear(&mut self) {
        self.dropped = 0;
        if self.bytes.capacity() > END_BYTES {
            self.bytes = Vec::new();
        } else {
            self.bytes.clear();
        }
    }
}

/// Where in a line the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// After so many bytes of [`FIELD`].
    Name(usize),
    /// Right after the colon, where one space means nothing.
    Colon,
    /// In data.
    Data,
    /// In a comment or a field that says nothing here.
    Other,
}

const FIELD: &[u8] = b"data:";

/// Cuts a stream into events. Holds one event's data and nothing of any other
/// line.
#[derive(Debug)]
pub struct Frames {
    line_start: Place,
    place: Place,
    after_return: bool,
    has_data: bool,
    /// Bytes since an event or a block of comments ended.
    open: usize,
    /// Whether they follow a `\r` without its `\n`.
    returned: bool,
    kept: Kept,
}

impl Frames {
    /// Events end at a blank line; `data` fields are joined by `\n`. Of an event
    /// above `limit` bytes, which must be more than two ends, the ends remain.
    pub fn sse(limit: usize) -> Self {
        Self::new(Place::Name(0), limit)
    }

    /// Each line is an event.
    pub fn ndjson(limit: usize) -> Self {
        Self::new(Place::Data, limit)
    }

    fn new(line_start: Place, limit: usize) -> Self {
        Self {
            line_start,
            place: line_start,
            after_return: false,
            has_data: false,
            open: 0,
            returned: false,
            kept: Kept::new(limit),
        }
    }

    /// Hands every event that ends in `chunk` to `each`, in order.
    pub fn push(&mut self, chunk: &[u8], mut each: impl FnMut(Frame<'_>)) {
        self.push_while(chunk, |frame| {
            each(frame);
            true
        });
    }

    /// The same until `each` says that it was enough; the bytes read, which then
    /// end where its event does.
    pub(super) fn push_while(
        &mut self,
        chunk: &[u8],
        mut each: impl FnMut(Frame<'_>) -> bool,
    ) -> usize {
        let (mut rest, mut goes_on) = (chunk, true);
        while let Some(first) = rest.first() {
            let returned = std::mem::take(&mut self.after_return);
            if returned && *first == b'\n' {
                self.open += usize::from(self.open > 0);
                rest = &rest[1..];
                continue;
            }
            if !goes_on {
                break;
            }
            if self.open == 0 {
                self.returned = returned;
            }
            let Some(end) = line_end(rest) else {
                self.take(rest);
                self.open += rest.len();
                return chunk.len();
            };
            self.take(&rest[..end]);
            self.open += end + 1;
            self.after_return = rest[end] == b'\r';
            goes_on = self.end_line(&mut each);
            rest = &rest[end + 1..];
        }
        chunk.len() - rest.len()
    }

    /// Whether a line end has begun that may go on: `\r` was read, and not what
    /// follows it.
    pub(super) fn is_after_return(&self) -> bool {
        self.after_return
    }

    /// The same where the last event ended.
    pub(super) fn was_after_return(&self) -> bool {
        match self.open {
            0 => self.after_return,
            _ => self.returned,
        }
    }

    /// Bytes that were read since an event or a block of comments ended.
    pub(super) fn open(&self) -> usize {
        self.open
    }

    /// Forgets what was read since then.
    pub(super) fn back(&mut self) {
        self.after_return = self.was_after_return();
        self.place = self.line_start;
        self.has_data = false;
        self.open = 0;
        self.kept.clear();
    }

    /// The event that is not closed yet, as far as it came.
    pub(super) fn pending(&self) -> Frame<'_> {
        self.kept.frame()
    }

    /// Hands over an event that was not closed before the stream was over.
    pub fn end(&mut self, mut each: impl FnMut(Frame<'_>)) {
        self.dispatch(&mut |frame: Frame<'_>| {
            each(frame);
            true
        });
        self.place = self.line_start;
    }

    /// Takes a part of a line that has no line end in it.
    fn take(&mut self, mut bytes: &[u8]) {
        if let Place::Name(known) = self.place {
            let same = FIELD[known..]
                .iter()
                .zip(bytes)
                .take_while(|(a, b)| a == b)
                .count();
            bytes = &bytes[same..];
            self.place = match known + same {
                known if known == FIELD.len() => self.begin_data(),
                known if bytes.is_empty() => Place::Name(known),
                _ => Place::Other,
            };
        }
        if let (Place::Colon, Some(first)) = (self.place, bytes.first()) {
            bytes = &bytes[usize::from(*first == b' ')..];
            self.place = Place::Data;
        }
        if self.place == Place::Data {
            self.kept.keep(bytes);
        }
    }

    fn begin_data(&mut self) -> Place {
        if std::mem::replace(&mut self.has_data, true) {
            self.kept.keep(b"\n");
        }
        Place::Colon
    }

    fn end_line(&mut self, each: &mut impl FnMut(Frame<'_>) -> bool) -> bool {
        let ends_event = self.place == self.line_start;
        self.place = self.line_start;
        if ends_event {
            self.open = 0;
        }
        !ends_event || self.dispatch(each)
    }

    /// Whether the reader wants more: nothing to hand over is no reason to stop.
    fn dispatch(&mut self, each: &mut impl FnMut(Frame<'_>) -> bool) -> bool {
        self.has_data = false;
        if self.kept.frame() == Frame::Whole(b"") {
            return true;
        }
        let goes_on = each(self.kept.frame());
        self.kept.clear();
        goes_on
    }
}

/// Where the first `\n` or `\r` stands. Sixteen bytes at a time, which the
/// compiler turns into one comparison each.
fn line_end(bytes: &[u8]) -> Option<usize> {
    let ends = |byte: &u8| *byte == b'\n' || *byte == b'\r';
    let (blocks, _) = bytes.as_chunks::<16>();
    let clear = blocks
        .iter()
        .take_while(|block| !block.iter().fold(false, |found, byte| found | ends(byte)))
        .count();
    let start = clear * 16;
    bytes[start..].iter().position(ends).map(|at| start + at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: usize = 3 * END_BYTES;

    fn read(mut frames: Frames, chunks: &[&[u8]]) -> Vec<String> {
        let mut events = Vec::new();
        let mut note = |frame: Frame<'_>| {
            events.push(match frame {
                Frame::Whole(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                Frame::Ends(head, tail, size) => format!("{head:?}{tail:?}{size}"),
            });
        };
        for chunk in chunks {
            frames.push(chunk, &mut note);
        }
        frames.end(&mut note);
        events
    }

    fn sse(text: &str) -> Vec<String> {
        read(Frames::sse(LIMIT), &[text.as_bytes()])
    }

    #[test]
    fn lines_end_in_each_of_three_ways() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!(
                ": hello{end}data: a{end}data:b{end}{end}event: x{end}data:  c{end}{end}{end}"
            );
            assert_eq!(sse(&text), ["a\nb", " c"], "{end:?}");
        }
    }

    #[test]
    fn other_fields_say_nothing() {
        assert_eq!(
            sse("id: 1\ndatax: a\ndat: b\n data: c\nretry: 1\n\n:\n\n"),
            [""; 0]
        );
        assert_eq!(sse("data\ndata: a\n\ndata:\n\n"), ["a"]);
    }

    #[test]
    fn an_event_without_its_blank_line_is_read_at_the_end() {
        assert_eq!(sse("data: a\n\ndata: [DONE]"), ["a", "[DONE]"]);
        assert_eq!(
            read(Frames::ndjson(LIMIT), &[b"1\n\n2\r\n3"]),
            ["1", "2", "3"]
        );
    }

    #[test]
    fn an_event_at_the_limit_is_whole_and_one_above_is_its_ends() {
        let mut kept = Kept::new(LIMIT);
        kept.keep(&vec![b'x'; LIMIT]);
        assert_eq!(kept.frame(), Frame::Whole(&vec![b'x'; LIMIT]));
        kept.keep(b"y");
        let Frame::Ends(head, tail, size) = kept.frame() else {
            panic!("kept whole")
        };
        assert_eq!(
            (head.len(), tail.len(), size),
            (END_BYTES, END_BYTES, LIMIT as u64 + 1)
        );
        assert!(tail.ends_with(b"xy"));
    }

    proptest! {
        #[test]
        fn no_chunking_changes_what_is_read(
            lines in prop::collection::vec("(data:|data: |:|x|)[a-c ]{0,20}", 0..12),
            end in "(\n|\r\n|\r)",
            filler in 0usize..2 * LIMIT,
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let text = format!("{}{end}{end}data: {}", lines.join(&end), "x".repeat(filler)).into_bytes();
            let mut at: Vec<_> = cuts.iter().map(|cut| cut.index(text.len())).collect();
            at.extend([0, text.len()]);
            at.sort_unstable();
            let chunks: Vec<_> = at.windows(2).map(|w| &text[w[0]..w[1]]).collect();
            for frames in [Frames::sse, Frames::ndjson] {
                prop_assert_eq!(read(frames(LIMIT), &chunks), read(frames(LIMIT), &[&text]));
            }
        }

        #[test]
        fn no_bytes_panic_or_pile_up(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9000), 0..9)) {
            let mut frames = Frames::sse(LIMIT);
            frames.push(b"data:", |_| ());
            for chunk in &chunks {
                frames.push(chunk, |_| ());
                prop_assert!(frames.kept.bytes.len() <= LIMIT);
            }
        }
    }
}
