//! Text in headers.

use crate::domain::time::UnixMillis;

/// `text` with `%` and every byte outside 0x21-0x7E percent-encoded, and nothing
/// else: `auth0|a` stays as it is.
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'%' | 0..=0x20 | 0x7f.. => encoded.push_str(&format!("%{byte:02X}")),
            plain => encoded.push(char::from(plain)),
        }
    }
    encoded
}

/// Whether `text` is one of the short words that may travel in a header of ours.
pub fn is_label(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    (1..=64).contains(&text.len()) && text.chars().all(plain)
}

/// The milliseconds from `now` that a `Retry-After` asks for, which is seconds or
/// a date; `None` for anything else.
pub fn retry_after_ms(value: &str, now: UnixMillis) -> Option<i64> {
    if let Ok(secs) = value.parse::<u32>() {
        return Some(i64::from(secs) * 1000);
    }
    let at = httpdate::parse_http_date(value).ok()?;
    let at = at.duration_since(std::time::UNIX_EPOCH).ok()?.as_millis();
    Some(i64::try_from(at).ok()?.saturating_sub(now.0).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_travel_is_encoded() {
        assert_eq!(percent_encoded("auth0|a"), "auth0|a");
        assert_eq!(percent_encoded("é %\n"), "%C3%A9%20%25%0A");
        assert!(is_label("team-a_1.x") && !is_label("a b") && !is_label("") && !is_label("ü"));
    }
}
