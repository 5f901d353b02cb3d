//! Events leave: erased by their owner, or because they are old or too many.

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use sqlx::{FromRow, QueryBuilder, SqliteConnection};

use super::{
    clean::{Soiled, clean, soil},
    index_words, owner_row,
    read::push_owner,
    run,
};
use crate::{
    adapters::{database::sqlite::Sqlite, memory::MemoryError},
    domain::{id::Owner, time::UnixMillis},
};

/// How many events leave in one commit, and about how many bytes: others want to
/// write in between.
const EVENTS: i64 = 200;
const BYTES: usize = 256 * 1024;
/// SQLite's code for a file, or a table of its own making, that makes no sense.
const CORRUPT: i32 = 11;

const CHOSEN: &str = "
    select e.memory_no, e.title, e.text, e.bytes,
           (e.owner_no << 36) | e.memory_no place,
           e.memory_no <= max(o.indexed_no, (select indexed_no from memory_index)) is_indexed
      from memory_event e join memory_owner o on o.owner_no = e.owner_no ";

const CUT_OUT: &str = "
    insert into memory_word (memory_word, rowid, words)
    select 'delete', value ->> 0, value ->> 1 from json_each(?1) order by 2";

const DELETE: &str =
    "delete from memory_event where memory_no in (select value from json_each(?1))";

const THOROUGH: &str = "insert into memory_word (memory_word, rank) values ('secure-delete', ?1)";

const FORGET_INDEX: &str = "insert into memory_word (memory_word) values ('delete-all')";
const INDEX_ANEW: [&str; 2] = [
    "update memory_owner set indexed_no = 0",
    "update memory_index set indexed_no = 0",
];

const NOBODY: &str = "delete from memory_owner where issuer = ?1 and user_id = ?2 and events = 0";

const SIZE: &str = "select ifnull(sum(bytes), 0) from memory_owner";

#[derive(FromRow)]
struct Chosen {
    memory_no: i64,
    place: i64,
    title: Option<String>,
    text: Option<String>,
    bytes: i64,
    is_indexed: bool,
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
    fn is_erased(&self) -> bool {
        matches!(self, Self::One(..) | Self::All(..))
    }
}

/// Erases one event of `owner`.
pub(in crate::adapters::memory) async fn erase(
    db: &Sqlite,
    id: uuid::Uuid,
    owner: &Owner,
) -> Result<(), MemoryError> {
    let _turn = db.heavy.acquire().await;
    match remove(db, Which::One(owner.clone(), id)).await? {
        0 => Err(MemoryError::NotFound),
        _ => clean(db).await,
    }
}

/// Erases every event `owner` has at this moment; how many.
pub(in crate::adapters::memory) async fn erase_all(
    db: &Sqlite,
    owner: &Owner,
) -> Result<u64, MemoryError> {
    let _turn = db.heavy.acquire().await;
    let row = owner_row(&db.readers, owner).await?;
    let last = row.map_or(0, |row| row.last_no);
    let mut erased = 0;
    loop {
        match remove(db, Which::All(owner.clone(), last)).await? {
            0 => break,
            some => erased += some,
        }
    }
    forget(db, owner.clone()).await?;
    clean(db).await?;
    Ok(erased)
}

/// Forgets that there was an owner, who has nothing left.
async fn forget(db: &Sqlite, owner: Owner) -> Result<(), MemoryError> {
    let written = db.writer.write(move |conn| {
        let owner = owner.clone();
        Box::pin(async move {
            sqlx::query(NOBODY)
                .bind(&*owner.issuer)
                .bind(&*owner.user)
                .execute(conn)
                .await
        })
    });
    Ok(written.await.map(drop)?)
}

/// Forgets some events from before `before`; how many.
pub(in crate::adapters::memory) async fn expire(
    db: &Sqlite,
    before: UnixMillis,
) -> Result<u64, MemoryError> {
    remove(db, Which::Before(before)).await
}

