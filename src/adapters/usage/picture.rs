//! What was used in a time, in steps, by one person or by all.

use std::time::Duration;

use sqlx::FromRow;
use tokio::time::timeout;

use super::{UsageTable, sums::Sum};
use crate::{
    adapters::database::{Query, Sql},
    domain::{id::Owner, time::UnixMillis},
};

/// Pictures that are drawn at once, and how long one waits for its turn: one of a
/// million records takes seconds, and others want to read too.
pub(super) const AT_ONCE: usize = 2;
const TURN: Duration = Duration::from_secs(5);

/// What each step and model adds up to; `total` and not `sum`, see
/// [`totals`](UsageTable::totals).
const FOUND: Sql = Sql::each(
    "with found as materialized (
         select at / $1 slot, model, count(*) calls, cast(total(tokens_in) as integer) tokens_in,
                cast(total(tokens_out) as integer) tokens_out from usage_record",
    "with found as materialized (
         select at / $1 slot, model, count(*) calls,
                least(sum(tokens_in), 9223372036854775807)::bigint tokens_in,
                least(sum(tokens_out), 9223372036854775807)::bigint tokens_out from usage_record",
);

/// A thousand models, the largest first, and steps in which fifty are told apart: a
/// call that was refused names whatever model it likes.
const TOLD: Sql = Sql::each(
    " group by 1, 2),
     models as materialized (
         select model, cast(total(calls) as integer) calls,
                cast(total(tokens_in) as integer) tokens_in,
                cast(total(tokens_out) as integer) tokens_out,
                total(tokens_in) + total(tokens_out) tokens
           from found group by model order by tokens desc, model limit 1000),
     largest as materialized (select model from models order by tokens desc, model limit 50)
     select -1 slot, model, calls, tokens_in, tokens_out from models
     union all
     select slot, case when model in (select model from largest) then model else 'other' end,
            cast(total(calls) as integer), cast(total(tokens_in) as integer),
            cast(total(tokens_out) as integer) from found group by 1, 2",
    " group by 1, 2),
     models as materialized (
         select model, sum(calls)::bigint calls,
                least(sum(tokens_in), 9223372036854775807)::bigint tokens_in,
                least(sum(tokens_out), 9223372036854775807)::bigint tokens_out,
                sum(tokens_in) + sum(tokens_out) tokens
           from found group by model order by tokens desc, model limit 1000),
     largest as materialized (select model from models order by tokens desc, model limit 50)
     select -1::bigint slot, model, calls, tokens_in, tokens_out from models
     union all
     select slot, case when model in (select model from largest) then model else 'other' end,
            sum(calls)::bigint, least(sum(tokens_in), 9223372036854775807)::bigint,
            least(sum(tokens_out), 9223372036854775807)::bigint from found group by 1, 2",
);

const SLOWEST: &str = "
    select at, model, engine, duration_ms, first_byte_ms, tokens_in, tokens_out, task_id, outcome
      from usage_record";

/// Which records are looked at.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Whose; `None` is everyone's.
    pub owner: Option<Owner>,
    /// From when, by the end of the call.
    pub since: UnixMillis,
    /// Until before when.
    pub until: UnixMillis,
    /// Milliseconds of a step; above 0.
    pub step_ms: i64,
}

/// What they add up to.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// Each model, the one with the most tokens first; a thousand at most.
    pub models: Vec<(String, Sum)>,
    /// Each step that has records, in the order of time, and each of the fifty
    /// largest models; the others are [`OTHER`](crate::domain::usage::OTHER).
    pub steps: Vec<(UnixMillis, String, Sum)>,
    /// The ten calls that took longest.
    pub slowest: Vec<SlowCall>,
}

/// One call that took long.
#[derive(Clone, Debug, FromRow)]
pub struct SlowCall {
    /// When it ended, in ms.
    pub at: i64,
    /// The model that answered.
    pub model: String,
    /// The engine.
    pub engine: String,
    /// From the request to the last byte, in ms.
    pub duration_ms: i64,
    /// To the first byte, in ms.
    pub first_byte_ms: i64,
    /// Tokens of the prompt.
    pub tokens_in: i64,
    /// Tokens of the answer.
    pub tokens_out: i64,
    /// The task it was made for.
    pub task_id: Option<String>,
    /// `finished`, `failed`, `cut` or `hung_up`.
    pub outcome: String,
}

/// A sum of a model: in a step, or with the step -1 in all.
type Row = (i64, String, i64, i64, i64);

impl UsageTable {
    /// Draws `frame`. For ten thousand records of one person among a million about
    /// 30 ms; everyone's million takes seconds.
    ///
    /// # Errors
    ///
    /// The database, or too many who ask at once.
    pub async fn picture(&self, frame: &Frame) -> sqlx::Result<Picture> {
        let turn = timeout(TURN, self.turns.acquire()).await;
        let _turn = turn.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let (sums, slowest) = tokio::try_join!(self.sums_of(frame), self.slowest(frame))?;
        let mut picture = Picture {
            slowest,
            ..Picture::default()
        };
        for (slot, model, calls, tokens_in, tokens_out) in sums {
            let sum = Sum {
                calls,
                tokens_in,
                tokens_out,
            };
            match slot {
                -1 => picture.models.push((model, sum)),
                slot => {
                    let at = UnixMillis(slot.saturating_mul(frame.step_ms));
                    picture.steps.push((at, model, sum));
                }
            }
        }
        picture.models.sort_by_key(|(_, sum)| -sum.tokens());
        picture.steps.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        Ok(picture)
    }

    async fn sums_of(&self, frame: &Frame) -> sqlx::Result<Vec<Row>> {
        let mut query = self.db.query(FOUND).bind(frame.step_ms);
        frame.limit(&mut query);
        query.push_each(TOLD);
        query.all().await
    }

    async fn slowest(&self, frame: &Frame) -> sqlx::Result<Vec<SlowCall>> {
        let mut query = self.db.query(SLOWEST);
        frame.limit(&mut query);
        query.push(" order by duration_ms desc, at desc limit 10");
        query.all().await
    }
}

impl Frame {
    fn limit(&self, query: &mut Query<'_>) {
        query.push(" where at >= ").push_bind(self.since.0);
        query.push(" and at < ").push_bind(self.until.0);
        if let Some(owner) = &self.owner {
            query.push(" and issuer = ").push_bind(&*owner.issuer);
            query.push(" and user_id = ").push_bind(&*owner.user);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::usage::OTHER;

    #[test]
    fn what_is_not_told_apart_has_the_name_it_has_everywhere() {
        let name = format!("else '{OTHER}' end");
        assert!(TOLD.texts().into_iter().all(|text| text.contains(&name)));
    }
}
