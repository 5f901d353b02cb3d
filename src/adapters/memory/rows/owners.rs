//! Who has how much.

use sqlx::FromRow;

use crate::{
    adapters::{
        database::{Database, Sql},
        memory::{Holding, MemoryError, Total},
    },
    domain::{id::Owner, time::UnixMillis},
};

const HOLDINGS: &str = "
    select o.issuer, o.user_id, o.events, o.bytes,
           (select min(at) from memory_event where owner_no = o.owner_no) oldest,
           (select max(at) from memory_event where owner_no = o.owner_no) newest
      from memory_owner o
     where o.events > 0 and ($1 is null or o.user_id = $1)
     order by o.bytes desc, o.owner_no limit $2";

macro_rules! total {
    ($at:literal) => {
        concat!(
            "select count(*) people, cast(coalesce(sum(events), 0) as bigint) events,
                    cast(coalesce(sum(bytes), 0) as bigint) bytes,
                    (select min(",
            $at,
            ") from memory_event) oldest,
                    (select max(",
            $at,
            ") from memory_event) newest
               from memory_owner where events > 0"
        )
    };
}

/// As the indexes by age are.
const TOTAL: Sql = Sql::each(total!("at"), total!("at + 0"));

#[derive(FromRow)]
struct HoldingRow {
    issuer: String,
    user_id: String,
    events: i64,
    bytes: i64,
    oldest: i64,
    newest: i64,
}

#[derive(FromRow)]
struct TotalRow {
    people: i64,
    events: i64,
    bytes: i64,
    oldest: Option<i64>,
    newest: Option<i64>,
}

pub(in crate::adapters::memory) async fn holdings(
    db: &Database,
    user: Option<&str>,
    limit: u32,
) -> Result<Vec<Holding>, MemoryError> {
    let rows = db.query(HOLDINGS).bind(user).bind(limit);
    let rows: Vec<HoldingRow> = rows.all().await?;
    let holdings = rows.into_iter().map(|row| Holding {
        owner: Owner::new(row.issuer, row.user_id),
        events: row.events.unsigned_abs(),
        bytes: Some(row.bytes.unsigned_abs()),
        oldest: UnixMillis(row.oldest),
        newest: UnixMillis(row.newest),
    });
    Ok(holdings.collect())
}

pub(in crate::adapters::memory) async fn total(db: &Database) -> Result<Total, MemoryError> {
    let row: TotalRow = db.query(TOTAL).one().await?;
    Ok(Total {
        people: row.people.unsigned_abs(),
        events: row.events.unsigned_abs(),
        bytes: Some(row.bytes.unsigned_abs()),
        oldest: row.oldest.map(UnixMillis),
        newest: row.newest.map(UnixMillis),
    })
}
