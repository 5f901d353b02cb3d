//! Why OpenMeter did not take a batch.

use serde_json::Value;

use crate::adapters::clients::innermost;

/// How much of what it says is kept, in bytes.
const WORDS: usize = 300;
/// How long it is left alone where only a person can mend it, in ms.
const LONG_MS: i64 = 30_000;

/// Why OpenMeter did not take a batch, in words for logs: no URL, no key, and
/// nothing of what it says of a record, as it may quote somebody's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing answered, or it broke off.
    #[error("OpenMeter cannot be reached: {0}; look at OPENMETER_URL")]
    Unreachable(String),
    /// Nothing answered in time.
    #[error("OpenMeter did not answer in time")]
    TooSlow,
    /// 401 or 403.
    #[error("OpenMeter refused the key ({0}); set OPENMETER_API_KEY")]
    Key(u16),
    /// 404: there is no OpenMeter, or an older one.
    #[error("there are no events to be sent to (404); look at OPENMETER_URL")]
    NoPlace,
    /// Success, but none that events have there: it is another server.
    #[error("what answers is no OpenMeter ({0}); look at OPENMETER_URL")]
    Stranger(u16),
    /// Another status than success.
    #[error("OpenMeter answered {status}")]
    Answered {
        /// The status.
        status: u16,
        /// What it said, for the record's own row alone.
        words: String,
        /// When it may be asked again, if it said so, in ms.
        after_ms: Option<i64>,
    },
    /// It refuses each record alone, whichever it is.
    #[error("OpenMeter refuses every record ({0}); look at OPENMETER_URL and its meter")]
    Everything(u16),
}

/// What a refusal says of the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// One of its records cannot be read.
    Spoiled,
    /// It is too long.
    TooLong,
    /// Nothing: OpenMeter takes nothing now.
    Away,
}

impl Fault {
    /// Nothing came of asking. The innermost cause, as the outer ones repeat the URL.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TooSlow;
        }
        let innermost = innermost(error);
        let is_bare = innermost.downcast_ref::<reqwest::Error>().is_none();
        Self::Unreachable(match is_bare {
            true => innermost.to_string(),
            false => "the connection broke off".to_owned(),
        })
    }

    /// What an answer says that is not the success that was asked for.
    pub(super) fn answered(status: u16, after_ms: Option<i64>, body: &[u8]) -> Self {
        match status {
            401 | 403 => Self::Key(status),
            404 => Self::NoPlace,
            200..300 => Self::Stranger(status),
            _ => Self::Answered {
                status,
                words: words(body),
                after_ms,
            },
        }
    }

    pub(super) fn verdict(&self) -> Verdict {
        match self {
            Self::Answered { status: 413, .. } => Verdict::TooLong,
            Self::Answered {
                status: 400 | 422, ..
            } => Verdict::Spoiled,
            _ => Verdict::Away,
        }
    }

    /// What it said of a record, for the record's own row alone.
    pub(super) fn said(&self) -> String {
        match self {
            Self::Answered { status, words, .. } => format!("answered {status}: {words}"),
            fault => fault.to_string(),
        }
    }

    /// The status it answered with, if it did.
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::Answered { status, .. }
            | Self::Key(status)
            | Self::Stranger(status)
            | Self::Everything(status) => *status,
            Self::NoPlace => 404,
            Self::Unreachable(_) | Self::TooSlow => 0,
        }
    }

    /// When it may be asked again by its own word, in ms from now.
    pub(super) fn asked_ms(&self) -> Option<i64> {
        match self {
            Self::Answered { after_ms, .. } => *after_ms,
            _ => None,
        }
    }

    /// Whether it takes a person to mend it.
    pub fn is_lasting(&self) -> bool {
        matches!(
            self,
            Self::Key(_) | Self::NoPlace | Self::Stranger(_) | Self::Everything(_)
        )
    }

    /// How long it is to be left alone at least, in ms, if that is known.
    pub fn after_ms(&self) -> Option<u64> {
        let lasting = self.is_lasting().then_some(LONG_MS);
        self.asked_ms().or(lasting).map(i64::unsigned_abs)
    }
}

/// The words of a problem (RFC 9457): its `detail`, else its `title`.
fn words(body: &[u8]) -> String {
    let said = serde_json::from_slice::<Value>(body).ok();
    let part = |name: &str| said.as_ref()?[name].as_str().map(str::to_owned);
    let mut words = part("detail")
        .or_else(|| part("title"))
        .unwrap_or_else(|| "no words of an OpenMeter".to_owned());
    words.truncate(words.floor_char_boundary(WORDS));
    words.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_can_be_a_records_fault_is_laid_on_a_record() {
        let verdict = |status| Fault::answered(status, None, b"").verdict();
        assert_eq!(verdict(400), Verdict::Spoiled);
        assert_eq!(verdict(422), Verdict::Spoiled);
        assert_eq!(verdict(413), Verdict::TooLong);
        for status in [
            200, 201, 301, 302, 401, 402, 403, 404, 405, 408, 409, 415, 429, 500, 503,
        ] {
            assert_eq!(verdict(status), Verdict::Away, "{status}");
        }
    }

    #[test]
    fn who_must_be_mended_by_a_person_rests_long() {
        for status in [200, 201, 206, 401, 403, 404] {
            let fault = Fault::answered(status, Some(1), b"");
            assert_eq!(fault.after_ms(), Some(30_000));
            assert!(fault.is_lasting() && fault.to_string().contains("OPENMETER_"));
        }
        let busy = Fault::answered(429, Some(7_000), b"");
        assert_eq!(
            (busy.after_ms(), busy.asked_ms()),
            (Some(7_000), Some(7_000))
        );
        assert_eq!(Fault::answered(500, None, b"").after_ms(), None);
    }

    proptest! {
        #[test]
        fn no_body_is_a_panic_or_a_long_text(body: Vec<u8>, text in "\\PC{0,2000}") {
            prop_assert!(words(&body).len() <= WORDS);
            let body = serde_json::json!({ "title": "Bad Request", "detail": text }).to_string();
            prop_assert!(words(body.as_bytes()).len() <= WORDS);
            let fault = Fault::answered(400, None, body.as_bytes());
            prop_assert_eq!(fault.to_string(), "OpenMeter answered 400");
        }
    }
}
