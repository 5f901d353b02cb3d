//! The part of a text that shows why it was found.

use super::{query::Query, words::placed};

/// What stands before and after a word that was found.
const MARKS: [char; 2] = ['⟦', '⟧'];
/// About how much of a text is shown, in bytes, and how much of it before the
/// first word that was found.
const SHOWN: usize = 200;
const BEFORE: usize = 40;

/// The snippet of the last of `texts` that has words of `query`; of the last one
/// where none has.
pub fn of_texts<'a>(texts: impl Iterator<Item = &'a str>, query: &Query) -> String {
    let mut snippets: Vec<_> = texts.map(|text| snippet(text, query)).collect();
    let marked = snippets.iter().rposition(|it| it.contains(MARKS[0]));
    let place = marked.unwrap_or(snippets.len().saturating_sub(1));
    snippets.drain(..).nth(place).unwrap_or_default()
}

/// The stretch of `text` with the most words of `query`, each between `⟦` and
/// `⟧`; where others of these stand in the text, they become `[` and `]`. White
/// space becomes one space, what is left out `…`.
pub fn snippet(text: &str, query: &Query) -> String {
    let is_hit = |word: &str| query.words().iter().any(|wanted| wanted == word);
    let hits: Vec<_> = placed(text)
        .filter(|(_, word)| is_hit(word))
        .map(|(range, _)| range)
        .collect();
    let start = best(&hits).saturating_sub(BEFORE);
    let start = edge(text, text.floor_char_boundary(start));
    let end = text.floor_char_boundary(start.saturating_add(SHOWN));
    let mut shown = String::with_capacity(SHOWN + 64);
    if start > 0 {
        shown.push('…');
    }
    let mut at = start;
    for hit in hits
        .iter()
        .filter(|hit| hit.start >= start && hit.end <= end)
    {
        plain(&mut shown, &text[at..hit.start]);
        shown.push(MARKS[0]);
        plain(&mut shown, &text[hit.clone()]);
        shown.push(MARKS[1]);
        at = hit.end;
    }
    plain(&mut shown, text[at..end].trim_end());
    if end < text.trim_end().len() {
        shown.push('…');
    }
    shown
}

/// Where the window begins that holds the most hits.
fn best(hits: &[std::ops::Range<usize>]) -> usize {
    let room = SHOWN - BEFORE;
    let within = |first: usize| {
        let window = hits[first..].iter();
        let last = hits[first].start + room;
        window.take_while(|hit| hit.end <= last).take(64).count()
    };
    let first = (0..hits.len()).rev().max_by_key(|&first| within(first));
    first.map_or(0, |first| hits[first].start)
}

/// The next beginning of a word, if one is near.
fn edge(text: &str, start: usize) -> usize {
    if start == 0 {
        return 0;
    }
    let near = &text[start..text.floor_char_boundary(start + BEFORE / 2)];
    let space = near.char_indices().find(|(_, c)| c.is_whitespace());
    space.map_or(start, |(at, c)| start + at + c.len_utf8())
}

fn plain(shown: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            c if c.is_whitespace() && shown.ends_with(' ') => {}
            c if c.is_whitespace() => shown.push(' '),
            c if c == MARKS[0] => shown.push('['),
            c if c == MARKS[1] => shown.push(']'),
            c => shown.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str, query: &str) -> String {
        snippet(text, &Query::parse(query).unwrap())
    }

    #[test]
    fn a_space_of_several_bytes_is_left_out_whole() {
        let text = format!("{}\u{2000}{}", "é".repeat(60), "b".repeat(30) + " hit");
        assert!(shown(&text, "hit").contains("⟦hit⟧"));
    }

    #[test]
    fn hits_are_marked_and_white_space_is_one_space() {
        assert_eq!(
            shown("a  Rate\nlimiter ⟦x⟧", "rate LIMITER"),
            "a ⟦Rate⟧ ⟦limiter⟧ [x]"
        );
        assert_eq!(shown("nothing here", "rate"), "nothing here");
    }

    #[test]
    fn the_stretch_with_most_hits_is_shown() {
        let far = "word ".repeat(100);
        let text = format!("rate {far} rate limiter {far}");
        let got = shown(&text, "rate limiter");
        assert!(got.starts_with('…') && got.ends_with('…'), "{got}");
        assert!(got.contains("⟦rate⟧ ⟦limiter⟧"), "{got}");
        assert!(got.len() < 260, "{got}");
    }

    #[test]
    fn the_text_that_was_found_is_shown() {
        let shown =
            |texts: [&str; 2], query| of_texts(texts.into_iter(), &Query::parse(query).unwrap());
        assert_eq!(shown(["a plan", "the text"], "plan"), "a ⟦plan⟧");
        assert_eq!(shown(["a plan", "the plan"], "plan"), "the ⟦plan⟧");
        assert_eq!(shown(["a plan", "the ⟦text⟧"], "x"), "the [text]");
        let none = of_texts(std::iter::empty(), &Query::parse("x").unwrap());
        assert_eq!(none, "");
    }

    proptest! {
        #[test]
        fn any_text_can_be_shown(text in "(\\PC|\\s){0,600}", query in "[a-c]{1,3}") {
            let got = shown(&text, &query);
            prop_assert!(got.len() < 4 * SHOWN + 64);
            let opened = got.matches(MARKS[0]).count();
            prop_assert_eq!(opened, got.matches(MARKS[1]).count());
        }
    }
}
