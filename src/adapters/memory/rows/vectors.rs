//! The words of events on a server: in a column of their own, each with its owner's
//! number before it, so that an owner's stand together in the index and a search costs
//! what the owner has, however much others have.

use super::{OwnerRow, index_words};
use crate::{
    adapters::{
        database::{Conn, Database},
        memory::MemoryError,
    },
    domain::{id::Owner, memory::MemoryEvent},
};

/// How many events are indexed in one commit.
const SOME: i64 = 200;

const IS_ANY: &str = "select exists (select 1 from memory_event where words is null)";

/// What another indexes is left to them.
const NEXT: [&str; 2] = [
    "select memory_no, owner_no, title, text from memory_event where words is null",
    " for no key update skip locked",
];

const INDEX: [&str; 2] = [
    "update memory_event set words = array_to_tsvector(string_to_array(v.words, ' ')) from (",
    ") v (memory_no, words) where v.memory_no = memory_event.memory_no",
];

type Next = (i64, i64, Option<String>, Option<String>);

/// One of the words by which the events of an owner are known.
pub(super) fn lexeme(owner_no: i64, word: &str) -> String {
    format!("{owner_no}:{word}")
}

/// The same, as a query is written.
pub(super) fn quoted(owner_no: i64, word: &str) -> String {
    format!("'{}'", lexeme(owner_no, word))
}

/// All words of an event, with spaces between.
pub(super) fn words_of(owner_no: i64, event: &MemoryEvent) -> String {
    let (title, text) = (&event.body.title, &event.body.text);
    lexemes(owner_no, title.as_deref(), text.as_deref())
}

fn lexemes(owner_no: i64, title: Option<&str>, text: Option<&str>) -> String {
    let words = index_words(title, text);
    let mut words: Vec<_> = words.split_whitespace().collect();
    words.sort_unstable();
    words.dedup();
    let lexemes: Vec<_> = words.iter().map(|word| lexeme(owner_no, word)).collect();
    lexemes.join(" ")
}

/// Indexes some events that came from elsewhere without their words, of `owner_no` or
/// of anyone; whether there were any.
pub(super) async fn index(db: &Database, owner_no: Option<i64>) -> Result<bool, MemoryError> {
    if !db.query(IS_ANY).scalar::<bool>().await? {
        return Ok(false);
    }
    let written = db.write(move |mut conn| {
        Box::pin(async move {
            let next = next(&mut conn, owner_no).await?;
            put(&mut conn, &next).await?;
            Ok(!next.is_empty())
        })
    });
    Ok(written.await?)
}

/// Indexes everything of `owner` that is there at this moment.
pub(super) async fn catch_up(db: &Database, owner: &Owner) -> Result<(), MemoryError> {
    if let Some(row) = OwnerRow::of(db, owner).await?.filter(OwnerRow::is_behind) {
        while index(db, Some(row.owner_no)).await? {}
    }
    Ok(())
}

async fn next(conn: &mut Conn<'_>, owner_no: Option<i64>) -> sqlx::Result<Vec<Next>> {
    let [select, end] = NEXT;
    let mut query = conn.query(select);
    if let Some(owner_no) = owner_no {
        query.push(" and owner_no = ").push_bind(owner_no);
    }
    query.push(" limit ").push_bind(SOME).push(end);
    query.all().await
}

async fn put(conn: &mut Conn<'_>, next: &[Next]) -> sqlx::Result<()> {
    if next.is_empty() {
        return Ok(());
    }
    let [update, end] = INDEX;
    let mut query = conn.query(update);
    query.push_rows(next, |mut row, (memory_no, owner_no, title, text)| {
        let words = lexemes(*owner_no, title.as_deref(), text.as_deref());
        row.push_bind(*memory_no).push_bind(words);
    });
    query.push(end);
    query.run().await.map(drop)
}
