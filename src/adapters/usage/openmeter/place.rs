//! The place among the records up to which OpenMeter has been told.

use std::sync::Arc;

use sqlx::{FromRow, Row as _, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use crate::{
    adapters::database::sqlite::{Sqlite, WriteError},
    domain::time::UnixMillis,
};

/// A moment that is farther away was written before a clock was set back, or is no
/// honest wish.
pub(super) const FAR_MS: i64 = 60_000;

const BEGIN: &str = "
    insert into openmeter (one, began_no, usage_no)
    select 1, newest, newest
      from (select coalesce(max(usage_no), 0) newest from usage_record) where true
        on conflict do nothing";

const PLACE: &str = "
    select usage_no, records, tokens_in, tokens_out, due_at from openmeter";

const NEWEST: &str = "select coalesce(max(usage_no), 0) from usage_record";

/// Records without tokens are passed over.
const ROWS: &str = "
    select usage_no, usage_id, at, issuer, user_id, model, tokens_in, tokens_out
      from usage_record
     where usage_no > ?1 and usage_no <= ?2 and (tokens_in > 0 or tokens_out > 0)
     order by usage_no limit ?3";

/// Of the newest thousands only, however many wait. What stands beside `max` is of
/// its row.
const OTHERS: &str = "
    select max(usage_no) usage_no, usage_id, at, issuer, user_id, model, tokens_in, tokens_out
      from (select * from usage_record
             where usage_no > ?1 and (tokens_in > 0 or tokens_out > 0)
             order by usage_no desc limit 5000)
     group by issuer, user_id, model order by 1 desc limit 8";

const MOVE: &str = "
    update openmeter set usage_no = ?1, records = ?2, tokens_in = ?3, tokens_out = ?4,
                         failures = 0, due_at = 0";

const SET_ASIDE: &str = "
    insert into openmeter_refused (usage_id, usage_no, said, at) values (?1, ?2, ?3, ?4)
        on conflict do nothing";

const SETTLE: &str = "
    update openmeter_refused set settled_at = ?2
     where settled_at is null and (?1 is null or usage_id = ?1)";

const TOLD: &str = "update openmeter set last_error = ?1, failed_at = ?2";

const FAILED: &str = "
    update openmeter set failures = failures + 1, due_at = ?1, last_error = ?2, failed_at = ?3";

const STANDING: &str = "
    select failures > 0 is_away, last_error, failed_at,
           (select coalesce(max(usage_no), 0) from usage_record) - usage_no waiting,
           (select count(*) from openmeter_refused where settled_at is null) refused
      from openmeter";

/// One statement, so that nothing moves while it is read.
const AUDIT: &str = "
    with told as (
        select u.*, r.usage_id is not null is_refused
          from openmeter o
          join usage_record u on u.usage_no > o.began_no and u.usage_no <= o.usage_no
                             and (u.tokens_in > 0 or u.tokens_out > 0)
          left join openmeter_refused r on r.usage_id = u.usage_id)
    select o.records, o.tokens_in, o.tokens_out, o.failures > 0, o.last_error,
           (select coalesce(max(usage_no), 0) from usage_record) - o.usage_no,
           (select count(*) from openmeter_refused where settled_at is null),
           (select count(*) from openmeter_refused),
           (select count(*) from told),
           (select cast(total(tokens_in) as integer) from told),
           (select cast(total(tokens_out) as integer) from told),
           (select count(*) from told where is_refused),
           (select cast(total(tokens_in) as integer) from told where is_refused),
           (select cast(total(tokens_out) as integer) from told where is_refused)
      from openmeter o";

/// Where it stands, and what was told up to there.
#[derive(Clone, Copy, Debug, FromRow)]
pub(super) struct Place {
    pub(super) usage_no: i64,
    records: i64,
    tokens_in: i64,
    tokens_out: i64,
    due_at: i64,
}

/// A record that is to be told.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Row {
    pub(super) usage_no: i64,
    pub(super) usage_id: String,
    pub(super) at: i64,
    pub(super) issuer: String,
    pub(super) user_id: String,
    pub(super) model: String,
    pub(super) tokens_in: i64,
    pub(super) tokens_out: i64,
}

