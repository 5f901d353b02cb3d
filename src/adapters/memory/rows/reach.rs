//! What a search looks at: the index of one owner's words, as far back as it goes.

use serde_json::{Value, json};
use sqlx::FromRow;

use super::{OwnerRow, fts, vectors};
use crate::adapters::{
    database::{Database, Query, Sql},
    memory::MemoryError,
};

/// How many of an owner's newest events are searched: what is older is read by lists.
const NEWEST: i64 = 50_000;

/// Below the newest of an owner with many.
const FLOOR: &str = "
    select memory_no from memory_event where owner_no = $1
     order by at desc, event_id desc limit 1 offset $2";

/// A server counts no further, as it reads a row for each: what is more frequent is
/// taken to stand in half of the events, unless it is found in more.
const FREQUENT: u64 = 20_000;

/// In how many events of the owner each word stands. In a file these lie between two
/// places: the range seeks, others' events are not even looked at. On a server the
/// words are the owner's own; the sum keeps it from looking by number, and the limit
/// tells it how few words there are.
const COUNT: Sql = Sql::each(
    "select t.key word, count(*) events
       from json_each($1) t, memory_word w
      where w.memory_word match t.value and w.rowid > $2 and w.rowid < $3
      group by t.key",
    "select t.place - 1 word, n.events
       from (select * from json_array_elements_text($1::json) with ordinality limit 32)
            t (word, place)
      cross join lateral (select count(*) events from (
                              select from memory_event
                               where words @@ t.word::tsquery and memory_no + 0 > $2
                               limit 20001) c) n
      where n.events > 0",
);

/// The events with one word, the newest first. The offset keeps a server from reading
/// all numbers backwards until it has enough.
const FIND_ONE: Sql = Sql::each(
    "select w.rowid from memory_word w
      where w.memory_word match $1 and w.rowid > $2 and w.rowid < $3
      order by w.rowid desc limit $4",
    "select memory_no from (select memory_no from memory_event
                             where words @@ $1::tsquery and memory_no + 0 > $2 offset 0) found
      order by memory_no desc limit $3",
);

/// The events with the words that weigh most, the newest first.
const FIND: Sql = Sql::each(
    "select w.rowid
       from json_each($1) t, memory_word w
      where w.memory_word match (t.value ->> 0) and w.rowid > $2 and w.rowid < $3
      group by w.rowid order by sum(t.value ->> 1) desc, w.rowid desc limit $4",
    "select memory_no from (
         select e.memory_no, (t.word ->> 1)::float8 weight
           from (select * from json_array_elements($1::json) limit 32) t (word)
          cross join lateral (select memory_no from memory_event
                               where words @@ (t.word ->> 0)::tsquery
                                 and memory_no + 0 > $2 offset 0) e) found
      group by memory_no order by sum(weight) desc, memory_no desc limit $3",
);

#[derive(FromRow)]
struct Count {
    word: i64,
    events: i64,
}

/// The words of one owner's events above a number.
pub(super) struct Reach<'d> {
    db: &'d Database,
    owner_no: i64,
    events: u64,
    above: i64,
}

impl<'d> Reach<'d> {
    pub(super) async fn of(db: &'d Database, owner: &OwnerRow) -> Result<Self, MemoryError> {
        let mut above = 0;
        if owner.events > NEWEST {
            let floor = db.query(FLOOR).bind(owner.owner_no).bind(NEWEST);
            above = floor.optional_scalar().await?.unwrap_or(0);
        }
        Ok(Self {
            db,
            owner_no: owner.owner_no,
            events: owner.events.unsigned_abs(),
            above,
        })
    }

    /// In how many events each of `words` stands.
    pub(super) async fn count(&self, words: &[String]) -> Result<Vec<u64>, MemoryError> {
        let quoted: Value = words.iter().map(|word| self.quoted(word)).collect();
        let query = self.db.query(COUNT).bind(quoted.to_string());
        let counts: Vec<Count> = self.ranged(query).all().await?;
        let mut with = vec![0; words.len()];
        for count in counts {
            let place = usize::try_from(count.word).ok();
            if let Some(with) = place.and_then(|place| with.get_mut(place)) {
                *with = self.guessed(count.events.unsigned_abs());
            }
        }
        Ok(with)
    }

    /// What a count stands for.
    fn guessed(&self, count: u64) -> u64 {
        match self.db {
            Database::Postgres(_) if count > FREQUENT => count.max(self.events / 2),
            _ => count,
        }
    }

    /// The numbers of `most` events at most in which the `words` stand that weigh most.
    pub(super) async fn find(
        &self,
        words: &[(&str, f64)],
        most: u32,
    ) -> Result<Vec<i64>, MemoryError> {
        let (sql, words) = match words {
            [] => return Ok(Vec::new()),
            [(word, _)] => (FIND_ONE, self.quoted(word)),
            some => {
                let words = some.iter();
                let words = words.map(|(word, weight)| json!([self.quoted(word), weight]));
                (FIND, words.collect::<Value>().to_string())
            }
        };
        let query = self.ranged(self.db.query(sql).bind(words)).bind(most);
        let places: Vec<i64> = query.scalars().await?;
        Ok(places.into_iter().map(|place| self.number(place)).collect())
    }

    /// A word as the index reads it: nothing in it is an operator.
    fn quoted(&self, word: &str) -> String {
        match self.db {
            Database::Sqlite(_) => fts::quoted(word),
            Database::Postgres(_) => vectors::quoted(self.owner_no, word),
        }
    }

    fn ranged<'q>(&self, query: Query<'q>) -> Query<'q> {
        match self.db {
            Database::Sqlite(_) => {
                let end = fts::place(self.owner_no + 1, 0);
                query.bind(self.first_place() + self.above).bind(end)
            }
            Database::Postgres(_) => query.bind(self.above),
        }
    }

    fn first_place(&self) -> i64 {
        fts::place(self.owner_no, 0)
    }

    /// The number of the event that stands at a place of the index.
    fn number(&self, place: i64) -> i64 {
        match self.db {
            Database::Sqlite(_) => place - self.first_place(),
            Database::Postgres(_) => place,
        }
    }
}
