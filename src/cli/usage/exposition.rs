//! The token series of a `/metrics`, read from its text.

use std::collections::BTreeMap;

use metrics_exporter_prometheus::formatting::sanitize_label_value;

use crate::adapters::usage::prometheus::series::TOKENS;

/// What a `/metrics` shows of tokens.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// By user, model and direction.
    pub(super) tokens: BTreeMap<Key, u64>,
    /// Whether it shows other series as well, as only to `metrics:read`.
    pub(super) has_others: bool,
}

/// User, model, direction.
pub(super) type Key = (String, String, String);

/// What `text` shows; series that cannot be read are left out and counted.
pub(super) fn read(text: &str) -> (Shown, usize) {
    let mut shown = Shown::default();
    let mut unread = 0;
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some(rest) = line.strip_prefix(TOKENS) else {
            shown.has_others = true;
            continue;
        };
        match series(rest) {
            Some((key, value)) => {
                let tokens = shown.tokens.entry(key).or_default();
                *tokens = tokens.saturating_add(value);
            }
            None => unread += 1,
        }
    }
    (shown, unread)
}

/// What a reader of a `/metrics` makes of a label's `value`: of backslashes beside
/// others, quotes or line ends, whoever writes it loses some.
pub(super) fn as_shown(value: &str) -> String {
    let written = sanitize_label_value(value) + "\"";
    quoted(&written).map_or_else(|| value.to_owned(), |(read, _)| read)
}

/// `{user="…",…} 7`.
fn series(text: &str) -> Option<(Key, u64)> {
    let (mut user, mut model, mut direction) = (None, None, None);
    let mut rest = text.strip_prefix('{')?;
    while !rest.starts_with('}') {
        let (name, after) = rest.split_once("=\"")?;
        let (value, after) = quoted(after)?;
        match name.trim() {
            "user" => user = Some(value),
            "model" => model = Some(value),
            "direction" => direction = Some(value),
            _ => {}
        }
        rest = after.trim_start_matches([',', ' ']);
    }
    let value = rest.strip_prefix('}')?.split_whitespace().next()?;
    let value = value.parse().ok().or_else(|| whole(value))?;
    Some(((user?, model?, direction?), value))
}

/// A whole number that is written as a float.
fn whole(text: &str) -> Option<u64> {
    let number: f64 = text.parse().ok()?;
    let is_whole = number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number);
    is_whole.then_some(number as u64)
}

/// A label's value, its quote opened before, and what comes behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match chars.next()?.1 {
                'n' => '\n',
                other => other,
            }),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{adapters::usage::prometheus::Prometheus, domain::id::Owner};

    #[test]
    fn others_are_seen_and_what_cannot_be_read_is_counted() {
        let (shown, unread) = read("# HELP x\nattach_places_free 7\n");
        assert_eq!((shown.has_others, shown.tokens.len(), unread), (true, 0, 0));
        let text =
            "attach_usage_tokens_total{user=\"a\",direction=\"in\"} 7\nattach_usage_tokens_total 1";
        assert_eq!(read(text).1, 2);
    }

    proptest! {
        #[test]
        fn what_we_show_is_read_back(
            user in "[^\u{0}]{1,20}", model in "[^\u{0}]{1,20}", tokens in 1_u64..1 << 50
        ) {
            let series = Prometheus::new("i", 10);
            series.used(&Owner::new("i", &*user), &model, tokens, 0);
            let (shown, unread) = read(&series.render());
            prop_assert_eq!(unread, 0);
            prop_assume!(user != "other");
            let key = (as_shown(&user), as_shown(&model), "in".to_owned());
            prop_assert_eq!(shown.tokens.get(&key), Some(&tokens));
        }

        #[test]
        fn no_text_is_a_panic(text in "(attach_usage_tokens_total)?[{}\"\\\\=,a-z 0-9\n]{0,80}") {
            let _ = read(&text);
        }
    }
}
