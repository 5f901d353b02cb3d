//! Sums over records, by whatever they are to be told apart by.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

use super::UsageTable;
use crate::{
    adapters::database::{Database, Query, Sql},
    domain::time::UnixMillis,
};

/// Numbers of one statement. SQLite sorts a few records far faster than many, and
/// readers work on some at the same time.
const SLICE: i64 = 50_000;
const AT_ONCE: usize = 4;

const RANGE: &str = "
    select min(usage_no), max(usage_no) from usage_record where at >= $1 and at < $2";

/// `total` and not `sum`, which fails where it overflows; on a server it does not.
const NUMBERS: Sql = Sql::each(
    "count(*), cast(total(tokens_in) as integer), cast(total(tokens_out) as integer)
       from usage_record not indexed",
    "count(*), least(sum(tokens_in), 9223372036854775807)::bigint,
            least(sum(tokens_out), 9223372036854775807)::bigint
       from usage_record",
);

/// What records are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The user, of whichever issuer.
    User,
    /// The user's issuer.
    Issuer,
    /// The model that answered.
    Model,
    /// The engine.
    Engine,
    /// The project.
    Project,
    /// The session.
    Session,
    /// The task; `-` for none.
    Task,
    /// How it ended.
    Outcome,
    /// The day, as `2026-11-26`, UTC.
    Day,
    /// The hour, as `2026-11-26T14:00Z`.
    Hour,
}

/// What some records add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Records.
    pub calls: i64,
    /// Tokens of prompts.
    pub tokens_in: i64,
    /// Tokens of answers.
    pub tokens_out: i64,
}

impl Column {
    /// Every one there is.
    pub const ALL: [Self; 10] = [
        Self::User,
        Self::Issuer,
        Self::Model,
        Self::Engine,
        Self::Project,
        Self::Session,
        Self::Task,
        Self::Outcome,
        Self::Day,
        Self::Hour,
    ];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Issuer => "issuer",
            Self::Model => "model",
            Self::Engine => "engine",
            Self::Project => "project",
            Self::Session => "session",
            Self::Task => "task",
            Self::Outcome => "outcome",
            Self::Day => "day",
            Self::Hour => "hour",
        }
    }

    fn sql(self) -> &'static str {
        match self {
            Self::User => "user_id",
            Self::Issuer => "issuer",
            Self::Model => "model",
            Self::Engine => "engine",
            Self::Project => "project",
            Self::Session => "session_id",
            Self::Task => "coalesce(task_id, '-')",
            Self::Outcome => "outcome",
            // A number is made sooner than a date: a million times, that counts.
            Self::Day => "cast(at / 86400000 as text)",
            Self::Hour => "cast(at / 3600000 as text)",
        }
    }

    /// What `found` in the rows is to people.
    fn shown(self, found: String) -> String {
        let (ms, end) = match self {
            Self::Day => (86_400_000, ""),
            Self::Hour => (3_600_000, ":00Z"),
            _ => return found,
        };
        let at = found.parse().unwrap_or(0_i64).saturating_mul(ms);
        let digits = if self == Self::Day { 10 } else { 13 };
        let moment = UnixMillis(at).rfc3339_millis();
        format!("{}{end}", moment.get(..digits).unwrap_or(&moment))
    }
}

impl Sum {
    /// Adds `other`, up to the largest number there is.
    pub fn add(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.tokens_in = self.tokens_in.saturating_add(other.tokens_in);
        self.tokens_out = self.tokens_out.saturating_add(other.tokens_out);
    }

    /// Tokens of both.
    pub fn tokens(&self) -> i64 {
        self.tokens_in.saturating_add(self.tokens_out)
    }
}

impl UsageTable {
    /// Sums over the records from `since` to before `until`, by the values of
    /// `columns`, in their order. A million records take about a second.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn sums(
        &self,
        columns: &[Column],
        (since, until): (UnixMillis, UnixMillis),
    ) -> sqlx::Result<BTreeMap<Vec<String>, Sum>> {
        let range = self.db.query(RANGE).bind(since.0).bind(until.0);
        let (Some(first), Some(last)) = range.one::<(Option<i64>, Option<i64>)>().await? else {
            return Ok(BTreeMap::new());
        };
        let slices = (first..=last).step_by(SLICE as usize).map(|from| {
            let numbers = (from, last.min(from + SLICE - 1));
            slice(&self.db, columns, numbers, (since, until)).all()
        });
        let mut slices = stream::iter(slices).buffer_unordered(AT_ONCE);
        let mut sums = BTreeMap::<Vec<String>, Sum>::new();
        while let Some(rows) = slices.try_next().await? {
            for Keyed { found, sum } in rows {
                let key = columns.iter().zip(found);
                let key = key.map(|(column, found)| column.shown(found));
                sums.entry(key.collect()).or_default().add(&sum);
            }
        }
        Ok(sums)
    }
}

/// Words of ours alone.
fn slice<'d>(
    db: &'d Database,
    columns: &[Column],
    (from, to): (i64, i64),
    (since, until): (UnixMillis, UnixMillis),
) -> Query<'d> {
    let mut query = db.query("select ");
    for column in columns {
        query.push(column.sql()).push(", ");
    }
    query.push_each(NUMBERS).push(" where usage_no between ");
    query.push_bind(from).push(" and ").push_bind(to);
    query.push(" and at >= ").push_bind(since.0);
    query.push(" and at < ").push_bind(until.0);
    for number in 1..=columns.len() {
        query.push(if number == 1 { " group by " } else { ", " });
        query.push(&number.to_string());
    }
    query
}

/// A row: what it is told apart by, and its three numbers.
struct Keyed {
    found: Vec<String>,
    sum: Sum,
}

impl<'r, R> FromRow<'r, R> for Keyed
where
    R: Row,
    usize: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    Option<i64>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let keys = row.len().saturating_sub(3);
        let found = (0..keys).map(|at| row.try_get(at));
        let found = found.collect::<sqlx::Result<_>>()?;
        // Of no rows at all a sum is null.
        let number = |at| Ok::<i64, sqlx::Error>(row.try_get::<Option<i64>, _>(at)?.unwrap_or(0));
        let sum = Sum {
            calls: number(keys)?,
            tokens_in: number(keys + 1)?,
            tokens_out: number(keys + 2)?,
        };
        Ok(Self { found, sum })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_hours_are_dates() {
        let at = 1_700_000_000_004_i64;
        let day = Column::Day.shown((at / 86_400_000).to_string());
        let hour = Column::Hour.shown((at / 3_600_000).to_string());
        assert_eq!((&*day, &*hour), ("2023-11-14", "2023-11-14T22:00Z"));
    }
}
