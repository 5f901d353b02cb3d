//! Usage as programs read it.

use serde_json::{Map, Value, json};

use super::report::{Line, Report, Tally};
use crate::{adapters::usage::sums::Column, domain::time::UnixMillis};

/// One object: amounts are texts with every digit, as numbers would lose some.
pub(super) fn json(report: &Report, (since, until): (UnixMillis, UnixMillis)) -> Value {
    let names: Vec<_> = report.by.iter().map(|column| column.name()).collect();
    let rows: Vec<_> = report.lines.iter().map(|line| row(report, line)).collect();
    let rest = report.rest.as_ref().map(|(count, rest)| {
        let mut told = tally(report, rest);
        told.insert("rows".to_owned(), (*count).into());
        told
    });
    json!({
        "since": since.rfc3339_millis(),
        "until": until.rfc3339_millis(),
        "by": names,
        "rows": rows,
        "rest": rest,
        "total": tally(report, &report.total),
        "unpriced_models": report.unpriced.keys().collect::<Vec<_>>(),
    })
}

fn row(report: &Report, line: &Line) -> Map<String, Value> {
    let mut row = Map::new();
    for (column, word) in std::iter::zip(&report.by, &line.key) {
        row.insert(column.name().to_owned(), word.clone().into());
    }
    if let Some(issuer) = line
        .issuer
        .as_ref()
        .filter(|_| !report.by.contains(&Column::Issuer))
    {
        row.insert("issuer".to_owned(), issuer.clone().into());
    }
    row.extend(tally(report, &line.tally));
    row
}

fn tally(report: &Report, tally: &Tally) -> Map<String, Value> {
    let mut told = Map::new();
    let numbers = [
        ("calls", tally.sum.calls),
        ("tokens_in", tally.sum.tokens_in),
        ("tokens_out", tally.sum.tokens_out),
        ("tokens", tally.sum.tokens()),
    ];
    for (name, number) in numbers {
        told.insert(name.to_owned(), number.into());
    }
    let share = report.share(tally) as f64 / 1000.0;
    told.insert("share".to_owned(), share.into());
    if report.has_prices {
        let amounts = tally.cost.0.iter();
        let amounts = amounts.map(|(name, sum)| (name.clone(), Value::from(sum.exact())));
        told.insert("cost".to_owned(), Value::Object(amounts.collect()));
        told.insert("unpriced_tokens".to_owned(), tally.unpriced.into());
    }
    told
}
