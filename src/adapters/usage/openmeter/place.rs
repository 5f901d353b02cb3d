//! The place among the records up to which OpenMeter has been told.

use std::sync::Arc;

use sqlx::FromRow;

use crate::{
    adapters::database::{Conn, Database, Sql, WriteError, order::Order},
    domain::time::UnixMillis,
};

/// A moment that is farther away was written before a clock was set back, or is no
/// honest wish.
pub(super) const FAR_MS: i64 = 60_000;
/// How often it is tried to begin, half a second each, while inserts take long.
const TRIES: u32 = 20;

const BEGIN: &str = "
    insert into openmeter (one, began_no, usage_no)
    select 1, newest, newest
      from (select coalesce(max(usage_no), 0) newest from usage_record) n where true
        on conflict do nothing";

const BEGUN: &str = "select exists (select 1 from openmeter)";

const LATER: &str = "select exists (select 1 from usage_record where usage_no > $1)";

const PLACE: &str = "
    select usage_no, records, tokens_in, tokens_out, due_at from openmeter";

/// Records without tokens are passed over.
const ROWS: &str = "
    select usage_no, usage_id, at, issuer, user_id, model, tokens_in, tokens_out
      from usage_record
     where usage_no > $1 and usage_no <= $2 and (tokens_in > 0 or tokens_out > 0)
     order by usage_no limit $3";

/// Of the newest thousands only, however many wait.
const OTHERS: &str = "
    select usage_no, usage_id, at, issuer, user_id, model, tokens_in, tokens_out
      from (select n.*, row_number() over (partition by issuer, user_id, model
                                               order by usage_no desc) nth
              from (select * from usage_record
                     where usage_no > $1 and (tokens_in > 0 or tokens_out > 0)
                     order by usage_no desc limit 5000) n) o
     where nth = 1 order by usage_no desc limit 8";

/// From where it stood: another gateway may have moved it meanwhile.
const MOVE: &str = "
    update openmeter set usage_no = $1, records = $2, tokens_in = $3, tokens_out = $4,
                         failures = 0, due_at = 0
     where usage_no = $5";

const SET_ASIDE: &str = "
    insert into openmeter_refused (usage_id, usage_no, said, at) values ($1, $2, $3, $4)
        on conflict do nothing";

const SETTLE: &str = "
    update openmeter_refused set settled_at = $2
     where settled_at is null and ($1 is null or usage_id = $1)";

const TOLD: &str = "update openmeter set last_error = $1, failed_at = $2";

const FAILED: &str = "
    update openmeter set failures = failures + 1, due_at = $1, last_error = $2, failed_at = $3";

const STANDING: &str = "
    select failures > 0 is_away, last_error, failed_at,
           (select coalesce(max(usage_no), 0) from usage_record) - usage_no waiting,
           (select count(*) from openmeter_refused where settled_at is null) refused
      from openmeter";

