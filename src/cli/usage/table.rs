//! Usage as people read it: a table, bars, sums at the bottom.

use super::{
    bars::{Bar, bars},
    report::{Report, Tally},
};
use crate::{
    adapters::usage::sums::Column,
    cli::table::{aligned, short},
    domain::time::UnixMillis,
};

/// Characters of a name at most.
const NAME: usize = 40;
/// Models without a price that are named.
const NAMED: usize = 5;

/// How wide, and whether colours are for anybody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paper {
    pub(super) width: usize,
    pub(super) has_colours: bool,
}

/// The whole of it, with a line end.
pub(super) fn text(report: &Report, range: (UnixMillis, UnixMillis), paper: Paper) -> String {
    let (since, until) = (range.0.rfc3339(), range.1.rfc3339());
    if report.lines.is_empty() {
        return format!("no usage from {since} to {until}\n");
    }
    let mut text = format!("usage from {since} to {until}\n\n");
    text += &aligned(&rows(report), report.by.len());
    text += "\n";
    let shown = report.lines.iter().map(|line| Bar {
        name: name(&line.key),
        size: line.tally.sum.tokens(),
        value: grouped(line.tally.sum.tokens()),
    });
    text += &bars(&shown.collect::<Vec<_>>(), paper);
    text + &footnote(report)
}

fn rows(report: &Report) -> Vec<Vec<String>> {
    let mut head: Vec<_> = report.by.iter().map(|it| it.name().to_owned()).collect();
    head.extend(["calls", "tokens in", "tokens out", "total", "share"].map(str::to_owned));
    if report.has_prices {
        head.push("cost".to_owned());
    }
    let mut rows = vec![head];
    for line in &report.lines {
        let key = line.key.iter().map(|word| short(word, NAME)).collect();
        rows.push(row(report, key, &line.tally));
    }
    if let Some((count, rest)) = &report.rest {
        rows.push(row(report, first(report, format!("({count} more)")), rest));
    }
    rows.push(row(
        report,
        first(report, "total".to_owned()),
        &report.total,
    ));
    rows
}

/// A key that says one thing.
fn first(report: &Report, word: String) -> Vec<String> {
    let empty = report.by.iter().skip(1).map(|_: &Column| String::new());
    std::iter::once(word).chain(empty).collect()
}

fn row(report: &Report, mut key: Vec<String>, tally: &Tally) -> Vec<String> {
    let share = report.share(tally);
    key.extend([
        grouped(tally.sum.calls),
        grouped(tally.sum.tokens_in),
        grouped(tally.sum.tokens_out),
        grouped(tally.sum.tokens()),
        format!("{}.{} %", share / 10, share % 10),
    ]);
    if report.has_prices {
        key.push(cost(tally));
    }
    key
}

/// Each currency for itself; a star says that some tokens have no price.
fn cost(tally: &Tally) -> String {
    let amounts = tally.cost.0.iter();
    let amounts: Vec<_> = amounts.map(|(name, sum)| format!("{sum} {name}")).collect();
    match (amounts.is_empty(), tally.unpriced > 0) {
        (true, true) => "unpriced".to_owned(),
        (true, false) => "-".to_owned(),
        (false, true) => format!("{} *", amounts.join(" + ")),
        (false, false) => amounts.join(" + "),
    }
}

fn footnote(report: &Report) -> String {
    if report.unpriced.is_empty() {
        return String::new();
    }
    let names = report.unpriced.keys().take(NAMED);
    let mut names: Vec<_> = names.map(|name| short(name, NAME)).collect();
    if report.unpriced.len() > NAMED {
        names.push(format!("{} more", report.unpriced.len() - NAMED));
    }
    let tokens = grouped(report.total.unpriced);
    let names = names.join(", ");
    format!("\n* {tokens} tokens have no price; add a [[price]] for {names}\n")
}

fn name(key: &[String]) -> String {
    let words: Vec<_> = key.iter().map(|word| short(word, NAME)).collect();
    words.join("  ")
}

/// With commas between the thousands.
pub(super) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    match number < 0 {
        true => format!("-{text}"),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_told_apart() {
        let of = |number| grouped(number);
        assert_eq!(
            [0, 999, 1000, -1_234_567].map(of),
            ["0", "999", "1,000", "-1,234,567"]
        );
    }
}
