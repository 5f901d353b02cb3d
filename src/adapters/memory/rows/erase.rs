//! Events leave: erased by their owner, or because they are old or too many.

use futures_util::TryStreamExt;
use serde_json::Value;
use sqlx::FromRow;

use super::{
    AGE, OwnerRow, clean_in_turn,
    fts::{self, Cut, Entry},
    index_words,
    read::{push_number, push_owner},
    turn,
};
use crate::{
    adapters::{
        database::{Conn, Database, Sql},
        memory::MemoryError,
    },
    domain::{id::Owner, time::UnixMillis},
};

/// How many events leave in one commit, and about how many bytes: others want to
/// write in between.
const EVENTS: i64 = 200;
const BYTES: usize = 256 * 1024;

/// A server's index looks after itself: there the texts need not be read.
const CHOSEN: Sql = Sql::each(
    "select e.memory_no, e.owner_no, e.title, e.text, e.bytes,
            e.memory_no <= max(o.indexed_no, (select indexed_no from memory_index)) is_indexed
       from memory_event e join memory_owner o on o.owner_no = e.owner_no ",
    "select e.memory_no, e.owner_no, null::text title, null::text text, e.bytes, false is_indexed
       from memory_event e join memory_owner o on o.owner_no = e.owner_no ",
);

/// What others are about to delete is waited for, and left to them.
const MINE: Sql = Sql::each("", " for update of e");

const DELETE: Sql = Sql::each(
    "delete from memory_event where memory_no in (select value from json_each($1))",
    "delete from memory_event
      where memory_no in (select value::bigint from json_array_elements_text($1::json))",
);

/// Has a server take the index of an owner's events, however many others have.
const BY_OWNER: Sql = Sql::each("", " order by e.at");

const ANY: &str = "
    select memory_no from memory_event
     where owner_no = (select owner_no from memory_owner where issuer = $1 and user_id = $2)
       and memory_no <= $3
     order by at limit 1";

const NOBODY: &str = "delete from memory_owner where issuer = $1 and user_id = $2 and events = 0";

const SIZE: &str = "select cast(coalesce(sum(bytes), 0) as bigint) from memory_owner";

#[derive(FromRow)]
struct Chosen {
    memory_no: i64,
    owner_no: i64,
    title: Option<String>,
    text: Option<String>,
    bytes: i64,
    is_indexed: bool,
}

impl Chosen {
    fn entry(&self) -> Entry {
        Entry {
            place: fts::place(self.owner_no, self.memory_no),
            words: index_words(self.title.as_deref(), self.text.as_deref()),
        }
    }
}

/// Which events go.
#[derive(Clone)]
enum Which {
    One(Owner, uuid::Uuid),
    /// All up to a number.
    All(Owner, i64),
    Before(UnixMillis),
    /// The oldest that take so many bytes.
    Oldest(i64),
}

impl Which {
    fn cut(&self) -> Cut {
        match self {
            Self::One(..) => Cut::One,
            Self::All(..) => Cut::Many,
            Self::Before(_) | Self::Oldest(_) => Cut::Old,
        }
    }
}

/// Erases one event of `owner`.
pub(in crate::adapters::memory) async fn erase(
    db: &Database,
    id: uuid::Uuid,
    owner: &Owner,
) -> Result<(), MemoryError> {
    let _turn = turn(db).await;
    match remove(db, Which::One(owner.clone(), id)).await? {
        0 => Err(MemoryError::NotFound),
        _ => clean_in_turn(db).await,
    }
}

/// Erases every event `owner` has at this moment; how many.
pub(in crate::adapters::memory) async fn erase_all(
    db: &Database,
    owner: &Owner,
) -> Result<u64, MemoryError> {
    let _turn = turn(db).await;
    let row = OwnerRow::of(db, owner).await?;
    let last = row.map_or(0, |row| row.last_no);
    let mut erased = 0;
    loop {
        match remove(db, Which::All(owner.clone(), last)).await? {
            // On a server others may have taken those away that were chosen.
            0 if db.is_shared() && is_any(db, owner, last).await? => {}
            0 => break,
            some => erased += some,
        }
    }
    forget(db, owner.clone()).await?;
    clean_in_turn(db).await?;
    Ok(erased)
}

