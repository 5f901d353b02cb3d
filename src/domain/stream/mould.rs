//! Most events of a stream differ from the one before in their text alone. Such
//! an event need not be parsed: comparing it is ten times as fast.

/// Bytes of a mould at most; larger events are parsed.
const MOULD_BYTES: usize = 1024;

/// The last event that was parsed, without its text; empty if it was more than
/// a text in a frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Mould {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Mould {
    /// The text of `event` if all the rest of it is as in the mould, so that
    /// parsing it would teach nothing else. Text with escapes is left to the
    /// parser: it could end the string and begin another member.
    pub(super) fn text<'a>(&self, event: &'a [u8]) -> Option<&'a str> {
        let text = event.strip_prefix(self.before.as_slice())?;
        let text = text.strip_suffix(self.after.as_slice())?;
        let is_plain = text
            .iter()
            .all(|byte| !matches!(byte, 0..b' ' | b'"' | b'\\'));
        if self.before.is_empty() || !is_plain {
            return None;
        }
        str::from_utf8(text).ok()
    }

    /// Takes the mould of `event`, whose text is `written`, a string literal in
    /// it; without one, of nothing.
    pub(super) fn set(&mut self, event: &str, written: Option<&str>) {
        self.before.clear();
        self.after.clear();
        let Some(written) = written.filter(|_| event.len() <= MOULD_BYTES) else {
            return;
        };
        // Where it stands is known by its address only: it may occur twice.
        let start = (written.as_ptr() as usize).checked_sub(event.as_ptr() as usize);
        let split = start.and_then(|at| event.split_at_checked(at + 1));
        if let Some((before, rest)) = split {
            self.before.extend_from_slice(before.as_bytes());
            let after = rest.get(written.len() - 2..).unwrap_or_default();
            self.after.extend_from_slice(after.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_text_may_differ_and_it_may_not_break_out() {
        let event = r#"{"a":"x","b":1}"#;
        let mut mould = Mould::default();
        assert_eq!(mould.text(event.as_bytes()), None);
        mould.set(event, Some(&event[5..8]));
        for (other, text) in [
            (event, Some("x")),
            (r#"{"a":"","b":1}"#, Some("")),
            (r#"{"a":"é [","b":1}"#, Some("é [")),
            (r#"{"a":"x","b":2}"#, None),
            (r#"{"a":"x","c":"","b":1}"#, None),
            (r#"{"a":"\","b":1}"#, None),
            (r#"{"a":""#, None),
            ("", None),
        ] {
            assert_eq!(mould.text(other.as_bytes()), text, "{other}");
        }
        mould.set(event, None);
        assert_eq!(mould.text(event.as_bytes()), None);
    }
}
