//! Where a browser goes once it is signed in: a place of ours, never another's.

use std::fmt::Write;

/// More does not fit into the cookie that keeps it.
const MAX_BYTES: usize = 1024;

/// It leads elsewhere, or might.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "return_to leads out of here; write a path that begins with one slash, of 1024 characters at most"
)]
pub struct Elsewhere;

/// A path of this gateway, with its query, fit for a Location header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Reads a path: one slash at the start, and nothing in it that a browser
    /// might take for two, not even after decoding it once.
    ///
    /// # Errors
    ///
    /// [`Elsewhere`].
    pub fn parse(text: &str) -> Result<Self, Elsewhere> {
        let decoded = decoded(text);
        let ok = is_ours(text.as_bytes()) && is_ours(&decoded);
        let path = encoded(text);
        (ok && path.len() <= MAX_BYTES)
            .then_some(Self(path))
            .ok_or(Elsewhere)
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ReturnTo {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

/// Browsers read `\` as `/`, and leave tabs and line ends out.
fn is_ours(path: &[u8]) -> bool {
    let text = String::from_utf8_lossy(path);
    text.starts_with('/') && !text.starts_with("//") && !text.contains(is_refused)
}

fn is_refused(c: char) -> bool {
    c == '\\' || c.is_control()
}

/// `text` with its percent signs read once.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let value = (*first == b'%').then(|| after.first_chunk::<2>().and_then(hex_pair));
        (rest, _) = match value.flatten() {
            Some(value) => (&after[2..], bytes.push(value)),
            None => (after, bytes.push(*first)),
        };
    }
    bytes
}

fn hex_pair(pair: &[u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()
}

/// `text` with whatever is not visible ASCII as percent signs.
fn encoded(text: &str) -> String {
    let mut path = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() {
            path.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    fn path(text: &str) -> Option<String> {
        ReturnTo::parse(text).ok().map(|path| path.0)
    }

    #[test]
    fn paths_of_ours_are_kept_as_they_are() {
        for text in ["/", "/?task=1&x=%20#a", "/a/b//c", "/%", "/%zz", "/a:b@c"] {
            assert_eq!(path(text).as_deref(), Some(text));
        }
        assert_eq!(path("/é b").as_deref(), Some("/%C3%A9%20b"));
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for text in [
            "",
            "a",
            "//a",
            "/\\a",
            "\\a",
            "https://a",
            "/%5Ca",
            "/%2Fa",
            "/%2fa",
            "%2F",
            "/\ta",
            "/%09/a",
            "/%0d%0aSet-Cookie:x",
            "/a\\b",
            "/\u{7f}",
            "/\u{85}a",
            "/%00",
            " /a",
        ] {
            assert_eq!(path(text), None, "{text:?}");
        }
        assert!(path(&format!("/{}", "a".repeat(1023))).is_some());
        assert!(path(&format!("/{}", "a".repeat(1024))).is_none());
        assert!(path(&format!("/{}", "é".repeat(200))).is_none());
    }

    proptest! {
        #[test]
        fn whatever_is_taken_stays_here(text in "(/|\\\\|\\t|%2f|%5c|\\.|:|@|a|é|\\?|#|%|//)*|/.*|.*") {
            if let Ok(path) = ReturnTo::parse(&text) {
                let base = Url::parse("https://gateway.example/auth/callback").unwrap();
                let to = base.join(path.as_str()).unwrap();
                prop_assert_eq!(to.origin(), base.origin());
                prop_assert!(path.as_str().bytes().all(|b| b.is_ascii_graphic()));
                prop_assert_eq!(ReturnTo::parse(path.as_str()), Ok(path.clone()));
            }
        }
    }
}
