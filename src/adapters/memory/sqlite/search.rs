//! Full text search over one owner's events.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use sqlx::FromRow;

use super::{FIELDS, INDEXED, OwnerRow, PAGE_BYTES, Row, index::catch_up, number, owner_row};
use crate::{
    adapters::{
        database::sqlite::Sqlite,
        memory::{MemoryError, Remembered},
    },
    domain::{
        id::Owner,
        memory::{query::Query, rank::Weights},
    },
};

/// How many of the events with the best words are read and ranked, at least.
const CANDIDATES: u32 = 50;
/// How many of an owner's newest events are searched: what is older is read by lists.
const NEWEST: i64 = 50_000;
/// About how many places of words are looked at to find candidates: rare words first,
/// since they tell most.
const PLACES: u64 = 20_000;
/// What a word takes in a text, with the space after it, in bytes.
const WORD_BYTES: f64 = 6.0;

/// Below the newest of an owner with many.
const FLOOR: &str = "
    select memory_no from memory_event where owner_no = ?1
     order by at desc, event_id desc limit 1 offset ?2";

/// In how many events of the owner, whose places lie between ?2 and ?3, each word
/// stands. The range seeks: others' events are not even looked at.
const COUNT: &str = "
    select t.key word, count(*) events
      from json_each(?1) t, memory_word w
     where w.memory_word match t.value and w.rowid > ?2 and w.rowid < ?3
     group by t.key";

/// The events with one word, the newest first.
const FIND_ONE: &str = "
    select w.rowid from memory_word w
     where w.memory_word match ?1 and w.rowid > ?2 and w.rowid < ?3
     order by w.rowid desc limit ?4";

/// The events with the words that weigh most, the newest first.
const FIND: &str = "
    select w.rowid
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
    let Some(row) = caught_up(db, owner).await? else {
        return Ok(Vec::new());
    };
    let reach = Reach::of(db, &row).await?;
    let with = reach.count(db, query).await?;
    let weights = weights(&row, &with);
    let found = reach.find(db, query, (&weights, &with), limit).await?;
    let mut ranked: Vec<_> = read(db, owner, &found)
        .await?
        .into_iter()
        .map(|event| (weights.score(query, event.texts().map(beginning)), event))
        .collect();
    ranked.sort_by(|(a, one), (b, two)| b.total_cmp(a).then(two.at.cmp(&one.at)));
    ranked.truncate(limit as usize);
    Ok(ranked.into_iter().map(|(_, event)| event).collect())
}

/// The owner's row, once everything of theirs is in the index.
async fn caught_up(db: &Sqlite, owner: &Owner) -> Result<Option<OwnerRow>, MemoryError> {
    let row = owner_row(&db.readers, owner).await?;
    if !row.is_some_and(|row| row.is_behind()) {
        return Ok(row);
    }
    match catch_up(db, owner).await {
        // No room for the index on the disk: what is in it is found.
        Err(MemoryError::Write(error)) if error.is_full() => {}
        done => done?,
    }
    Ok(owner_row(&db.readers, owner).await?)
}

fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(INDEXED)]
}

fn weights(owner: &OwnerRow, with: &[u64]) -> Weights {
    let events = owner.events.max(1);
    let mean_words = owner.bytes as f64 / events as f64 / WORD_BYTES;
    Weights::new(events.unsigned_abs(), mean_words, with)
}

/// The stretch of the index that is searched: between two places.
struct Reach {
    above: i64,
    below: i64,
}

impl Reach {
    async fn of(db: &Sqlite, owner: &OwnerRow) -> Result<Self, MemoryError> {
        let mut above = owner.first_place();
        if owner.events > NEWEST {
            let floor: Option<i64> = sqlx::query_scalar(FLOOR)
                .bind(owner.owner_no)
                .bind(NEWEST)
                .fetch_optional(&db.readers)
                .await?;
            above += floor.unwrap_or(0);
        }
        let below = owner.end_place();
        Ok(Self { above, below })
    }

    /// In how many events each word stands.
    async fn count(&self, db: &Sqlite, query: &Query) -> Result<Vec<u64>, MemoryError> {
        let words: Value = query.words().iter().map(|word| quoted(word)).collect();
        let counts: Vec<Count> = sqlx::query_as(COUNT)
            .bind(words.to_string())
            .bind(self.above)
            .bind(self.below)
            .fetch_all(&db.readers)
            .await?;
        let mut with = vec![0; query.words().len()];
        for count in counts {
            let place = usize::try_from(count.word).ok();
            if let Some(with) = place.and_then(|place| with.get_mut(place)) {
                *with = count.events.unsigned_abs();
            }
        }
        Ok(with)
    }

    /// The numbers of the best candidates.
    async fn find(
        &self,
        db: &Sqlite,
        query: &Query,
        (weights, with): (&Weights, &[u64]),
        limit: u32,
    ) -> Result<Vec<i64>, MemoryError> {
        let chosen = telling(with);
        let word = |&at: &usize| quoted(&query.words()[at]);
        let (sql, words) = match &chosen[..] {
            [] => return Ok(Vec::new()),
            [one] => (FIND_ONE, word(one)),
            some => {
                let words = some.iter().map(|at| json!([word(at), weights.each()[*at]]));
                (FIND, words.collect::<Value>().to_string())
            }
        };
        let places: Vec<i64> = sqlx::query_scalar(sql)
            .bind(words)
            .bind(self.above)
            .bind(self.below)
            .bind(limit.max(CANDIDATES))
            .fetch_all(&db.readers)
            .await?;
        Ok(places.into_iter().map(number).collect())
    }
}

/// The words that are in any event, the rarest first, as many as there is time for.
fn telling(with: &[u64]) -> Vec<usize> {
    let mut words: Vec<_> = (0..with.len()).filter(|&at| with[at] > 0).collect();
    words.sort_by_key(|&at| with[at]);
    let mut places = 0;
    words.retain(|&at| {
        let is_first = places == 0;
        places += with[at];
        is_first || places <= PLACES
    });
    words
}

/// A word as the index reads it: nothing in it is an operator.
fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}

/// The events with these numbers in their order, as many as a page takes. Joined in
/// this order: all of an owner's would be read otherwise.
async fn read(db: &Sqlite, owner: &Owner, found: &[i64]) -> Result<Vec<Remembered>, MemoryError> {
    let sql = format!(
        "select {FIELDS} from json_each(?1) f cross join memory_event e on e.memory_no = f.value
          cross join memory_owner o on o.owner_no = e.owner_no
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
