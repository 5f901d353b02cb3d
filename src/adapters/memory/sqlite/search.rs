//! Full text search over one owner's events.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use sqlx::FromRow;

use super::{FIELDS, OwnerRow, PAGE_BYTES, Row, index, owner_row};
use crate::{
    adapters::{
        memory::{MemoryError, Remembered},
        sqlite::Sqlite,
    },
    domain::{
        id::Owner,
        memory::{query::Query, rank::Weights},
    },
};

/// How many of the events with the best words are read and ranked, at least.
const CANDIDATES: usize = 50;
/// What a word takes in a text, with the space after it, in bytes.
const WORD_BYTES: f64 = 6.0;

/// In how many events of the owner, whose places lie between ?2 and ?3, each word
/// stands. The range seeks: others' events are not even looked at.
const COUNT: &str = "
    select t.key word, count(*) events
      from json_each(?1) t, memory_word w
     where w.memory_word match t.value and w.rowid > ?2 and w.rowid < ?3
     group by t.key";

/// The events with the words that weigh most, the newest first.
const FIND: &str = "
    select w.rowid - ?2
      from json_each(?1) t, memory_word w
     where w.memory_word match (t.value ->> 0) and w.rowid > ?2 and w.rowid < ?3
     group by w.rowid order by sum(t.value ->> 1) desc, w.rowid desc limit ?4";

#[derive(FromRow)]
struct Count {
    word: i64,
    events: i64,
}

/// The events of `owner` that answer `query` best, the best first: `limit` of
/// them, or fewer where they are long.
pub(in crate::adapters::memory) async fn search(
    db: &Sqlite,
    owner: &Owner,
    query: &Query,
    limit: u32,
) -> Result<Vec<Remembered>, MemoryError> {
    let Some(mut row) = owner_row(&db.readers, owner).await? else {
        return Ok(Vec::new());
    };
    while row.is_behind() {
        match index(db, Some(owner)).await {
            Ok(true) => row = owner_row(&db.readers, owner).await?.unwrap_or(row),
            Ok(false) => break,
            // No room for the index on the disk: what is in it is found.
            Err(MemoryError::Write(error)) if error.is_full() => break,
            Err(error) => return Err(error),
        }
    }
    let weights = weigh(db, &row, query).await?;
    let found = find(db, &row, query, &weights, limit).await?;
    let mut ranked: Vec<_> = read(db, owner, &found)
        .await?
        .into_iter()
        .map(|event| (weights.score(query, event.texts()), event))
        .collect();
    ranked.sort_by(|(a, one), (b, two)| b.total_cmp(a).then(two.at.cmp(&one.at)));
    ranked.truncate(limit as usize);
    Ok(ranked.into_iter().map(|(_, event)| event).collect())
}

async fn weigh(db: &Sqlite, owner: &OwnerRow, query: &Query) -> Result<Weights, MemoryError> {
    let words: Value = query.words().iter().map(|word| quoted(word)).collect();
    let counts: Vec<Count> = sqlx::query_as(COUNT)
        .bind(words.to_string())
        .bind(owner.first_place())
        .bind(owner.end_place())
        .fetch_all(&db.readers)
        .await?;
    let mut with = vec![0; query.words().len()];
    for count in counts {
        let place = usize::try_from(count.word).ok();
        if let Some(with) = place.and_then(|place| with.get_mut(place)) {
            *with = count.events.unsigned_abs();
        }
    }
    let events = owner.events.max(1);
    let mean_words = owner.bytes as f64 / events as f64 / WORD_BYTES;
    Ok(Weights::new(events.unsigned_abs(), mean_words, &with))
}

async fn find(
    db: &Sqlite,
    owner: &OwnerRow,
    query: &Query,
    weights: &Weights,
    limit: u32,
) -> Result<Vec<i64>, MemoryError> {
    let words = query.words().iter().zip(weights.each());
    let words: Value = words
        .map(|(word, weight)| json!([quoted(word), weight]))
        .collect();
    let found = sqlx::query_scalar(FIND)
        .bind(words.to_string())
        .bind(owner.first_place())
        .bind(owner.end_place())
        .bind(i64::from(limit).max(CANDIDATES as i64))
        .fetch_all(&db.readers);
    Ok(found.await?)
}

/// A word as the index reads it: nothing in it is an operator.
fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}

/// The events with these numbers in their order, as many as a page takes.
async fn read(db: &Sqlite, owner: &Owner, found: &[i64]) -> Result<Vec<Remembered>, MemoryError> {
    let sql = format!(
        "select {FIELDS} from json_each(?1) f join memory_event e on e.memory_no = f.value
           join memory_owner o on o.owner_no = e.owner_no
          where o.issuer = ?2 and o.user_id = ?3"
    );
    let mut rows = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql))
        .bind(Value::from(found).to_string())
        .bind(&*owner.issuer)
        .bind(&*owner.user)
        .fetch(&db.readers);
    let (mut events, mut bytes) = (HashMap::new(), 0);
    while let Some(row) = rows.try_next().await? {
        bytes += row.length();
        events.insert(row.memory_no, Remembered::try_from(row)?);
        if bytes > PAGE_BYTES {
            break;
        }
    }
    Ok(found.iter().filter_map(|no| events.remove(no)).collect())
}
