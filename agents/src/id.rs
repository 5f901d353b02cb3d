//! Names of tasks and documents.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A task's or a document's id: 1 to 64 of `A-Z a-z 0-9 _ -`, which every uuid
/// is. So it can stand in a path or a header as it is, and cannot reach another
/// route than the one it was put in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub(crate) struct Id(String);

/// The text is no [`Id`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 64 letters, digits, `-` or `_`")]
pub(crate) struct NoId;

impl TryFrom<String> for Id {
    type Error = NoId;

    fn try_from(text: String) -> Result<Self, NoId> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(plain);
        fits.then_some(Self(text)).ok_or(NoId)
    }
}

impl Id {
    /// The id as a text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_leave_its_place_in_a_path() {
        assert!(Id::try_from("0198c0de-7000-7000-8000-000000000000".to_owned()).is_ok());
        for text in [
            "",
            ".",
            "..",
            "a/b",
            "a?b",
            "a%2e",
            "a b",
            "ä",
            &"a".repeat(65),
        ] {
            assert_eq!(Id::try_from(text.to_owned()), Err(NoId), "{text}");
        }
    }
}