async fn is_any(db: &Database, owner: &Owner, last: i64) -> sqlx::Result<bool> {
    let any = db.query(ANY).bind(&owner.issuer).bind(&owner.user);
    let found: Option<i64> = any.bind(last).optional_scalar().await?;
    Ok(found.is_some())
}

/// Forgets that there was an owner, who has nothing left.
async fn forget(db: &Database, owner: Owner) -> Result<(), MemoryError> {
    let written = db.write(move |mut conn| {
        let owner = owner.clone();
        Box::pin(async move {
            let nobody = conn.query(NOBODY).bind(&owner.issuer).bind(&owner.user);
            nobody.run().await.map(drop)
        })
    });
    Ok(written.await?)
}

/// Forgets some events from before `before`; how many.
pub(in crate::adapters::memory) async fn expire(
    db: &Database,
    before: UnixMillis,
) -> Result<u64, MemoryError> {
    remove(db, Which::Before(before)).await
}

/// Forgets some of the oldest events, if all together take more than
/// `max_bytes`; how many.
pub(in crate::adapters::memory) async fn shrink(
    db: &Database,
    max_bytes: u64,
) -> Result<u64, MemoryError> {
    let size: i64 = db.query(SIZE).scalar().await?;
    let over = size.saturating_sub_unsigned(max_bytes);
    if over <= 0 {
        return Ok(0);
    }
    remove(db, Which::Oldest(over)).await
}

async fn remove(db: &Database, which: Which) -> Result<u64, MemoryError> {
    let written = db.write(move |mut conn| {
        let which = which.clone();
        Box::pin(async move {
            let chosen = choose(&mut conn, &which).await?;
            if chosen.is_empty() {
                return Ok(0);
            }
            if let Conn::Sqlite(conn) = &mut conn {
                let indexed = chosen.iter().filter(|row| row.is_indexed);
                let entries: Vec<_> = indexed.map(Chosen::entry).collect();
                fts::cut_out(conn, &entries, which.cut()).await?;
            }
            let numbers: Value = chosen.iter().map(|row| row.memory_no).collect();
            conn.query(DELETE).bind(numbers.to_string()).run().await
        })
    });
    Ok(written.await?)
}

async fn choose(conn: &mut Conn<'_>, which: &Which) -> sqlx::Result<Vec<Chosen>> {
    let mut query = conn.query(CHOSEN);
    match which {
        Which::One(owner, id) => {
            query.push("where e.event_id = ").push_bind(id.to_string());
            push_owner(&mut query, owner);
        }
        Which::All(owner, last) => {
            query.push("where e.memory_no <= ").push_bind(*last);
            push_number(&mut query, owner);
            query.push_each(BY_OWNER);
        }
        Which::Before(before) => {
            query.push("where ").push_each(AGE).push(" < ");
            query.push_bind(before.0).push(" order by ").push_each(AGE);
        }
        Which::Oldest(_) => {
            query.push("order by ").push_each(AGE);
        }
    }
    query.push(" limit ").push_bind(EVENTS).push_each(MINE);
    let mut over = match *which {
        Which::Oldest(over) => over,
        _ => i64::MAX,
    };
    let mut rows = query.stream::<Chosen>();
    let (mut chosen, mut bytes) = (Vec::new(), 0);
    while over > 0 && bytes < BYTES {
        let Some(row) = rows.try_next().await? else {
            break;
        };
        over -= row.bytes;
        bytes += row.text.as_ref().map_or(0, String::len);
        chosen.push(row);
    }
    Ok(chosen)
}
