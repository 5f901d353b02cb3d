//! Sums and what they cost, in the order they are shown.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    adapters::usage::sums::{Column, Sum},
    domain::{
        id::Owner,
        price::{Cost, Prices},
        usage::user_label,
    },
};

/// What is shown.
pub(super) struct Report {
    /// What rows are told apart by.
    pub(super) by: Vec<Column>,
    pub(super) lines: Vec<Line>,
    /// What `--top` left out, and how many rows that is.
    pub(super) rest: Option<(usize, Tally)>,
    pub(super) total: Tally,
    /// Whether there are prices at all.
    pub(super) has_prices: bool,
    /// Models that have none, and their tokens.
    pub(super) unpriced: BTreeMap<String, i64>,
}

/// One row.
pub(super) struct Line {
    /// A word for each column.
    pub(super) key: Vec<String>,
    /// The issuer, where users are told apart.
    pub(super) issuer: Option<String>,
    pub(super) tally: Tally,
}

/// What some calls add up to, and cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) sum: Sum,
    pub(super) cost: Cost,
    /// Tokens of models without a price.
    pub(super) unpriced: i64,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.sum.add(&other.sum);
        self.cost.add_all(&other.cost);
        self.unpriced = self.unpriced.saturating_add(other.unpriced);
    }
}

/// Columns as they are asked of the rows: who is called the same at two issuers is
/// two people, and costs are by model.
pub(super) fn columns(by: &[Column], prices: &Prices) -> Vec<Column> {
    let mut columns = by.to_vec();
    if by.contains(&Column::User) && !by.contains(&Column::Issuer) {
        columns.push(Column::Issuer);
    }
    if !prices.is_empty() && !by.contains(&Column::Model) {
        columns.push(Column::Model);
    }
    columns
}

/// What `sums` of [`columns`] come to.
pub(super) fn report(
    by: &[Column],
    sums: BTreeMap<Vec<String>, Sum>,
    (home, prices): (&str, &Prices),
) -> Report {
    let columns = columns(by, prices);
    let user = columns.iter().position(|it| *it == Column::User);
    let (lines, unpriced) = lines(by, &columns, sums, (home, prices));
    let mut report = Report {
        by: by.to_vec(),
        total: whole(&lines),
        lines,
        rest: None,
        has_prices: !prices.is_empty(),
        unpriced,
    };
    bare_where_alone(&mut report, home, user);
    report.sort();
    report
}

/// A line for each of what `sums` of `columns` are told apart `by`, and the tokens of
/// models without a price.
fn lines(
    by: &[Column],
    columns: &[Column],
    sums: BTreeMap<Vec<String>, Sum>,
    (home, prices): (&str, &Prices),
) -> (Vec<Line>, BTreeMap<String, i64>) {
    let model = columns.iter().position(|it| *it == Column::Model);
    let mut grouped = BTreeMap::<(Vec<String>, Option<String>), Tally>::new();
    let mut unpriced = BTreeMap::new();
    for (found, sum) in sums {
        let model = model.and_then(|place| found.get(place));
        let tally = priced(sum, model, prices);
        if let (Some(model), 1..) = (model, tally.unpriced) {
            *unpriced.entry(model.clone()).or_insert(0) += tally.unpriced;
        }
        let key = key(by, columns, &found, home);
        grouped.entry(key).or_default().add(&tally);
    }
    let lines = grouped.into_iter();
    let lines = lines.map(|((key, issuer), tally)| Line { key, issuer, tally });
    (lines.collect(), unpriced)
}

/// What the values `found` are as a line's key, and who vouches for its user.
fn key(
    by: &[Column],
    columns: &[Column],
    found: &[String],
    home: &str,
) -> (Vec<String>, Option<String>) {
    let at = |wanted: Column| columns.iter().position(|column| *column == wanted);
    let mut key = found[..by.len()].to_vec();
    let issuer = at(Column::Issuer).and_then(|place| found.get(place));
    let (Some(place), Some(issuer)) = (at(Column::User), issuer) else {
        return (key, None);
    };
    key[place] = user_label(&Owner::new(&**issuer, &*found[place]), home);
    (key, Some(issuer.clone()))
}

fn priced(sum: Sum, model: Option<&String>, prices: &Prices) -> Tally {
    let mut tally = Tally::default();
    let price = model.and_then(|model| prices.of(model));
    match price {
        Some(price) => {
            let (tokens_in, tokens_out) = (sum.tokens_in, sum.tokens_out);
            let cost = price.cost(tokens_in.unsigned_abs(), tokens_out.unsigned_abs());
            tally.cost.add(&price.currency, cost);
        }
        None if prices.is_empty() => {}
        None => tally.unpriced = sum.tokens(),
    }
    tally.sum = sum;
    tally
}