/// Forgets some of the oldest events, if all together take more than
/// `max_bytes`; how many.
pub(in crate::adapters::memory) async fn shrink(
    db: &Sqlite,
    max_bytes: u64,
) -> Result<u64, MemoryError> {
    let size: i64 = sqlx::query_scalar(SIZE).fetch_one(&db.readers).await?;
    let over = size.saturating_sub_unsigned(max_bytes);
    if over <= 0 {
        return Ok(0);
    }
    remove(db, Which::Oldest(over)).await
}

async fn remove(db: &Sqlite, which: Which) -> Result<u64, MemoryError> {
    let written = db.writer.write(move |conn| {
        let which = which.clone();
        Box::pin(async move {
            let chosen = choose(conn, &which).await?;
            if chosen.is_empty() {
                return Ok(0);
            }
            cut_out(conn, &chosen, &which).await?;
            let numbers: Value = chosen.iter().map(|row| row.memory_no).collect();
            run(conn, DELETE, numbers.to_string()).await
        })
    });
    Ok(written.await?)
}

async fn choose(conn: &mut SqliteConnection, which: &Which) -> sqlx::Result<Vec<Chosen>> {
    let mut query = QueryBuilder::<sqlx::Sqlite>::new(CHOSEN);
    match which {
        Which::One(owner, id) => {
            query.push("where e.event_id = ").push_bind(id.to_string());
            push_owner(&mut query, owner);
        }
        Which::All(owner, last) => {
            query.push("where e.memory_no <= ").push_bind(*last);
            push_owner(&mut query, owner);
        }
        Which::Before(before) => {
            query.push("where e.at < ").push_bind(before.0);
            query.push(" order by e.at");
        }
        Which::Oldest(_) => {
            query.push("order by e.at");
        }
    }
    query.push(" limit ").push_bind(EVENTS);
    let mut over = match *which {
        Which::Oldest(over) => over,
        _ => i64::MAX,
    };
    let mut rows = query.build_query_as::<Chosen>().fetch(conn);
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

/// Takes the words of these events out of the index, if they are in it: at once
/// where one is erased, marked and merged away where many are, and some time where
/// they grew old.
async fn cut_out(
    conn: &mut SqliteConnection,
    chosen: &[Chosen],
    which: &Which,
) -> sqlx::Result<()> {
    let words = |row: &Chosen| index_words(row.title.as_deref(), row.text.as_deref());
    let indexed: Value = chosen
        .iter()
        .filter(|row| row.is_indexed)
        .map(|row| json!([row.place, words(row)]))
        .collect();
    let is_any = indexed.as_array().is_some_and(|rows| !rows.is_empty());
    let is_one = matches!(which, Which::One(..));
    if which.is_erased() {
        let is_marked = is_any && !is_one;
        let what = if is_marked {
            Soiled::Index
        } else {
            Soiled::Journal
        };
        soil(&mut *conn, what).await?;
    }
    if !is_any {
        return Ok(());
    }
    sqlx::query(THOROUGH)
        .bind(i64::from(is_one))
        .execute(&mut *conn)
        .await?;
    match run(&mut *conn, CUT_OUT, indexed.to_string()).await {
        Err(error) if is_corrupt(&error) => index_anew(conn).await,
        cut => cut.map(drop),
    }
}

/// An index that does not hold what the rows say is made anew from them: what has to
/// leave must leave.
async fn index_anew(conn: &mut SqliteConnection) -> sqlx::Result<()> {
    tracing::warn!("the index of memory's words is made anew");
    sqlx::query(FORGET_INDEX).execute(&mut *conn).await?;
    for anew in INDEX_ANEW {
        sqlx::query(anew).execute(&mut *conn).await?;
    }
    Ok(())
}

fn is_corrupt(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    let code = code.and_then(|code| code.parse::<i32>().ok());
    code.is_some_and(|code| code & 0xff == CORRUPT)
}
