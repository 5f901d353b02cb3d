//! Shared memory at size: how long reads, searches, retention and erasing take,
//! what those who write meanwhile feel of it, and how large the file gets.
//!
//!     cargo run --release --example memory -- [events [users [folder]]]
//!
//! 1,000,000 events of 100 users when nobody says; they need 4 GB in the folder
//! (the system's temporary one), of which nothing is left.

mod crowd;
mod figures;
mod forget;
mod text;

use std::{env, path::PathBuf, time::Instant};

use attach_gateway::{
    adapters::{database::Database, memory::Memory},
    domain::memory::query::Query,
};
use crowd::Crowd;
use figures::{Times, once, size};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Common, middle and rare words, by their rank.
const SEARCHES: [(&str, &[usize]); 4] = [
    ("search, a rare word (rank 40,000)", &[40_000]),
    ("search, a middle word (rank 2,000)", &[2_000]),
    ("search, the commonest word", &[0]),
    (
        "search, five words of all kinds",
        &[0, 20, 300, 4_000, 40_000],
    ),
];

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut words = env::args().skip(1);
    let mut number = |usual| words.next().map_or(Ok(usual), |word| word.parse::<u64>());
    let (events, users) = (number(1_000_000)?, number(100)?);
    let folder = words.next().map_or_else(env::temp_dir, PathBuf::from);
    let folder = folder.join(format!("attach-memory-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let measured = measure(&folder.join("attach.db"), events, users).await;
    std::fs::remove_dir_all(&folder)?;
    measured
}

async fn measure(file: &std::path::Path, events: u64, users: u64) -> Result<(), Failure> {
    let database = Database::open(&file.to_owned().into()).await?;
    let memory = Memory::Rows(database.clone());
    let crowd = Crowd::new(users, events);
    println!("{events} events of {users} users");
    fill(&memory, &crowd, events).await?;
    size("file, before the words are indexed", file, events);
    index(&memory, events).await?;
    size("file, with the index", file, events);
    println!("while nobody writes");
    read(&memory, &crowd).await?;
    println!("while 400 events a second are written, 20 at a time");
    let writers = crowd.writers(&memory);
    read(&memory, &crowd).await?;
    writers.end().await?.print("a write, meanwhile");
    forget::all(&memory, &crowd, events).await?;
    size("file, after retention and erasing", file, events);
    database.close().await;
    Ok(())
}

async fn fill(memory: &Memory, crowd: &Crowd, events: u64) -> Result<(), Failure> {
    let (started, mut written) = (Instant::now(), 0);
    let mut text_bytes = 0;
    while written < events {
        let batch = crowd.batch(written, 500.min(events - written));
        text_bytes += batch
            .iter()
            .filter_map(|e| e.body.text.as_ref())
            .map(String::len)
            .sum::<usize>();
        written += memory.write(&batch).await?;
    }
    once("written, 500 at a time", written, started.elapsed());
    println!(
        "  {:<52} {} bytes of text an event",
        "of them",
        text_bytes as u64 / events.max(1)
    );
    Ok(())
}

async fn index(memory: &Memory, events: u64) -> Result<(), Failure> {
    let started = Instant::now();
    while memory.index().await? {}
    once("indexed", events, started.elapsed());
    Ok(())
}

/// The newest events of each user, and searches.
async fn read(memory: &Memory, crowd: &Crowd) -> Result<(), Failure> {
    let mut newest = Times::alone();
    for owner in crowd.owners() {
        let page = newest.of(memory.recent(owner, &crowd.newest())).await?;
        crowd.are_ones_own(owner, &page.events)?;
    }
    newest.print("the newest 10");
    for (name, ranks) in SEARCHES {
        let words: Vec<_> = ranks
            .iter()
            .map(|rank| crowd.language.word(*rank))
            .collect();
        let (query, mut times, mut hits) = (Query::parse(&words.join(" "))?, Times::alone(), 0);
        for owner in crowd.owners() {
            let found = times.of(memory.search(owner, &query, 10)).await?;
            crowd.are_ones_own(owner, &found)?;
            hits += found.len();
        }
        times.print(name);
        if hits == 0 {
            println!("  (nothing was found: these are too few events)");
        }
    }
    Ok(())
}