/// A record that is not to be told any more, and what was said of it.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) usage_id: String,
    pub(super) usage_no: i64,
    pub(super) said: String,
}

/// How it stands, for whoever looks.
#[derive(Clone, Debug, FromRow)]
pub struct Standing {
    /// Records behind the place.
    pub waiting: i64,
    /// Records set aside that nobody has settled.
    pub refused: i64,
    /// Whether the last try failed.
    pub is_away: bool,
    /// The last thing that went wrong, also when it is over.
    pub last_error: Option<String>,
    /// When that was, in ms since the Unix epoch.
    pub failed_at: Option<i64>,
}

/// What was told, beside the rows that there are of it: records, tokens of prompts,
/// tokens of answers.
#[derive(Clone, Debug)]
pub struct Audit {
    /// What OpenMeter has taken.
    pub told: (i64, i64, i64),
    /// The rows up to the place.
    pub recorded: (i64, i64, i64),
    /// Those of them that were set aside.
    pub set_aside: (i64, i64, i64),
    /// Records behind the place.
    pub waiting: i64,
    /// Records set aside that nobody has settled.
    pub refused: i64,
    /// Records set aside, settled or not.
    pub all_refused: i64,
    /// Whether the last try failed.
    pub is_away: bool,
    /// The last thing that went wrong, also when it is over.
    pub last_error: Option<String>,
}

impl Audit {
    /// Whether what was told and what was set aside is what was recorded.
    pub fn is_even(&self) -> bool {
        let (told, aside, all) = (self.told, self.set_aside, self.recorded);
        told.0.saturating_add(aside.0) == all.0
            && told.1.saturating_add(aside.1) == all.1
            && told.2.saturating_add(aside.2) == all.2
    }
}

impl Place {
    /// Whether OpenMeter wants to be left alone at `now`.
    pub(super) fn rests(&self, now: UnixMillis) -> bool {
        (1..=FAR_MS).contains(&(self.due_at - now.0))
    }

    /// The same at `usage_no`, after `told` were told.
    pub(super) fn after(self, usage_no: i64, told: &[Row]) -> Self {
        let sum = |before: i64, of: fn(&Row) -> i64| {
            told.iter().map(of).fold(before, i64::saturating_add)
        };
        Self {
            usage_no,
            records: sum(self.records, |_| 1),
            tokens_in: sum(self.tokens_in, |row| row.tokens_in),
            tokens_out: sum(self.tokens_out, |row| row.tokens_out),
            due_at: 0,
        }
    }
}

/// Puts the place behind the newest record, if there is none yet; whether it did.
pub(super) async fn begin(db: &Sqlite) -> Result<bool, WriteError> {
    let begun = db.writer.write(|conn| {
        Box::pin(async move {
            let begun = sqlx::query(BEGIN).execute(conn).await?;
            Ok(begun.rows_affected() > 0)
        })
    });
    begun.await
}

pub(super) async fn read(readers: &SqlitePool) -> sqlx::Result<Place> {
    sqlx::query_as(PLACE).fetch_one(readers).await
}

/// The next `limit` records behind `place`, and where the last one is that there
/// was when they were read.
pub(super) async fn next(
    readers: &SqlitePool,
    place: i64,
    limit: usize,
) -> sqlx::Result<(Vec<Row>, i64)> {
    let newest: i64 = sqlx::query_scalar(NEWEST).fetch_one(readers).await?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = sqlx::query_as(ROWS).bind(place).bind(newest).bind(limit);
    Ok((rows.fetch_all(readers).await?, newest))
}

