//! `http::browser::cookie::only`.

use attach_gateway::http::browser::cookie::only;
use bolero::check;

use crate::text;

const NAME: &str = "attach_session";

/// All the cookies of this name, by the plainest reading of RFC 6265.
fn all(text: &str) -> Vec<&str> {
    let pairs = text.split('\n').flat_map(|line| line.split(';'));
    let pairs = pairs.filter_map(|pair| pair.trim_matches([' ', '\t']).split_once('='));
    pairs
        .filter(|(name, _)| *name == NAME)
        .map(|(_, value)| value)
        .collect()
}

/// Taken if and only if there is one value, however often.
fn holds(text: &str) {
    let found = only(text.split('\n'), NAME);
    let mut values = all(text);
    values.dedup();
    assert_eq!(found, (values.len() == 1).then(|| values[0]), "{text:?}");
}

#[test]
fn cookie_text() {
    check!(name = "cookie_text").for_each(|bytes: &[u8]| holds(text(bytes)));
}

/// Pairs from a few words, so that names meet.
#[test]
fn cookie_made() {
    const WORDS: [&str; 8] = [
        NAME,
        "=",
        ";",
        " ",
        "a",
        "\n",
        "attach_session=a",
        "attach_session=b; ",
    ];
    check!(name = "cookie_made").for_each(|bytes: &[u8]| {
        let words = bytes.iter().map(|byte| WORDS[usize::from(byte % 8)]);
        holds(&words.collect::<String>());
    });
}