fn whole(lines: &[Line]) -> Tally {
    let mut whole = Tally::default();
    lines.iter().for_each(|line| whole.add(&line.tally));
    whole
}

/// Where no issuer is configured and all users are of one, that one is home.
fn bare_where_alone(report: &mut Report, home: &str, user: Option<usize>) {
    let issuers = report
        .lines
        .iter()
        .filter_map(|line| line.issuer.as_deref());
    let issuers: BTreeSet<_> = issuers.filter(|it| !it.starts_with("did:")).collect();
    let (Some(user), "", 1) = (user, home, issuers.len()) else {
        return;
    };
    let end: String = issuers.iter().map(|issuer| format!("@{issuer}")).collect();
    for line in &mut report.lines {
        if let Some(bare) = line.key[user].strip_suffix(&end) {
            line.key[user] = bare.to_owned();
        }
    }
}

impl Report {
    /// Whether its rows are in the order of time.
    fn is_in_time(&self) -> bool {
        matches!(self.by.first(), Some(Column::Day | Column::Hour))
    }

    /// By time, else the most tokens first; alike by name.
    fn sort(&mut self) {
        let is_in_time = self.is_in_time();
        let most = |line: &Line| match is_in_time {
            true => 0,
            false => -line.tally.sum.tokens(),
        };
        self.lines
            .sort_by(|a, b| (most(a), &a.key, &a.issuer).cmp(&(most(b), &b.key, &b.issuer)));
    }

    /// Leaves the `top` rows with the most tokens.
    pub(super) fn cut(&mut self, top: usize) {
        if self.lines.len() <= top {
            return;
        }
        self.lines
            .sort_by_key(|line| std::cmp::Reverse(line.tally.sum.tokens()));
        let rest = self.lines.split_off(top);
        self.rest = Some((rest.len(), whole(&rest)));
        self.sort();
    }

    /// So many thousandths of all tokens, rounded.
    pub(super) fn share(&self, tally: &Tally) -> i64 {
        let (part, all) = (tally.sum.tokens(), self.total.sum.tokens());
        if all <= 0 {
            return 0;
        }
        let thousandths = (i128::from(part) * 2000 + i128::from(all)) / (2 * i128::from(all));
        i64::try_from(thousandths).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(rows: &[(&[&str], i64)]) -> BTreeMap<Vec<String>, Sum> {
        let row = |(key, tokens): &(&[&str], i64)| {
            let key = key.iter().map(|it| (*it).to_owned()).collect();
            let sum = Sum {
                calls: 1,
                tokens_in: *tokens,
                tokens_out: 0,
            };
            (key, sum)
        };
        rows.iter().map(row).collect()
    }

    fn keys(report: &Report) -> Vec<String> {
        report.lines.iter().map(|line| line.key.join(" ")).collect()
    }

    #[test]
    fn the_most_tokens_come_first_and_the_rest_is_one_row() {
        let rows = sums(&[(&["a"], 1), (&["b"], 3), (&["c"], 3), (&["d"], 2)]);
        let mut report = report(&[Column::Model], rows, ("", &Prices::default()));
        assert_eq!(keys(&report), ["b", "c", "d", "a"]);
        report.cut(2);
        assert_eq!(keys(&report), ["b", "c"]);
        let (count, rest) = report.rest.clone().unwrap();
        assert_eq!((count, rest.sum.tokens_in), (2, 3));
        assert_eq!(report.share(&rest), 333);
        assert_eq!(report.total.sum.tokens_in, 9);
    }

    #[test]
    fn time_goes_on_also_among_the_largest() {
        let rows = sums(&[
            (&["2026-11-24"], 1),
            (&["2026-11-25"], 2),
            (&["2026-11-26"], 3),
        ]);
        let mut report = report(&[Column::Day], rows, ("", &Prices::default()));
        report.cut(2);
        assert_eq!(keys(&report), ["2026-11-25", "2026-11-26"]);
    }

    #[test]
    fn two_people_of_one_name_are_two_rows() {
        let rows = || sums(&[(&["ada", "https://i"], 1), (&["ada", "https://j"], 1)]);
        let at_home = report(&[Column::User], rows(), ("https://i", &Prices::default()));
        assert_eq!(keys(&at_home), ["ada", "ada@https://j"]);
        let nowhere = report(&[Column::User], rows(), ("", &Prices::default()));
        assert_eq!(keys(&nowhere), ["ada@https://i", "ada@https://j"]);
        let alone = sums(&[(&["ada", "https://i"], 1), (&["did:key:z", "did:key:z"], 1)]);
        let alone = report(&[Column::User], alone, ("", &Prices::default()));
        assert_eq!(keys(&alone), ["ada", "did:key:z"]);
    }
}
