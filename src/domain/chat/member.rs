//! One member of a JSON object, read without trust: a wrong type is absence.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// A member as it is written; `None` if it is absent or `null`.
pub(in crate::domain) type Raw<'a> = Option<&'a RawValue>;

/// The text of a string; `None` for anything else. Borrowed unless it has
/// escapes. A string that is no text, half a surrogate pair, is given as
/// written, so that it still weighs something.
pub(in crate::domain) fn text(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    let whole = raw?.get();
    let inner = whole.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    let read = serde_json::from_str(whole);
    Some(read.map_or(Cow::Borrowed(inner), Cow::Owned))
}

/// A number that is not negative, its fraction cut, at most `u64::MAX`.
pub(in crate::domain) fn number(raw: Raw<'_>) -> Option<u64> {
    let digits = raw?.get();
    let float = || digits.parse::<f64>().ok().filter(|f| *f >= 0.0);
    digits.parse().ok().or_else(|| float().map(|f| f as u64))
}

/// `true` or `false`; `None` for anything else.
pub(in crate::domain) fn flag(raw: Raw<'_>) -> Option<bool> {
    raw?.get().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> &RawValue {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn strings_are_borrowed_unless_escaped() {
        assert!(matches!(
            text(Some(raw(r#""plain""#))),
            Some(Cow::Borrowed("plain"))
        ));
        assert_eq!(text(Some(raw(r#""a\n\u00e9""#))).as_deref(), Some("a\né"));
        assert_eq!(text(Some(raw(r#""\ud83d""#))).as_deref(), Some("\\ud83d"));
        assert_eq!(text(Some(raw("7"))), None);
    }

    #[test]
    fn numbers_are_whole_and_never_negative() {
        for (json, expected) in [
            ("7", Some(7)),
            ("7.9", Some(7)),
            ("1e400", Some(u64::MAX)),
            ("18446744073709551616", Some(u64::MAX)),
            ("-1", None),
            ("\"7\"", None),
            ("true", None),
        ] {
            assert_eq!(number(Some(raw(json))), expected, "{json}");
        }
    }
}