macro_rules! audit {
    ($sum:literal, $end:literal) => {
        concat!(
            "with told as (
                 select u.*, r.usage_id is not null is_refused
                   from openmeter o
                   join usage_record u on u.usage_no > o.began_no and u.usage_no <= o.usage_no
                                      and (u.tokens_in > 0 or u.tokens_out > 0)
                   left join openmeter_refused r on r.usage_id = u.usage_id)
             select o.records told, o.tokens_in told_in, o.tokens_out told_out,
                    o.failures > 0 is_away, o.last_error,
                    (select coalesce(max(usage_no), 0) from usage_record) - o.usage_no waiting,
                    (select count(*) from openmeter_refused where settled_at is null) refused,
                    (select count(*) from openmeter_refused) all_refused,
                    (select count(*) from told) recorded,
                    (select ",
            $sum,
            "tokens_in",
            $end,
            " from told) recorded_in,
                    (select ",
            $sum,
            "tokens_out",
            $end,
            " from told) recorded_out,
                    (select count(*) from told where is_refused) aside,
                    (select ",
            $sum,
            "tokens_in",
            $end,
            " from told where is_refused) aside_in,
                    (select ",
            $sum,
            "tokens_out",
            $end,
            " from told where is_refused) aside_out
               from openmeter o"
        )
    };
}

/// One statement, so that nothing moves while it is read. What the two read each in
/// their way are the sums.
const AUDIT: Sql = Sql::each(
    audit!("cast(total(", ") as integer)"),
    audit!("least(coalesce(sum(", "), 0), 9223372036854775807)::bigint"),
);

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

/// Puts the place behind the newest record, if there is none yet; whether it did. The
/// first time only do others who write have to wait, and it for them.
pub(super) async fn begin(db: &Database) -> Result<bool, WriteError> {
    if db.query(BEGUN).scalar().await? {
        return Ok(false);
    }
    for _ in 1..TRIES {
        match begin_once(db).await {
            Err(error) if error.is_locked() => {}
            begun => return begun,
        }
    }
    begin_once(db).await
}

async fn begin_once(db: &Database) -> Result<bool, WriteError> {
    let begun = db.write(|mut conn| {
        Box::pin(async move {
            Order::Usage.hold(&mut conn).await?;
            Ok(conn.query(BEGIN).run().await? > 0)
        })
    });
    begun.await
}

pub(super) async fn read(db: &Database) -> sqlx::Result<Place> {
    db.query(PLACE).one().await
}

/// The next `limit` records behind `place`, and where the last one is that there
/// was when they were read: none comes before it any more.
pub(super) async fn next(
    db: &Database,
    place: i64,
    limit: usize,
) -> Result<(Vec<Row>, i64), WriteError> {
    let newest = newest(db, place).await?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = db.query(ROWS).bind(place).bind(newest).bind(limit);
    Ok((rows.all().await?, newest))
}

/// The last number that can be told; `place` while there is none behind it, or while
/// an insert takes long.
async fn newest(db: &Database, place: i64) -> Result<i64, WriteError> {
    let is_any: bool = db.query(LATER).bind(place).scalar().await?;
    if !is_any {
        return Ok(place);
    }
    match Order::Usage.settled(db).await {
        Err(error) if error.is_locked() => Ok(place),
        newest => newest,
    }
}

/// Records behind `place`, a few of the newest, each of another user or model: what
/// is wrong with one is hardly wrong with all of them.
pub(super) async fn others(db: &Database, place: i64) -> sqlx::Result<Vec<Row>> {
    db.query(OTHERS).bind(place).all().await
}

/// Moves on from the place `from` to `place`. Where another gateway has moved it
/// meanwhile, that stands: the records are told twice, and counted once.
pub(super) async fn move_on(db: &Database, from: i64, place: Place) -> Result<(), WriteError> {
    let moved = db
        .write(move |mut conn| Box::pin(async move { go(&mut conn, from, place).await.map(drop) }));
    moved.await
}

/// Moves on from the place `from` to `place`, and sets aside what was refused there.
pub(super) async fn set_aside(
    db: &Database,
    (from, place): (i64, Place),
    refusal: Refusal,
    now: UnixMillis,
) -> Result<(), WriteError> {
    let refusal = Arc::new(refusal);
    let moved = db.write(move |mut conn| {
        let refusal = refusal.clone();
        Box::pin(async move {
            if go(&mut conn, from, place).await? {
                keep(&mut conn, &refusal, now).await?;
            }
            Ok(())
        })
    });
    moved.await
}

/// Whether it stood there.
async fn go(conn: &mut Conn<'_>, from: i64, place: Place) -> sqlx::Result<bool> {
    let query = conn.query(MOVE).bind(place.usage_no).bind(place.records);
    let query = query.bind(place.tokens_in).bind(place.tokens_out);
    Ok(query.bind(from).run().await? > 0)
}

async fn keep(conn: &mut Conn<'_>, refusal: &Refusal, now: UnixMillis) -> sqlx::Result<()> {
    let query = conn.query(SET_ASIDE).bind(&refusal.usage_id);
    let query = query.bind(refusal.usage_no).bind(&refusal.said).bind(now.0);
    query.run().await?;
    let told = format!("refused {}; see usage_set_aside", refusal.usage_id);
    let query = conn.query(TOLD).bind(told).bind(now.0);
    query.run().await.map(drop)
}

/// Notes that the record `usage_id`, or whichever was set aside, is dealt with; how
/// many that are.
pub(super) async fn settle(
    db: &Database,
    usage_id: Option<String>,
    now: UnixMillis,
) -> Result<u64, WriteError> {
    let settled = db.write(move |mut conn| {
        let usage_id = usage_id.clone();
        Box::pin(async move { conn.query(SETTLE).bind(usage_id).bind(now.0).run().await })
    });
    settled.await
}

/// Notes why OpenMeter took nothing, and until when it wants to be left alone.
pub(super) async fn failed(
    db: &Database,
    error: String,
    due_at: i64,
    now: UnixMillis,
) -> Result<(), WriteError> {
    let failed = db.write(move |mut conn| {
        let error = error.clone();
        Box::pin(async move {
            let query = conn.query(FAILED).bind(due_at).bind(error).bind(now.0);
            query.run().await.map(drop)
        })
    });
    failed.await
}

/// How it stands; `None` if OpenMeter was never on.
pub(super) async fn standing(db: &Database) -> sqlx::Result<Option<Standing>> {
    db.query(STANDING).optional().await
}

#[derive(FromRow)]
struct AuditRow {
    told: i64,
    told_in: i64,
    told_out: i64,
    is_away: bool,
    last_error: Option<String>,
    waiting: i64,
    refused: i64,
    all_refused: i64,
    recorded: i64,
    recorded_in: i64,
    recorded_out: i64,
    aside: i64,
    aside_in: i64,
    aside_out: i64,
}

/// What was told beside what was recorded; `None` if OpenMeter was never on.
pub(super) async fn audit(db: &Database) -> sqlx::Result<Option<Audit>> {
    let row: Option<AuditRow> = db.query(AUDIT).optional().await?;
    Ok(row.map(|row| Audit {
        told: (row.told, row.told_in, row.told_out),
        is_away: row.is_away,
        last_error: row.last_error,
        waiting: row.waiting,
        refused: row.refused,
        all_refused: row.all_refused,
        recorded: (row.recorded, row.recorded_in, row.recorded_out),
        set_aside: (row.aside, row.aside_in, row.aside_out),
    }))
}