/// Records behind `place`, a few of the newest, each of another user or model: what
/// is wrong with one is hardly wrong with all of them.
pub(super) async fn others(readers: &SqlitePool, place: i64) -> sqlx::Result<Vec<Row>> {
    let rows = sqlx::query_as(OTHERS).bind(place);
    rows.fetch_all(readers).await
}

/// Moves on to `place`.
pub(super) async fn move_on(db: &Sqlite, place: Place) -> Result<(), WriteError> {
    let moved = db
        .writer
        .write(move |conn| Box::pin(async move { go(conn, place).await }));
    moved.await
}

/// Moves on to `place`, and sets aside what was refused there.
pub(super) async fn set_aside(
    db: &Sqlite,
    place: Place,
    refusal: Refusal,
    now: UnixMillis,
) -> Result<(), WriteError> {
    let refusal = Arc::new(refusal);
    let moved = db.writer.write(move |conn| {
        let refusal = refusal.clone();
        Box::pin(async move {
            keep(&mut *conn, &refusal, now).await?;
            go(conn, place).await
        })
    });
    moved.await
}

async fn go(conn: &mut SqliteConnection, place: Place) -> sqlx::Result<()> {
    let query = sqlx::query(MOVE).bind(place.usage_no).bind(place.records);
    let query = query.bind(place.tokens_in).bind(place.tokens_out);
    query.execute(conn).await.map(drop)
}

async fn keep(conn: &mut SqliteConnection, refusal: &Refusal, now: UnixMillis) -> sqlx::Result<()> {
    let query = sqlx::query(SET_ASIDE).bind(&refusal.usage_id);
    let query = query.bind(refusal.usage_no).bind(&refusal.said).bind(now.0);
    query.execute(&mut *conn).await?;
    let told = format!("refused {}; see usage_set_aside", refusal.usage_id);
    let query = sqlx::query(TOLD).bind(told).bind(now.0);
    query.execute(conn).await.map(drop)
}

/// Notes that the record `usage_id`, or whichever was set aside, is dealt with; how
/// many that are.
pub(super) async fn settle(
    db: &Sqlite,
    usage_id: Option<String>,
    now: UnixMillis,
) -> Result<u64, WriteError> {
    let settled = db.writer.write(move |conn| {
        let query = sqlx::query(SETTLE).bind(usage_id.clone()).bind(now.0);
        Box::pin(async move { Ok(query.execute(conn).await?.rows_affected()) })
    });
    settled.await
}

/// Notes why OpenMeter took nothing, and until when it wants to be left alone.
pub(super) async fn failed(
    db: &Sqlite,
    error: String,
    due_at: i64,
    now: UnixMillis,
) -> Result<(), WriteError> {
    let failed = db.writer.write(move |conn| {
        let query = sqlx::query(FAILED).bind(due_at).bind(error.clone());
        let query = query.bind(now.0);
        Box::pin(async move { query.execute(conn).await.map(drop) })
    });
    failed.await
}

/// How it stands; `None` if OpenMeter was never on.
pub(super) async fn standing(readers: &SqlitePool) -> sqlx::Result<Option<Standing>> {
    sqlx::query_as(STANDING).fetch_optional(readers).await
}

/// What was told beside what was recorded; `None` if OpenMeter was never on.
pub(super) async fn audit(readers: &SqlitePool) -> sqlx::Result<Option<Audit>> {
    let row = sqlx::query(AUDIT).fetch_optional(readers).await?;
    let read = |row: SqliteRow| {
        let three = |at: usize| {
            Ok::<_, sqlx::Error>((row.try_get(at)?, row.try_get(at + 1)?, row.try_get(at + 2)?))
        };
        Ok(Audit {
            told: three(0)?,
            is_away: row.try_get(3)?,
            last_error: row.try_get(4)?,
            waiting: row.try_get(5)?,
            refused: row.try_get(6)?,
            all_refused: row.try_get(7)?,
            recorded: three(8)?,
            set_aside: three(11)?,
        })
    };
    row.map(read).transpose()
}
