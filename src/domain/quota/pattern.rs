//! Names of models, whole or by how they begin.

use std::fmt;

/// A model's name, or with `*` at its end the beginning of many. What an engine takes
/// for one name is one here, else it would offer a way round a limit: upper and lower
/// case, and the ways in which Ollama has `big` written, `big:latest`, `library/big`
/// and `registry.ollama.ai/library/big`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The whole name.
    Exact(Box<str>),
    /// How it begins.
    Prefix(Box<str>),
}

impl Pattern {
    /// Reads `text`; `*` alone is every model, also the one that a call does not
    /// name. `None` for nothing at all.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        match text.strip_suffix('*') {
            Some(start) => Some(Self::Prefix(start.into())),
            None if text.is_empty() => None,
            None => Some(Self::Exact(text.into())),
        }
    }

    /// Whether `model` is meant; `""` is the model that a call does not name.
    pub fn fits(&self, model: &str) -> bool {
        match self {
            Self::Exact(name) => short(name).eq_ignore_ascii_case(short(model)),
            Self::Prefix(start) => is_begun(model, start),
        }
    }

    /// Whether there is a name that both mean.
    pub fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exact(name), any) | (any, Self::Exact(name)) => any.fits(name),
            (Self::Prefix(one), Self::Prefix(two)) => {
                let (one, two) = (homeless(one), homeless(two));
                one.starts_with(two) || two.starts_with(one)
            }
        }
    }
}

/// As it is written, in lower case.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(name) => f.write_str(name),
            Self::Prefix(start) => write!(f, "{start}*"),
        }
    }
}

/// Where Ollama looks for a model that does not say where it is from.
const REGISTRY: &str = "registry.ollama.ai/";
/// Whose it is, unless it says so.
const LIBRARY: &str = "library/";
/// Which one of that name it is, unless it says so.
const TAG: &str = ":latest";

/// `name` without what it means anyhow.
fn short(name: &str) -> &str {
    let name = homeless(name);
    let end = name.len().saturating_sub(TAG.len());
    match name.split_at_checked(end) {
        Some((short, tag)) if tag.eq_ignore_ascii_case(TAG) => short,
        _ => name,
    }
}

/// `name` without where Ollama looks for it anyhow.
fn homeless(name: &str) -> &str {
    let name = name.split_once("://").map_or(name, |(_, name)| name);
    let name = without(name, REGISTRY);
    let own = without(name, LIBRARY);
    if own.contains('/') { name } else { own }
}

fn without<'a>(name: &'a str, start: &str) -> &'a str {
    match name.split_at_checked(start.len()) {
        Some((begin, rest)) if begin.eq_ignore_ascii_case(start) => rest,
        _ => name,
    }
}

/// Whether a way to write `model` begins with `start`.
fn is_begun(model: &str, start: &str) -> bool {
    let model = short(model);
    if model.is_empty() {
        return start.is_empty();
    }
    let library = if model.contains('/') { "" } else { LIBRARY };
    let mut own = model.rsplit('/');
    let is_tagged = own.next().is_some_and(|own| own.contains(':'));
    let tag = if is_tagged { "" } else { TAG };
    let written = [
        ["", "", model, tag],
        ["", library, model, tag],
        [REGISTRY, library, model, tag],
    ];
    written.iter().any(|parts| do_begin(parts, start))
}

/// Whether `parts`, one after the other, begin with `start`.
fn do_begin(parts: &[&str], start: &str) -> bool {
    let mut letters = parts.iter().flat_map(|part| part.bytes());
    let mut is_next = |letter: u8| {
        letters
            .next()
            .is_some_and(|own| own.eq_ignore_ascii_case(&letter))
    };
    start.bytes().all(&mut is_next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    #[test]
    fn a_star_is_a_beginning_and_case_is_no_way_round() {
        for (text, model, fits) in [
            ("qwen3", "qwen3", true),
            ("qwen3", "Qwen3", true),
            ("qwen3", "qwen3:8b", false),
            ("Qwen*", "qwen3:8b", true),
            ("qwen*", "qwe", false),
            ("ü*", "u", false),
            ("*", "", true),
            ("qwen3", "", false),
            ("qwen*", "", false),
        ] {
            assert_eq!(pattern(text).fits(model), fits, "{text} {model}");
        }
        assert_eq!(Pattern::parse(" "), None);
    }

    #[test]
    fn no_way_to_write_a_model_is_a_way_round_its_limit() {
        for model in [
            "big",
            "Big:Latest",
            "library/big",
            "Library/big:latest",
            "registry.ollama.ai/library/big",
            "https://Registry.Ollama.ai/library/BIG:latest",
        ] {
            for text in [
                "big",
                "big:latest",
                "library/big",
                "big*",
                "big:*",
                "library/*",
                "registry.ollama.ai/l*",
            ] {
                assert!(pattern(text).fits(model), "{text} {model}");
            }
            for text in ["big:8b", "me/big", "me/*", "bigger*", "ollama/big"] {
                assert!(!pattern(text).fits(model), "{text} {model}");
            }
        }
        for (text, model, fits) in [
            ("library/*", "me/big", false),
            ("big*", "me/big", false),
            ("me/big", "registry.ollama.ai/me/big:latest", true),
            ("me/*", "registry.ollama.ai/me/big", true),
            ("big", "hub.example:80/library/big", false),
            ("hub.example:80/a/b:l*", "hub.example:80/a/b", true),
        ] {
            assert_eq!(pattern(text).fits(model), fits, "{text} {model}");
        }
    }

    #[test]
    fn two_patterns_meet_where_one_name_fits_both() {
        for (one, two, meets) in [
            ("a", "A", true),
            ("a", "b", false),
            ("ab*", "a*", true),
            ("ab*", "ac*", false),
            ("abc", "ab*", true),
            ("a", "ab*", false),
            ("*", "x", true),
            ("library/ab*", "a*", true),
            ("registry.ollama.ai/library/a", "a:latest", true),
        ] {
            assert_eq!(pattern(one).meets(&pattern(two)), meets, "{one} {two}");
            assert_eq!(pattern(two).meets(&pattern(one)), meets, "{two} {one}");
        }
    }
}
