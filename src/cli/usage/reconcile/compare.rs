//! Rows against series.

use std::collections::BTreeMap;

use crate::{cli::usage::exposition::Key, domain::usage::OTHER};

/// Tokens by user, model and direction.
pub(super) type Tokens = BTreeMap<Key, u64>;

/// A series that does not say what the rows do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) key: Key,
    /// What the rows said before the series were read, and after.
    pub(super) rows: (u64, u64),
    pub(super) shown: u64,
}

impl Difference {
    /// Whether rows may be on their way to the disk still.
    pub(super) fn is_ahead(&self) -> bool {
        self.shown > self.rows.1
    }
}

/// Where `shown` is not between the rows `before` and `after` it. Rows only grow, so
/// what was written meanwhile is no difference. Users and models without a series of
/// their own are compared in sum with the one they are folded into.
pub(super) fn compare(before: &Tokens, shown: &Tokens, after: &Tokens) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut folded = BTreeMap::<&str, Vec<(&Key, (u64, u64))>>::new();
    for (key, most) in after {
        let rows = (before.get(key).copied().unwrap_or(0), *most);
        match shown.get(key) {
            Some(value) => note(&mut found, key, rows, *value),
            None => folded.entry(&key.2).or_default().push((key, rows)),
        }
    }
    let strangers = shown.iter().filter(|(key, _)| !after.contains_key(*key));
    for (key, value) in strangers.filter(|(key, _)| key.0 != OTHER) {
        note(&mut found, key, (0, 0), *value);
    }
    for direction in ["in", "out"] {
        let key = (OTHER.to_owned(), OTHER.to_owned(), direction.to_owned());
        let rows = folded.remove(direction).unwrap_or_default();
        match shown.get(&key) {
            Some(value) => note(&mut found, &key, sum(&rows), *value),
            None => rows
                .iter()
                .for_each(|(key, rows)| note(&mut found, key, *rows, 0)),
        }
    }
    found
}

fn sum(rows: &[(&Key, (u64, u64))]) -> (u64, u64) {
    let add = |sum: (u64, u64), (_, rows): &(&Key, (u64, u64))| {
        (sum.0.saturating_add(rows.0), sum.1.saturating_add(rows.1))
    };
    rows.iter().fold((0, 0), add)
}

fn note(found: &mut Vec<Difference>, key: &Key, rows: (u64, u64), shown: u64) {
    if !(rows.0..=rows.1).contains(&shown) {
        found.push(Difference {
            key: key.clone(),
            rows,
            shown,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(rows: &[(&str, u64)]) -> Tokens {
        let row = |(user, tokens): &(&str, u64)| {
            let model = if *user == OTHER { OTHER } else { "m" };
            let key = ((*user).to_owned(), model.to_owned(), "in".to_owned());
            (key, *tokens)
        };
        rows.iter().map(row).collect()
    }

    /// Whose series differ.
    fn found(before: &[(&str, u64)], shown: &[(&str, u64)], after: &[(&str, u64)]) -> Vec<String> {
        let found = compare(&tokens(before), &tokens(shown), &tokens(after));
        found.into_iter().map(|it| it.key.0).collect()
    }

    #[test]
    fn what_was_written_meanwhile_is_no_difference() {
        let none: [&str; 0] = [];
        assert_eq!(found(&[("a", 1)], &[("a", 2)], &[("a", 3), ("b", 1)]), none);
        assert_eq!(found(&[("a", 1)], &[("a", 1)], &[("a", 3)]), none);
        assert_eq!(found(&[("a", 0)], &[], &[("a", 0)]), none);
    }

    #[test]
    fn too_much_and_too_little_are_differences() {
        assert_eq!(found(&[("a", 2)], &[("a", 1)], &[("a", 2)]), ["a"]);
        assert_eq!(found(&[("a", 2)], &[("a", 3)], &[("a", 2)]), ["a"]);
        assert_eq!(found(&[("a", 2)], &[], &[("a", 2)]), ["a"], "no series");
        assert_eq!(found(&[], &[("a", 2)], &[]), ["a"], "no rows");
    }

    #[test]
    fn what_is_folded_is_compared_in_sum() {
        let none: [&str; 0] = [];
        let rows = [("a", 2), ("b", 3), ("c", 4)];
        assert_eq!(found(&rows, &[("a", 2), (OTHER, 7)], &rows), none);
        assert_eq!(found(&rows, &[("a", 2), (OTHER, 6)], &rows), [OTHER]);
        assert_eq!(found(&rows, &[("a", 2), (OTHER, 8)], &rows), [OTHER]);
    }
}
