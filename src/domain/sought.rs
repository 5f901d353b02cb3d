//! What is searched for among tasks: words, each as it may be spelled.

use memchr::memmem;

/// The longest search, in characters and in words.
pub const MAX_SOUGHT: usize = 200;
/// Each word is a look at the whole of a text.
pub const MAX_WORDS: usize = 8;

/// Words that must all be there, in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought(Vec<Word>);

/// One of them, for texts whose A to Z were made a to z.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    /// As it may be spelled in a text: beyond ASCII as it is written, in lower case, in
    /// upper case, or with a capital.
    plain: Vec<String>,
    /// As those may be written inside a string of JSON.
    json: Vec<String>,
}

/// It cannot be searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write 1 to {MAX_SOUGHT} characters, {MAX_WORDS} words at most")]
pub struct NothingSought;

impl Sought {
    /// The words in `text`, which spaces separate.
    ///
    /// # Errors
    ///
    /// There are none or too many, or `text` is too long.
    pub fn parse(text: &str) -> Result<Self, NothingSought> {
        if text.chars().count() > MAX_SOUGHT {
            return Err(NothingSought);
        }
        let mut words: Vec<&str> = text.split_whitespace().collect();
        words.sort_unstable();
        words.dedup();
        if !(1..=MAX_WORDS).contains(&words.len()) {
            return Err(NothingSought);
        }
        Ok(Self(words.into_iter().map(Word::of).collect()))
    }

    /// Whether each of the words is in one of the `plain` texts, or in `json`.
    pub fn is_in(&self, plain: &[&str], json: &str) -> bool {
        let plain: Vec<_> = plain.iter().map(|text| text.to_ascii_lowercase()).collect();
        let json = json.to_ascii_lowercase();
        self.0.iter().all(|word| word.is_in(&plain, &json))
    }
}

impl Word {
    fn of(word: &str) -> Self {
        let cases = [word.to_lowercase(), word.to_uppercase(), capital(word)];
        let plain = distinct([word.to_owned()].into_iter().chain(cases));
        let json = plain.iter().flat_map(|text| [quoted(text), escaped(text)]);
        Self {
            json: distinct(json),
            plain,
        }
    }

    fn is_in(&self, plain: &[String], json: &str) -> bool {
        let mut texts = plain.iter();
        texts.any(|text| is_any_in(&self.plain, text)) || is_any_in(&self.json, json)
    }
}

fn is_any_in(spelled: &[String], text: &str) -> bool {
    let is_in = |word: &String| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    spelled.iter().any(is_in)
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.flat_map(char::to_lowercase)).collect()
}

fn distinct(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for text in texts {
        let text = text.to_ascii_lowercase();
        if !distinct.contains(&text) {
            distinct.push(text);
        }
    }
    distinct
}

/// As most write it in JSON, without the quotes around it.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    json[1..json.len() - 1].to_owned()
}

/// As those write it who write ASCII alone.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in quoted(text).chars() {
        if letter.is_ascii() {
            out.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            out += &format!("\\u{unit:04x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn word(text: &str) -> Word {
        let sought = Sought::parse(text).unwrap();
        assert_eq!(sought.0.len(), 1, "{text}");
        sought.0[0].clone()
    }

    #[test]
    fn a_word_of_ascii_has_one_spelling() {
        let sort = word("SoRt");
        assert_eq!(
            (sort.plain, sort.json),
            (vec!["sort".into()], vec!["sort".into()])
        );
    }

    #[test]
    fn other_letters_are_looked_for_in_both_cases_and_as_json_may_write_them() {
        let word = word("ärger");
        assert_eq!(word.plain, ["ärger", "Ärger"]);
        assert_eq!(word.json, ["ärger", r"\u00e4rger", "Ärger", r"\u00c4rger"]);
        let quote = Word::of("\"hi\"");
        assert_eq!(quote.json, [r#"\"hi\""#]);
        assert_eq!(Word::of("😀").json, ["😀", r"\ud83d\ude00"]);
    }

    #[test]
    fn words_count_once_and_nothing_is_no_search() {
        let sought = Sought::parse(" sort a  sort\tlist ").unwrap();
        assert_eq!(sought.0.len(), 3);
        for none in ["", "  ", &"x".repeat(201), "1 2 3 4 5 6 7 8 9"] {
            assert_eq!(Sought::parse(none), Err(NothingSought), "{none:?}");
        }
        assert!(Sought::parse(&"ä".repeat(200)).is_ok());
        assert!(Sought::parse("1 2 3 4 5 6 7 8 8").is_ok());
    }

    #[test]
    fn every_word_must_be_there_wherever_it_is() {
        let sought = Sought::parse("ÄRGER sort \"hi\"").unwrap();
        let json = r#"{"role":"hi","content":"say \"hi\""}"#;
        assert!(sought.is_in(&["Sort", "viel Ärger"], json));
        assert!(!sought.is_in(&["Sort", "viel"], json));
        assert!(!sought.is_in(&["Sort", "Ärger"], r#"{"role":"hi"}"#));
        assert!(
            Sought::parse("ärger")
                .unwrap()
                .is_in(&[], r#""\u00c4RGER""#)
        );
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_found_by_itself(text in "\\S{1,40}") {
            let (word, said) = (Word::of(&text), text.to_ascii_lowercase());
            prop_assert!(word.plain.contains(&said));
            let json = serde_json::to_string(&text).unwrap().to_ascii_lowercase();
            prop_assert!(word.json.iter().any(|spelled| json.contains(spelled)));
        }
    }
}
