//! A picture is read in pieces of time, so that no statement takes long. All of them
//! read the index usage_at alone, in its order; the table is touched for ten rows.

use super::{Frame, SLOWEST, SlowCall};
use crate::{
    adapters::database::{Database, Query, Sql},
    domain::time::UnixMillis,
};

/// Records of a piece, about: some milliseconds of work. A few are sorted far faster
/// than many.
const RECORDS: i64 = 20_000;

const BEGIN: &str = "
    select at from usage_record where at >= $1 and at < $2 order by at desc limit 1 offset $3";

/// `total` and not `sum`, which fails where it overflows; on a server it does not.
const SUMS: Sql = Sql::each(
    "select at / $1, model, count(*), cast(total(tokens_in) as integer),
            cast(total(tokens_out) as integer) from usage_record",
    "select at / $1, model, count(*), least(sum(tokens_in), 9223372036854775807)::bigint,
            least(sum(tokens_out), 9223372036854775807)::bigint from usage_record",
);

const SLOWER: &str = "select duration_ms, usage_no from usage_record";

const WHOLE: &str = "
    select at, model, engine, duration_ms, first_byte_ms, tokens_in, tokens_out, task_id, outcome
      from usage_record where usage_no in (";

/// The sum of a model in a step: the step's number, the model, calls, tokens of prompts
/// and of answers.
pub(super) type Row = (i64, String, i64, i64, i64);
/// How long a call took, and its number.
pub(super) type Slow = (i64, i64);

/// A part of a frame.
pub(super) struct Piece(Frame);

impl Piece {
    /// The last piece of `frame` that ends before `until`.
    pub(super) async fn before(
        db: &Database,
        frame: &Frame,
        until: UnixMillis,
    ) -> sqlx::Result<Self> {
        let begin = db.query(BEGIN).bind(frame.since.0).bind(until.0);
        let begin: Option<i64> = begin.bind(RECORDS).optional_scalar().await?;
        Ok(Self(Frame {
            since: begin.map_or(frame.since, UnixMillis),
            until,
            ..frame.clone()
        }))
    }

    /// When it begins.
    pub(super) fn since(&self) -> UnixMillis {
        self.0.since
    }

    /// What it adds up to, by step and model.
    pub(super) async fn sums(&self, db: &Database) -> sqlx::Result<Vec<Row>> {
        let mut query = db.query(SUMS).bind(self.0.step_ms);
        self.limit(&mut query);
        query.push(" group by 1, 2");
        query.all().await
    }

    /// Adds its calls to the `slowest` there are so far, which are in order.
    pub(super) async fn slower(&self, db: &Database, slowest: &mut Vec<Slow>) -> sqlx::Result<()> {
        let mut query = db.query(SLOWER);
        self.limit(&mut query);
        if let Some((least, _)) = slowest.get(SLOWEST - 1) {
            query.push(" and duration_ms > ").push_bind(*least);
        }
        query.push(" order by duration_ms desc, at desc limit 10");
        slowest.extend(query.all::<Slow>().await?);
        // Stable: of two that took as long, the newer one stays first.
        slowest.sort_by_key(|(took, _)| -took);
        slowest.truncate(SLOWEST);
        Ok(())
    }

    fn limit(&self, query: &mut Query<'_>) {
        query.push(" where at >= ").push_bind(self.0.since.0);
        query.push(" and at < ").push_bind(self.0.until.0);
        if let Some(owner) = &self.0.owner {
            query.push(" and user_id = ").push_bind(&*owner.user);
            query.push(" and issuer = ").push_bind(&*owner.issuer);
        }
    }
}

/// The rows of these calls, the one that took longest first.
pub(super) async fn whole(db: &Database, calls: &[Slow]) -> sqlx::Result<Vec<SlowCall>> {
    if calls.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = db.query(WHOLE);
    for (nth, (_, number)) in calls.iter().enumerate() {
        query
            .push(if nth == 0 { "" } else { ", " })
            .push_bind(*number);
    }
    query.push(") order by duration_ms desc, at desc");
    query.all().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Owner;

    /// How a file reads what `end` finishes.
    async fn plan(db: &Database, piece: &Piece, sql: Sql, end: &str) -> String {
        let mut query = db.query("explain query plan ");
        if sql.texts()[0].contains("$1") {
            query = query.bind(1000);
        }
        query.push_each(sql);
        piece.limit(&mut query);
        query.push(end);
        let lines: Vec<(i64, i64, i64, String)> = query.all().await.unwrap();
        lines[0].3.clone()
    }

    #[tokio::test]
    async fn a_piece_is_read_from_its_index_alone() {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&folder.path().join("attach.db").into()).await;
        let db = db.unwrap();
        let index = "SEARCH usage_record USING COVERING INDEX usage_at (at>? AND at<?)";
        for owner in [None, Some(Owner::new("i", "ada"))] {
            let piece = Piece(Frame {
                owner,
                since: UnixMillis(1),
                until: UnixMillis(2),
                step_ms: 1000,
            });
            let slower = " order by duration_ms desc, at desc limit 10";
            let begin = " order by at desc limit 1 offset 9";
            for (sql, end) in [
                (SUMS, " group by 1, 2"),
                (Sql::same(SLOWER), slower),
                (Sql::same("select at from usage_record"), begin),
            ] {
                assert_eq!(plan(&db, &piece, sql, end).await, index, "{end}");
            }
        }
    }
}
