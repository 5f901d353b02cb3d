//! Names of models, whole or by how they begin.

/// A model's name, or with `*` at its end the beginning of many. Upper and lower
/// case are the same: engines that take `Qwen3` for `qwen3` would offer a way round
/// a limit.
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
            Self::Exact(name) => name.eq_ignore_ascii_case(model),
            Self::Prefix(start) => {
                let begin = model.as_bytes().get(..start.len());
                begin.is_some_and(|begin| begin.eq_ignore_ascii_case(start.as_bytes()))
            }
        }
    }

    /// Whether there is a name that both mean.
    pub fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exact(name), any) | (any, Self::Exact(name)) => any.fits(name),
            (Self::Prefix(one), Self::Prefix(two)) => {
                one.starts_with(&**two) || two.starts_with(&**one)
            }
        }
    }
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
        ] {
            assert_eq!(pattern(text).fits(model), fits, "{text} {model}");
        }
        assert_eq!(Pattern::parse(" "), None);
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
        ] {
            assert_eq!(pattern(one).meets(&pattern(two)), meets, "{one} {two}");
            assert_eq!(pattern(two).meets(&pattern(one)), meets, "{two} {one}");
        }
    }
}
