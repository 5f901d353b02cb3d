//! Where a list of events goes on.

use std::{fmt, str::FromStr};

use crate::domain::time::UnixMillis;

/// A place in a list: the event at it, which need not be there any more. Newer
/// events are above, and of the same moment those with the higher id. Written
/// `<ms since the Unix epoch>.<uuid>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// When the event happened.
    pub at: UnixMillis,
    /// Its id.
    pub id: uuid::Uuid,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.0, self.id)
    }
}

/// The text is no cursor of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a list of ours")]
pub struct NoCursor;

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (at, id) = text.split_once('.').ok_or(NoCursor)?;
        let at = UnixMillis(at.parse().map_err(|_| NoCursor)?);
        let id = id.parse().map_err(|_| NoCursor)?;
        Ok(Self { at, id })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_is_written(at: i64, id: u128) {
            let cursor = Cursor { at: UnixMillis(at), id: uuid::Uuid::from_u128(id) };
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn no_text_is_a_panic(text in "\\PC{0,60}") {
            let _ = text.parse::<Cursor>();
        }
    }
}
