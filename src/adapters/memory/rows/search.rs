//! Full text search over one owner's events.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use serde_json::Value;

use super::{FIELDS, INDEXED, OwnerRow, PAGE_BYTES, Row, catch_up, reach::Reach};
use crate::{
    adapters::{
        database::{Database, Sql},
        memory::{MemoryError, Remembered},
    },
    domain::{
        id::Owner,
        memory::{query::Query, rank::Weights},
    },
};

/// How many of the events with the best words are read and ranked, at least.
const CANDIDATES: u32 = 50;
/// About how many places of words are looked at to find candidates: rare words first,
/// since they tell most.
const PLACES: u64 = 20_000;
/// What a word takes in a text, with the space after it, in bytes.
const WORD_BYTES: f64 = 6.0;

/// The events of `owner` that answer `query` best, the best first: `limit` of
/// them, or fewer where they are long.
pub(in crate::adapters::memory) async fn search(
    db: &Database,
    owner: &Owner,
    query: &Query,
    limit: u32,
) -> Result<Vec<Remembered>, MemoryError> {
    let Some(row) = caught_up(db, owner).await? else {
        return Ok(Vec::new());
    };
    let reach = Reach::of(db, &row).await?;
    let with = reach.count(query.words()).await?;
    let weights = weights(&row, &with);
    let telling = telling(query, &weights, &with);
    let found = reach.find(&telling, limit.max(CANDIDATES)).await?;
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
async fn caught_up(db: &Database, owner: &Owner) -> Result<Option<OwnerRow>, MemoryError> {
    let row = OwnerRow::of(db, owner).await?;
    if !row.as_ref().is_some_and(OwnerRow::is_behind) {
        return Ok(row);
    }
    match catch_up(db, owner).await {
        // No room for the index on the disk: what is in it is found.
        Err(MemoryError::Write(error)) if error.is_full() => {}
        done => done?,
    }
    Ok(OwnerRow::of(db, owner).await?)
}

fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(INDEXED)]
}

fn weights(owner: &OwnerRow, with: &[u64]) -> Weights {
    let events = owner.events.max(1);
    let mean_words = owner.bytes as f64 / events as f64 / WORD_BYTES;
    Weights::new(events.unsigned_abs(), mean_words, with)
}

/// The words that are in any event with what they weigh, the rarest first, as many as
/// there is time for.
fn telling<'q>(query: &'q Query, weights: &Weights, with: &[u64]) -> Vec<(&'q str, f64)> {
    let mut words: Vec<_> = (0..with.len()).filter(|&at| with[at] > 0).collect();
    words.sort_by_key(|&at| with[at]);
    let mut places = 0;
    words.retain(|&at| {
        let is_first = places == 0;
        places += with[at];
        is_first || places <= PLACES
    });
    let words = words.into_iter();
    words
        .map(|at| (&*query.words()[at], weights.each()[at]))
        .collect()
}

/// Joined in this order: all of an owner's would be read otherwise.
const READ: [Sql; 2] = [
    Sql::same("select "),
    Sql::each(
        " from json_each($1) f cross join memory_event e on e.memory_no = f.value
          cross join memory_owner o on o.owner_no = e.owner_no
          where o.issuer = $2 and o.user_id = $3",
        " from json_array_elements_text($1::json) f
          join memory_event e on e.memory_no = f.value::bigint
          join memory_owner o on o.owner_no = e.owner_no
         where o.issuer = $2 and o.user_id = $3",
    ),
];

/// The events with these numbers in their order, as many as a page takes.
async fn read(db: &Database, owner: &Owner, found: &[i64]) -> Result<Vec<Remembered>, MemoryError> {
    let [select, from] = READ;
    let mut query = db.query(select);
    query.push(FIELDS).push_each(from);
    let query = query.bind(Value::from(found).to_string());
    let query = query.bind(&owner.issuer).bind(&owner.user);
    let mut rows = query.stream::<Row>();
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
