//! Events leave: erased by their owner, or because they are old or too many.

use serde_json::{Value, json};
use sqlx::{FromRow, QueryBuilder, SqliteConnection};

use super::{index_words, run};
use crate::{
    adapters::{memory::MemoryError, sqlite::Sqlite},
    domain::{id::Owner, time::UnixMillis},
};

/// How many events leave in one commit: others want to write in between. Those
/// that are erased are cut out of the index of words one by one, which costs
/// milliseconds each; those that grew old leave it when it is merged.
const ERASED: i64 = 20;
pub(in crate::adapters::memory) const EXPIRED: i64 = 200;

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
    All(Owner),
    Before(UnixMillis),
    /// The oldest that take so many bytes.
    Oldest(i64),
}

/// Erases one event of `owner`.
pub(in crate::adapters::memory) async fn erase(
    db: &Sqlite,
    id: uuid::Uuid,
    owner: &Owner,
) -> Result<(), MemoryError> {
    match remove(db, Which::One(owner.clone(), id)).await? {
        0 => Err(MemoryError::NotFound),
        _ => Ok(db.scrub().await?),
    }
}

/// Erases every event of `owner`; how many.
pub(in crate::adapters::memory) async fn erase_all(
    db: &Sqlite,
    owner: &Owner,
) -> Result<u64, MemoryError> {
    let mut erased = 0;
    loop {
        match remove(db, Which::All(owner.clone())).await? {
            0 => break,
            some => erased += some,
        }
    }
    forget(db, owner.clone()).await?;
    db.scrub().await?;
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
            let is_erased = matches!(which, Which::One(..) | Which::All(_));
            cut_out(conn, &chosen, is_erased).await?;
            let numbers: Value = chosen.iter().map(|row| row.memory_no).collect();
            run(conn, DELETE, numbers.to_string()).await
        })
    });
    Ok(written.await?)
}

async fn choose(conn: &mut SqliteConnection, which: &Which) -> sqlx::Result<Vec<Chosen>> {
    let mut query = QueryBuilder::<sqlx::Sqlite>::new(CHOSEN);
    match which {
        Which::One(owner, _) | Which::All(owner) => {
            query.push("where o.issuer = ").push_bind(&*owner.issuer);
            query.push(" and o.user_id = ").push_bind(&*owner.user);
        }
        Which::Before(before) => {
            query.push("where e.at < ").push_bind(before.0);
            query.push(" order by e.at");
        }
        Which::Oldest(_) => {
            query.push("order by e.at");
        }
    }
    if let Which::One(_, id) = which {
        query.push(" and e.event_id = ").push_bind(id.to_string());
    }
    let some = match which {
        Which::One(..) | Which::All(_) => ERASED,
        Which::Before(_) | Which::Oldest(_) => EXPIRED,
    };
    query.push(" limit ").push_bind(some);
    let mut chosen: Vec<Chosen> = query.build_query_as().fetch_all(conn).await?;
    if let Which::Oldest(mut over) = *which {
        chosen.retain(|row| {
            let is_needed = over > 0;
            over -= row.bytes;
            is_needed
        });
    }
    Ok(chosen)
}

/// Takes the words of these events out of the index, if they are in it.
async fn cut_out(
    conn: &mut SqliteConnection,
    chosen: &[Chosen],
    is_erased: bool,
) -> sqlx::Result<()> {
    let indexed: Vec<Value> = chosen
        .iter()
        .filter(|row| row.is_indexed)
        .map(|row| {
            json!([
                row.place,
                index_words(row.title.as_deref(), row.text.as_deref())
            ])
        })
        .collect();
    if indexed.is_empty() {
        return Ok(());
    }
    sqlx::query(THOROUGH)
        .bind(i64::from(is_erased))
        .execute(&mut *conn)
        .await?;
    match run(conn, CUT_OUT, Value::from(indexed).to_string()).await {
        Ok(_) => Ok(()),
        Err(error) => {
            // An index that does not hold what the rows say is made anew from them:
            // what has to leave must leave.
            tracing::warn!(%error, "the index of memory's words is made anew");
            sqlx::query(FORGET_INDEX).execute(&mut *conn).await?;
            for anew in INDEX_ANEW {
                sqlx::query(anew).execute(&mut *conn).await?;
            }
            Ok(())
        }
    }
}
