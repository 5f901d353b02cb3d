//! What an engine has written, kept to be counted if it does not say how much it was.

use super::BODY_BYTES;

/// A text up to [`BODY_BYTES`]: with one byte more it cannot be counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    text: String,
    is_partial: bool,
}

impl Written {
    /// All of it, if it is all.
    pub(super) fn text(&self) -> Option<&str> {
        (!self.is_partial).then_some(self.text.as_str())
    }

    pub(super) fn push(&mut self, text: &str) {
        if self.text.len() + text.len() > BODY_BYTES {
            self.lose();
        }
        if !self.is_partial {
            self.text.push_str(text);
        }
    }

    /// Something was written that nobody could read. The room is given back.
    pub(super) fn lose(&mut self) {
        self.is_partial = true;
        self.text = String::new();
    }
}
