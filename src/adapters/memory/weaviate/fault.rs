//! Why Weaviate did not do it, read from all the ways it says so.

use serde_json::Value;

use crate::adapters::clients::innermost;

/// How much of Weaviate's own words is kept, in bytes: it may quote what it was sent.
const WORDS: usize = 300;

/// Why Weaviate did not do it, in words for logs: no URL, no key, and nothing that
/// Weaviate says of an object or a query, as it may quote somebody's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing answered, or it broke off.
    #[error("Weaviate cannot be reached: {0}; start it, or set WEAVIATE_URL")]
    Unreachable(String),
    /// Nothing answered in time.
    #[error("Weaviate did not answer in time")]
    TooSlow,
    /// 401 or 403.
    #[error("Weaviate refused the key ({status}): {words}; set WEAVIATE_API_KEY")]
    Key {
        /// The status.
        status: u16,
        /// What it said.
        words: String,
    },
    /// Another status than success, or errors in an answer.
    #[error("Weaviate answered {status}: {}", told(*status, words))]
    Refused {
        /// The status.
        status: u16,
        /// What it said.
        words: String,
        /// When it may be asked again, if it said so, in ms.
        after_ms: Option<u64>,
    },
    /// Some events were not taken, though nothing is wrong with them.
    #[error("Weaviate cannot take some events now; see last_error in memory_outbox")]
    Ill,
    /// So many events are still there that were to be deleted.
    #[error("Weaviate did not delete {0} events")]
    Kept(u64),
    /// More than is read of an answer.
    #[error("Weaviate answered more than {0} bytes")]
    TooLong(usize),
    /// No answer of a Weaviate.
    #[error("Weaviate answered what cannot be read: {0}; look at WEAVIATE_URL")]
    Junk(String),
    /// The class there cannot be used.
    #[error("the class MemoryEvent of Weaviate cannot be used: {0}")]
    Class(String),
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

    /// What an answer with another status than success says.
    pub(super) fn answered(status: u16, after_ms: Option<u64>, body: &[u8]) -> Self {
        let words = words(body);
        match status {
            401 | 403 => Self::Key { status, words },
            _ => Self::Refused {
                status,
                words,
                after_ms,
            },
        }
    }

    /// Whether the request itself was refused, so that a smaller one may pass.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if matches!(status, 400 | 413 | 422))
    }

    /// Whether what was sent may be why, and not Weaviate alone.
    pub(super) fn may_be_a_batchs(&self) -> bool {
        match self {
            Self::Key { .. } | Self::Class(_) => false,
            Self::Refused { status, .. } => *status != 429,
            _ => true,
        }
    }

    /// What Weaviate said, for the event's own row alone.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Refused { status, words, .. } => format!("answered {status}: {words}"),
            fault => fault.to_string(),
        }
    }

    /// Whether a filter had no word that Weaviate looks for.
    pub(super) fn is_only_stopwords(&self) -> bool {
        matches!(self, Self::Refused { words, .. } if words.contains("only stopwords"))
    }

    /// Whether the class, or a property of it, is too new for queries.
    pub(super) fn is_unlearned(&self) -> bool {
        let words = match self {
            Self::Refused { words, .. } => words,
            _ => return false,
        };
        words.contains("Cannot query field") || words.contains("no graphql provider")
    }

    /// When it may be asked again, if it said so, in ms.
    pub fn after_ms(&self) -> Option<u64> {
        match self {
            Self::Refused { after_ms, .. } => *after_ms,
            _ => None,
        }
    }
}

/// What is told of an answer: words about Weaviate's own state alone.
fn told(status: u16, words: &str) -> &str {
    match status {
        429 | 503 => words,
        _ => "what it said is not shown, it may quote events",
    }
}

/// The words of an error: Weaviate's `{"error":[{"message"}]}`, its library's
/// `{"code","message"}`, or whatever else there is.
fn words(body: &[u8]) -> String {
    if body.is_empty() {
        return "nothing said".to_owned();
    }
    let said = serde_json::from_slice::<Value>(body).ok();
    let said = said.as_ref().and_then(|said| {
        let listed = messages(&said["error"]);
        listed.or_else(|| said["message"].as_str().map(str::to_owned))
    });
    cut(said.unwrap_or_else(|| "no words of a Weaviate".to_owned()))
}

/// The messages of a list of errors, if there are any.
pub(super) fn messages(errors: &Value) -> Option<String> {
    let messages = errors.as_array()?.iter();
    let messages: Vec<_> = messages.filter_map(|one| one["message"].as_str()).collect();
    (!messages.is_empty()).then(|| cut(messages.join("; ")))
}

/// One line of at most [`WORDS`] bytes.
fn cut(mut words: String) -> String {
    words.truncate(words.floor_char_boundary(WORDS));
    words.replace(char::is_control, " ")
}

/// Words of an object's error which say that Weaviate is ill, not the object.
const ILL: [&str; 14] = [
    "read-only",
    "read only",
    "disk",
    "memory pressure",
    "not enough memory",
    "deadline",
    "canceled",
    "connection",
    "no such host",
    "leader",
    "replica",
    "shutting down",
    "timeout",
    "timed out",
];

/// Whether an object's error is about Weaviate's own state: it will take the object
/// when it is well again.
pub(super) fn is_ill(words: &str) -> bool {
    let words = words.to_lowercase();
    ILL.iter().any(|ill| words.contains(ill))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_shapes_of_errors_are_read_and_none_too() {
        let list = br#"{"error":[{"message":"a"},{"message":"b"}]}"#;
        assert_eq!(words(list), "a; b");
        assert_eq!(words(br#"{"code":401,"message":"no key"}"#), "no key");
        assert_eq!(words(b""), "nothing said");
        for junk in [
            &b"<html>"[..],
            b"[]",
            b"7",
            b"{\"error\":[]}",
            b"{\"error\":\"x\"}",
        ] {
            assert_eq!(words(junk), "no words of a Weaviate");
        }
    }

    #[test]
    fn a_key_that_is_refused_is_named_and_other_refusals_are_not() {
        let fault = Fault::answered(401, None, br#"{"code":401,"message":"no"}"#);
        assert!(
            fault.to_string().contains("set WEAVIATE_API_KEY"),
            "{fault}"
        );
        assert!(!fault.is_refusal());
        assert!(Fault::answered(422, None, b"").is_refusal());
        for status in [404, 429, 500, 503] {
            assert!(!Fault::answered(status, None, b"").is_refusal());
        }
    }

    #[test]
    fn an_ill_weaviate_is_told_from_a_bad_object() {
        assert!(is_ill("store is read-only due to: disk usage too high"));
        assert!(is_ill("context deadline exceeded"));
        assert!(!is_ill(
            "invalid date property 'timestamp' on class 'MemoryEvent': requires a string with a RFC3339 formatted date"
        ));
    }

    proptest! {
        #[test]
        fn no_body_is_a_panic_or_a_long_text(body: Vec<u8>, text in "\\PC{0,2000}") {
            prop_assert!(words(&body).len() <= WORDS);
            let body = serde_json::json!({ "error": [{ "message": text }] });
            prop_assert!(words(body.to_string().as_bytes()).len() <= WORDS);
        }
    }
}
