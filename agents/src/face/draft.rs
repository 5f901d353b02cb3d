//! A text that is told while it is written.

use a2a::Part;

use super::teller::{Piece, Teller};

/// A text artifact that grows.
pub(crate) struct Draft<'a> {
    teller: Option<&'a Teller>,
    name: &'static str,
    told_bytes: usize,
}

impl<'a> Draft<'a> {
    /// A draft that is shown to nobody.
    pub(crate) fn private() -> Self {
        Self {
            teller: None,
            name: "",
            told_bytes: 0,
        }
    }

    /// The artifact of this name. What was told of it by an earlier attempt is
    /// replaced.
    pub(crate) fn new(teller: &'a Teller, name: &'static str) -> Self {
        Self {
            teller: Some(teller),
            ..Self {
                name,
                ..Self::private()
            }
        }
    }

    /// Tells what is new in `text`, which begins as it did the last time.
    pub(crate) async fn grown(&mut self, text: &str) {
        if text.len() > self.told_bytes {
            self.tell(text, false).await;
        }
    }

    /// Tells what is new in `text`, and that this is all.
    pub(crate) async fn ended(&mut self, text: &str) {
        self.tell(text, true).await;
    }

    async fn tell(&mut self, text: &str, is_last: bool) {
        let Some(teller) = self.teller else { return };
        let piece = Piece {
            name: self.name,
            part: Part::text(text.get(self.told_bytes..).unwrap_or_default()),
            append: self.told_bytes > 0,
            is_last,
        };
        self.told_bytes = text.len();
        teller.piece(piece).await;
    }
}
