//! Counting tokens where the engine does not say how many there were.

use std::fmt;

use bpe_openai::{Tokenizer, cl100k_base, o200k_base};
use tiktoken_rs::tokenizer::{Tokenizer as Known, get_tokenizer};

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
            Known::Cl100kBase => Some(Self::Cl100k),
            Known::O200kBase | Known::O200kHarmony => Some(Self::O200k),
            _ => None,
        }
    }
}

/// A loaded vocabulary. A copy is a pointer.
#[derive(Clone, Copy)]
pub struct Counter {
    encoding: Encoding,
    vocabulary: &'static Tokenizer,
}

impl Counter {
    /// The counter of `encoding`. The first call costs 20 to 60 ms and 32 MB, which
    /// stay; later ones nothing. So: at start, not in a request.
    pub fn load(encoding: Encoding) -> Self {
        let vocabulary = match encoding {
            Encoding::Cl100k => cl100k_base(),
            Encoding::O200k => o200k_base(),
        };
        Self {
            encoding,
            vocabulary,
        }
    }

    /// Loads every vocabulary, so that no request pays for one, and gives the
    /// counter of `encoding`.
    pub fn load_all(encoding: Encoding) -> Self {
        let all = [Encoding::Cl100k, Encoding::O200k].map(Self::load);
        let [old, new] = all;
        match encoding {
            Encoding::Cl100k => old,
            Encoding::O200k => new,
        }
    }

    /// The counter for `model`: its own encoding where tiktoken knows the name,
    /// else this one.
    #[must_use]
    pub fn for_model(&self, model: &str) -> Self {
        Encoding::of_model(model).map_or(*self, Self::load)
    }

    /// The encoding it counts in.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Tokens in `text`, exactly as tiktoken counts them. The text of a special
    /// token (`<|endoftext|>`) is text like any other. Linear in the length: 15
    /// to 50 µs a kB, 200 ms for a hostile MB at most: above 16 KiB call it off the
    /// worker.
    pub fn count(&self, text: &str) -> u64 {
        self.vocabulary.count(text) as u64
    }

    /// Tokens in `text` if they are `limit` at most. Stops soon after the limit is
    /// passed: to learn that a MB is more than 1,000 tokens takes 0.1 ms, of one
    /// endless word 10.
    pub fn count_within(&self, text: &str, limit: u64) -> Option<u64> {
        // No text has more tokens than bytes, and its limit fits the machine.
        let limit = limit.min(text.len() as u64) as usize;
        let text = self.vocabulary.normalize(text);
        let count = self.vocabulary.count_till_limit(&text, limit)?;
        Some(count as u64)
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
    fn an_endless_run_of_anything_is_counted_and_not_a_panic() {
        for counter in [Encoding::Cl100k, Encoding::O200k].map(Counter::load) {
            for part in [" ", "\u{a0}", "\t ", "a", "!", "\n", "\u{301}"] {
                let text = part.repeat(200_000 / part.len()) + "x";
                let tokens = counter.count(&text);
                assert!((1..=text.len() as u64).contains(&tokens), "{part:?}");
                assert_eq!(
                    counter.count_within(&text, tokens),
                    Some(tokens),
                    "{part:?}"
                );
                assert_eq!(counter.count_within(&text, tokens - 1), None, "{part:?}");
            }
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

    /// What tiktoken itself counts.
    fn reference(encoding: Encoding, text: &str) -> u64 {
        let vocabulary = match encoding {
            Encoding::Cl100k => tiktoken_rs::cl100k_base_singleton(),
            Encoding::O200k => tiktoken_rs::o200k_base_singleton(),
        };
        vocabulary.count_ordinary(text) as u64
    }

    /// Prose, any characters, runs of one thing, and the text of special tokens.
    fn texts() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[ -~]{0,40}",
            "\\PC{0,40}",
            ("(\\s|[a-zA-Z0-9!'é誕\u{301}])", 1usize..300).prop_map(|(it, n)| it.repeat(n)),
            "[ \t\r\n\u{a0}]{0,9}",
            "<\\|(endoftext|fim_prefix|im_start)\\|>",
            "('s|'T|'LL|'d|\\d{1,9}|[A-Z][a-z]{0,5}){1,6}",
        ];
        prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn every_text_costs_what_it_costs_in_tiktoken(text in texts()) {
            for encoding in [Encoding::Cl100k, Encoding::O200k] {
                let counter = Counter::load(encoding);
                let tokens = reference(encoding, &text);
                prop_assert_eq!(counter.count(&text), tokens);
                prop_assert_eq!(counter.count_within(&text, tokens), Some(tokens));
                prop_assert_eq!(counter.count_within(&text, u64::MAX), Some(tokens));
                if let Some(less) = tokens.checked_sub(1) {
                    prop_assert_eq!(counter.count_within(&text, less), None);
                }
            }
        }

        #[test]
        fn no_text_costs_more_tokens_than_bytes(text in ".{0,64}") {
            let counter = Counter::load(Encoding::default());
            prop_assert!(counter.count(&text) <= text.len() as u64);
        }
    }
}
