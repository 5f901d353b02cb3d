//! What a request is about, as memory is searched for it.

/// The most words that the gateway searches for at once.
const MAX_WORDS: usize = 32;
/// The longest word, in bytes: the gateway knows longer ones by their beginning.
const LONGEST: usize = 64;
/// The word that asks for earlier answers.
const REUSE: &str = "reuse";

/// The words of a request but for "reuse": at least one, each once, and never
/// more than the gateway searches for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Subject(Vec<String>);

impl Subject {
    /// The first words of `request`; `None` if it has none.
    pub(crate) fn of(request: &str) -> Option<Self> {
        let (mut words, mut room) = (Vec::<String>::new(), MAX_WORDS);
        for word in request.split(|c: char| !c.is_alphanumeric()).map(lowered) {
            if word.is_empty() || word == REUSE || words.contains(&word) {
                continue;
            }
            let cost = cost(&word);
            if cost > room {
                words.extend((room > 0).then(|| word.chars().take(room).collect()));
                break;
            }
            room -= cost;
            words.push(word);
        }
        (!words.is_empty()).then_some(Self(words))
    }

    /// The words as a value in an address, where letters and digits need no care.
    pub(crate) fn in_address(&self) -> String {
        self.0.join("+")
    }
}

/// Whether `request` has the word "reuse" in it. Part of a longer name, such as
/// `reuse_port`, it is no word.
pub(crate) fn asks_for_reuse(request: &str) -> bool {
    let mut words = request.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|word| word.eq_ignore_ascii_case(REUSE))
}

fn lowered(word: &str) -> String {
    let low = word.chars().flat_map(char::to_lowercase);
    let mut low: String = low.filter(|c| c.is_alphanumeric()).collect();
    if !low.contains(stands_alone) {
        low.truncate(low.floor_char_boundary(LONGEST));
    }
    low
}

/// How many words the gateway may make of `word`.
fn cost(word: &str) -> usize {
    match word.contains(stands_alone) {
        true => word.chars().count(),
        false => 1,
    }
}

/// Whether the script of `c` may put no spaces between words, so that one
/// character counts as a word. Hangul does put them.
fn stands_alone(c: char) -> bool {
    c >= '\u{e00}' && !('\u{ac00}'..='\u{d7af}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(request: &str) -> Vec<String> {
        Subject::of(request).map_or_else(Vec::new, |subject| subject.0)
    }

    #[test]
    fn reuse_is_a_word_in_any_case_and_no_part_of_one() {
        for request in ["reuse", "Please REUSE that", "sort (reuse!)", "re\nReuse."] {
            assert!(asks_for_reuse(request), "{request}");
        }
        for request in ["", "reused", "re-use", "SO_REUSEADDR", "set reuse_port"] {
            assert!(!asks_for_reuse(request), "{request}");
        }
    }

    #[test]
    fn a_subject_is_its_words_each_once() {
        let request = "Reuse: sort a list; SORT it & don't reuse_x";
        assert_eq!(words(request), ["sort", "a", "list", "it", "don", "t", "x"]);
        let subject = Subject::of("Größe #1?").unwrap();
        assert_eq!(subject.in_address(), "größe+1");
        assert_eq!(Subject::of("reuse!"), None);
    }

    #[test]
    fn a_subject_is_never_more_than_the_gateway_takes() {
        let many: String = (0..50).map(|n| format!("w{n} ")).collect();
        assert_eq!(words(&many).len(), 32);
        assert_eq!(words(&"x".repeat(100)), ["x".repeat(64)]);
        let han: String = ('\u{4e00}'..).take(50).collect();
        assert_eq!(
            words(&format!("sort {han} list")),
            ["sort", han.split_at(31 * 3).0]
        );
        assert_eq!(words("목록을 정렬하는 함수").len(), 3);
    }
}
