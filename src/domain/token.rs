//! Counting tokens where the engine does not say how many there were.

use std::fmt;

use tiktoken_rs::{
    CoreBPE, cl100k_base_singleton, o200k_base_singleton,
    tokenizer::{Tokenizer, get_tokenizer},
};

/// White space in a row, in bytes, that is counted in one go. A million of it
/// overflows the regex stack of tiktoken, which then panics.
const SPACE_RUN_BYTES: usize = 65_536;

/// Which vocabulary counts (`QUOTA_ENCODING`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `cl100k_base`, the original's.
    #[default]
    Cl100k,
    /// `o200k_base`.
    O200k,
}

impl Encoding {
    /// The encoding of that name, spelled as tiktoken spells it.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Cl100k, Self::O200k]
            .into_iter()
            .find(|encoding| encoding.name() == name)
    }

    /// The name in configuration and in logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cl100k => "cl100k_base",
            Self::O200k => "o200k_base",
        }
    }

    /// The encoding a model is known to use, if it is one of the two. Harmony
    /// differs from `o200k_base` in special tokens only, which are text here.
    fn of_model(model: &str) -> Option<Self> {
        match get_tokenizer(model)? {
            Tokenizer::Cl100kBase => Some(Self::Cl100k),
            Tokenizer::O200kBase | Tokenizer::O200kHarmony => Some(Self::O200k),
            _ => None,
        }
    }
}

/// A loaded vocabulary. A copy is a pointer.
#[derive(Clone, Copy)]
pub struct Counter {
    encoding: Encoding,
    vocabulary: &'static CoreBPE,
}

impl Counter {
    /// The counter of `encoding`. The first call costs about 70 ms and 23 MB,
    /// which stay; later ones nothing. So: at start, not in a request.
    pub fn load(encoding: Encoding) -> Self {
        let vocabulary = match encoding {
            Encoding::Cl100k => cl100k_base_singleton(),
            Encoding::O200k => o200k_base_singleton(),
        };
        Self {
            encoding,
            vocabulary,
        }
    }

    /// The counter for `model`: its own encoding where tiktoken knows the name,
    /// else this one. Only the first known name of the other encoding pays for
    /// [`load`](Self::load).
    #[must_use]
    pub fn for_model(&self, model: &str) -> Self {
        Encoding::of_model(model).map_or(*self, Self::load)
    }

    /// The encoding it counts in.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Tokens in `text`. The text of a special token (`<|endoftext|>`) is text
    /// like any other. 40 to 60 µs a kB, up to half a second for a hostile MB:
    /// above 64 KiB call it off the worker. Exact, except that white space of
    /// more than 64 KiB in a row may cost one token more for each 64 KiB.
    pub fn count(&self, text: &str) -> u64 {
        let (mut tokens, mut start, mut spaces) = (0, 0, 0);
        if text.len() > SPACE_RUN_BYTES {
            for (at, found) in text.char_indices() {
                spaces = if found.is_whitespace() {
                    spaces + found.len_utf8()
                } else {
                    0
                };
                if spaces > SPACE_RUN_BYTES {
                    tokens += self.count_bounded(&text[start..at]);
                    (start, spaces) = (at, found.len_utf8());
                }
            }
        }
        tokens + self.count_bounded(&text[start..])
    }

    fn count_bounded(&self, text: &str) -> u64 {
        self.vocabulary.count_ordinary(text) as u64
    }
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Counter").field(&self.encoding).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_are_those_of_tiktoken() {
        let (old, new) = (
            Counter::load(Encoding::Cl100k),
            Counter::load(Encoding::O200k),
        );
        for (text, in_old, in_new) in [
            ("", 0, 0),
            ("hello world", 2, 2),
            ("tiktoken is great!", 6, 6),
            ("antidisestablishmentarianism", 6, 6),
            ("お誕生日おめでとう", 9, 8),
        ] {
            assert_eq!(
                (old.count(text), new.count(text)),
                (in_old, in_new),
                "{text}"
            );
        }
    }

    #[test]
    fn the_text_of_a_special_token_is_ordinary_text() {
        assert_eq!(Counter::load(Encoding::Cl100k).count("<|endoftext|>"), 7);
    }

    #[test]
    fn a_million_spaces_are_counted_and_not_a_panic() {
        let counter = Counter::load(Encoding::Cl100k);
        let exact = counter.count(&" ".repeat(60_000));
        for space in [" ", "\u{a0}", "\t \t"] {
            let text = space.repeat(1_200_000 / space.len()) + "x";
            assert!(counter.count(&text) >= exact, "{space:?}");
        }
    }

    #[test]
    fn a_known_model_picks_its_encoding_and_an_unknown_one_keeps_ours() {
        let counter = Counter::load(Encoding::Cl100k);
        let of = |model| counter.for_model(model).encoding();
        assert_eq!(of("gpt-4o"), Encoding::O200k);
        assert_eq!(of("gpt-oss-20b"), Encoding::O200k);
        assert_eq!(of("gpt-4-0314"), Encoding::Cl100k);
        assert_eq!(of("tinyllama"), Encoding::Cl100k);
        assert_eq!(of("text-davinci-003"), Encoding::Cl100k);
    }

    #[test]
    fn encodings_are_parsed_by_their_own_name_only() {
        for encoding in [Encoding::Cl100k, Encoding::O200k] {
            assert_eq!(Encoding::parse(encoding.name()), Some(encoding));
        }
        assert_eq!(Encoding::parse("cl100k"), None);
    }

    proptest! {
        #[test]
        fn no_text_costs_more_tokens_than_bytes(text in ".{0,64}") {
            let counter = Counter::load(Encoding::default());
            prop_assert!(counter.count(&text) <= text.len() as u64);
        }
    }
}
