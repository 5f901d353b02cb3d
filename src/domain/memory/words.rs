//! Words of a text, as they are searched for.

use std::borrow::Cow;

/// The longest word, in bytes: what is longer is known by its beginning.
const LONGEST: usize = 64;

/// The words of `text` in order, in lower case: runs of letters and digits, and
/// each character of scripts that put no spaces between words. A word has no
/// other character in it.
///
/// The index of memory holds what this gives: whoever changes it also empties
/// the index, in a migration.
pub fn words(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    runs(text).map(|(_, run)| lowered(run))
}

/// The same, each with the byte range it has in `text`.
pub fn placed(text: &str) -> impl Iterator<Item = (std::ops::Range<usize>, Cow<'_, str>)> {
    runs(text).map(|(start, run)| (start..start + run.len(), lowered(run)))
}

fn lowered(run: &str) -> Cow<'_, str> {
    let run = &run[..run.floor_char_boundary(LONGEST)];
    let is_low = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if run.bytes().all(is_low) {
        return Cow::Borrowed(run);
    }
    // A few letters become two characters, one of them a mark.
    let low = run.chars().flat_map(char::to_lowercase);
    Cow::Owned(low.filter(|c| c.is_alphanumeric()).collect())
}

fn runs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(char::is_alphanumeric)?;
        let rest = &text[start..];
        let first = rest.chars().next()?;
        let length = if stands_alone(first) {
            first.len_utf8()
        } else {
            let ends = |c: char| !c.is_alphanumeric() || stands_alone(c);
            rest.find(ends).unwrap_or(rest.len())
        };
        at = start + length;
        Some((start, &rest[..length]))
    })
}

/// Thai, Lao, Khmer, Kana and Han.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &str) -> Vec<String> {
        words(text).map(Cow::into_owned).collect()
    }

    #[test]
    fn words_are_letters_and_digits_in_lower_case() {
        assert_eq!(
            all("The rate-limiter's 2nd try: foo_bar()"),
            ["the", "rate", "limiter", "s", "2nd", "try", "foo", "bar"]
        );
        assert_eq!(all("ÄRGER Straße"), ["ärger", "straße"]);
        assert_eq!(all("日本の abc漢字"), ["日", "本", "の", "abc", "漢", "字"]);
        assert_eq!(all(" ,;\n"), [""; 0]);
        assert_eq!(all(&"x".repeat(100)), ["x".repeat(64)]);
    }

    proptest! {
        #[test]
        fn every_word_is_found_where_it_is_said_to_be(text in "\\PC{0,80}") {
            for (range, word) in placed(&text) {
                prop_assert!(!word.is_empty() && word.chars().all(char::is_alphanumeric));
                prop_assert_eq!(all(&text[range]), [word.into_owned()]);
            }
        }

        #[test]
        fn words_of_words_are_the_same_words(text in "\\PC{0,80}") {
            prop_assert_eq!(all(&all(&text).join(" ")), all(&text));
        }
    }
}
