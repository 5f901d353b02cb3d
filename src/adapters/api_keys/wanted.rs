//! What a key is to be, as people write it.

use crate::{config, domain::time::UnixMillis};

const MAX_NAME: usize = 100;
/// Days a key lasts at most, unless for ever.
const MAX_DAYS: u64 = 36_500;
const DAY_SECS: u64 = 86_400;

/// How long a key is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// So many milliseconds from when it is made.
    Millis(i64),
    /// Until it is revoked.
    Unlimited,
}

impl Lifetime {
    /// What is taken where nobody says.
    pub const USUAL: &str = "90d";

    /// Reads `90d`, `12h` or `never`.
    ///
    /// # Errors
    ///
    /// What to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self::Unlimited);
        }
        let has_unit = text.ends_with(|c: char| c.is_ascii_alphabetic());
        let span = config::span(text).filter(|_| has_unit);
        let span = span.filter(|span| span.as_secs() <= MAX_DAYS * DAY_SECS);
        let millis = span.and_then(|span| i64::try_from(span.as_millis()).ok());
        let wrong = || format!("write it as 90d or 12h, up to {MAX_DAYS}d; or never");
        millis.map(Self::Millis).ok_or_else(wrong)
    }

    /// When a key made at `now` ends, if it does.
    pub fn end(self, now: UnixMillis) -> Option<UnixMillis> {
        match self {
            Self::Millis(millis) => Some(now.plus(millis)),
            Self::Unlimited => None,
        }
    }
}

/// What a key is called, without the spaces around it.
///
/// # Errors
///
/// What is wrong with it.
pub fn name(text: &str) -> Result<String, String> {
    plain(text.trim(), MAX_NAME)
}

/// `text`, where it can be shown in one line.
///
/// # Errors
///
/// What is wrong with it.
pub fn plain(text: &str, limit: usize) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        return Err("it has control characters; leave them out".to_owned());
    }
    if text.chars().count() > limit {
        return Err(format!("it is longer than {limit} characters; shorten it"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_lasts_days_or_hours_or_for_ever() {
        let millis = |text| match Lifetime::parse(text) {
            Ok(Lifetime::Millis(millis)) => Some(millis),
            _ => None,
        };
        assert_eq!(millis("90d"), Some(7_776_000_000));
        assert_eq!(millis("12h"), Some(43_200_000));
        assert_eq!(millis("36500d"), Some(3_153_600_000_000));
        assert_eq!(Lifetime::parse("never"), Ok(Lifetime::Unlimited));
        assert!(Lifetime::parse(Lifetime::USUAL).is_ok());
        for bad in ["", "90", "0d", "-1d", "d", "1w", "36501d", "Never", "1.5h"] {
            assert!(Lifetime::parse(bad).is_err(), "{bad}");
        }
    }
}
