//! Server-sent events.

use std::mem;

/// Cuts the bytes of an event stream into events, however they come in chunks.
/// It keeps the one that is not finished; whoever feeds it minds how long that
/// gets.
#[derive(Debug, Default)]
pub(crate) struct EventReader {
    line: Vec<u8>,
    event: Event,
}

/// One event.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    /// What `event` says; empty without one.
    pub(crate) name: Vec<u8>,
    /// The lines of `data`, trimmed together.
    pub(crate) data: Vec<u8>,
}

impl EventReader {
    /// The events that `bytes` finish. An event without data is none.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                let line = mem::take(&mut self.line);
                events.extend(self.read_line(line.trim_ascii_end()));
            }
        }
        events
    }

    /// How much is kept, in bytes.
    pub(crate) fn kept_bytes(&self) -> usize {
        self.line.len() + self.event.data.len()
    }

    fn read_line(&mut self, line: &[u8]) -> Option<Event> {
        if line.is_empty() {
            let Event { name, data } = mem::take(&mut self.event);
            let data = data.trim_ascii().to_vec();
            return (!data.is_empty()).then_some(Event { name, data });
        }
        // A field without a value says nothing.
        let colon = line.iter().position(|&byte| byte == b':')?;
        let (field, value) = (&line[..colon], line[colon + 1..].trim_ascii_start());
        match field {
            b"data" => {
                self.event.data.extend_from_slice(value);
                self.event.data.push(b'\n');
            }
            b"event" => self.event.name = value.to_vec(),
            _ => {}
        }
        None
    }
}
