//! Secrets leave a text before it is stored, indexed or logged. What goes to
//! the engine is never touched.

use std::{borrow::Cow, ops::Range, sync::Arc};

use regex::Regex;
use serde_json::{Map, Value};

#[cfg(test)]
mod tests;

/// Kinds, and the pattern whose first group is the secret, in the order they
/// are applied. Each begins with a literal, so that ordinary text costs a
/// search for literals; each takes the rest of the run it stands in, so that
/// what is left beside a mark is no new beginning.
const BUILT_IN: [(&str, &str); 7] = [
    // A block that was cut off takes the rest of the text: rather too much.
    (
        "private_key",
        r"(?s)(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\z))",
    ),
    // Up to the last @, since people forget to encode one. Quotes end it: in
    // JSON an address may follow a URL without a space.
    ("password", r#"://[^\s/:@\[\]"'<>`]*:([^\s/"'<>`]+)@"#),
    (
        "password",
        r#"(?i-u)authorization\\?["']?\s{0,8}[:=]\s{0,8}\\?["']?basic\s{1,8}([A-Z0-9._~+/-]{8,}=*)"#,
    ),
    (
        "bearer",
        r#"(?i-u)authorization\\?["']?\s{0,8}[:=]\s{0,8}\\?["']?bearer\s{1,8}([A-Z0-9._~+/-]{8,}=*)"#,
    ),
    ("bearer", r"(?i-u)bearer\s{1,8}([A-Z0-9._~+/-]{16,}=*)"),
    // A DID token of form B is no JWT but as good as one.
    (
        "jwt",
        r"(eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){2,}|did:(?:key:z[A-Za-z0-9]+|pkh:[a-z0-9]+:[A-Za-z0-9]+:[A-Za-z0-9]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)",
    ),
    // In JSON within a text a key may follow a line end written as \n.
    (
        "api_key",
        r"(?:(?-u:\b)|\\[nrt])(sk-[A-Za-z0-9_-]{16,}|gh[opsur]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|A[KS]IA[A-Z0-9]{16}(?-u:\b)|xox[abprs]-[A-Za-z0-9-]{10,}|ak_[A-Za-z0-9_-]{8}_[A-Za-z0-9_-]{43,})",
    ),
];

/// What a mark looks like, whatever its kind.
const MARK: &str = r"\[redacted:[a-z_]+\]";

/// Replaces secrets by `[redacted:<kind>]`: `bearer`, `jwt`, `api_key`,
/// `private_key`, `password`, `custom`. A clone costs a reference count.
#[derive(Clone, Debug)]
pub struct Redactor {
    rules: Arc<Rules>,
}

#[derive(Debug)]
struct Rules {
    built_in: Vec<Rule>,
    custom: Vec<Rule>,
    mark: Regex,
}

#[derive(Debug)]
struct Rule {
    pattern: Regex,
    /// The group that is the secret; 0 is the whole match.
    group: usize,
    mark: String,
}

impl Redactor {
    /// A redactor of the known forms and of every match of `extra`. Costs some
    /// milliseconds: make one and clone it.
    ///
    /// # Errors
    ///
    /// Names the pattern that is no regular expression, and says why.
    pub fn new(extra: &[String]) -> Result<Self, String> {
        let built_in = BUILT_IN
            .iter()
            .map(|(kind, pattern)| Rule::new(kind, pattern, 1));
        let custom = extra.iter().map(|pattern| Rule::new("custom", pattern, 0));
        let rules = Rules {
            built_in: built_in.collect::<Result<_, _>>()?,
            custom: custom.collect::<Result<_, _>>()?,
            mark: compile(MARK)?,
        };
        Ok(Self {
            rules: Arc::new(rules),
        })
    }

    /// `text` without its secrets; borrowed if it has none. A second time
    /// changes nothing, unless a pattern of the user's depends on what stands
    /// beside a match. Linear in the text: 1 µs a kB without secrets, 3 with many
    /// URLs.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for rule in &self.rules.built_in {
            text = rule.apply(text, &[]);
        }
        for rule in &self.rules.custom {
            let marks = self.rules.mark.find_iter(&text);
            let marks: Vec<_> = marks.map(|mark| mark.range()).collect();
            text = rule.apply(text, &marks);
        }
        text
    }

    /// Redacts every string in `value`, the names of members too. Of two names
    /// that become the same one stays.
    pub fn redact_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Cow::Owned(clean) = self.redact(text) {
                    *text = clean;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.redact_json(item)),
            Value::Object(members) => {
                members
                    .values_mut()
                    .for_each(|value| self.redact_json(value));
                self.redact_names(members);
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn redact_names(&self, members: &mut Map<String, Value>) {
        let is_secret = |name: &String| matches!(self.redact(name), Cow::Owned(_));
        if members.keys().any(is_secret) {
            let old = std::mem::take(members).into_iter();
            let renamed = old.map(|(name, value)| (self.redact(&name).into_owned(), value));
            members.extend(renamed);
        }
    }
}

impl Rule {
    fn new(kind: &str, pattern: &str, group: usize) -> Result<Self, String> {
        Ok(Self {
            pattern: compile(pattern)?,
            group,
            mark: format!("[redacted:{kind}]"),
        })
    }

    /// `text` with every secret of this kind replaced, except in `marks`.
    fn apply<'a>(&self, text: Cow<'a, str>, marks: &[Range<usize>]) -> Cow<'a, str> {
        // Looking for groups costs an allocation, which most texts do not need.
        if !self.pattern.is_match(&text) {
            return text;
        }
        let mut clean = String::new();
        let mut done = 0;
        let found = self.pattern.captures_iter(&text);
        for secret in found.filter_map(|found| found.get(self.group)) {
            if self.spares(secret.as_str()) || cuts(&secret.range(), marks) {
                continue;
            }
            clean.push_str(&text[done..secret.start()]);
            clean.push_str(&self.mark);
            done = secret.end();
        }
        if clean.is_empty() {
            return text;
        }
        clean.push_str(&text[done..]);
        Cow::Owned(clean)
    }

    fn spares(&self, secret: &str) -> bool {
        secret.is_empty() || secret == self.mark || is_words(secret)
    }
}

/// Whether what looks like an `sk-` key is a hyphenated name: `sk-learn-…`.
fn is_words(secret: &str) -> bool {
    let plain = |word: &str| word.len() < 20 && word.bytes().all(|b| b.is_ascii_lowercase());
    let words = secret.strip_prefix("sk-");
    words.is_some_and(|words| words.split(['-', '_']).all(plain))
}

/// Whether `found` is one of `marks` or takes only a part of one.
fn cuts(found: &Range<usize>, marks: &[Range<usize>]) -> bool {
    let first = marks.partition_point(|mark| mark.end <= found.start);
    let last = marks.partition_point(|mark| mark.start < found.end);
    let touched = marks.get(first..last).unwrap_or(&[]);
    let ends = touched.first().into_iter().chain(touched.last());
    ends.into_iter()
        .any(|mark| mark == found || mark.start < found.start || mark.end > found.end)
}

fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|error| {
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default();
        let reason = reason.trim_start_matches("error: ");
        format!("{pattern:?} is not a regular expression: {reason}")
    })
}
