//! Events leave while others write: what is a month old, and everything of one user.

use std::time::{Duration, Instant};

use attach_gateway::{adapters::memory::Memory, domain::time::UnixMillis};

use crate::{
    Failure,
    crowd::{Crowd, DAYS_MS},
    figures::{Times, once},
};

/// For how long the writers are watched alone.
const ALONE: Duration = Duration::from_secs(10);

pub async fn all(memory: &Memory, crowd: &Crowd, events: u64) -> Result<(), Failure> {
    println!("nothing but 400 events a second");
    let writers = crowd.writers(memory);
    tokio::time::sleep(ALONE).await;
    writers.end().await?.print("a write");
    grow_old(memory, crowd, events).await?;
    erase(memory, crowd).await
}

/// The oldest twentieth leaves.
async fn grow_old(memory: &Memory, crowd: &Crowd, events: u64) -> Result<(), Failure> {
    println!("retention, meanwhile");
    let (writers, started) = (crowd.writers(memory), Instant::now());
    let (mut steps, mut left) = (Times::default(), 0);
    let oldest = UnixMillis(crowd.from.0 + DAYS_MS / 20);
    loop {
        match steps.of(memory.expire(oldest)).await? {
            0 => break,
            some => left += some,
        }
    }
    once("left, being of the oldest 5 %", left, started.elapsed());
    steps.print("a step of it");
    writers.end().await?.print("a write, meanwhile");
    if left < events / 25 {
        return Err(format!("{left} events left, which are too few").into());
    }
    Ok(())
}

/// All of the last user, who has stopped writing.
async fn erase(memory: &Memory, crowd: &Crowd) -> Result<(), Failure> {
    println!("erasing all of one user, meanwhile");
    let gone = crowd.owners().last().ok_or("nobody is there")?;
    let (writers, started) = (crowd.writers(memory), Instant::now());
    let erased = memory.erase_all(gone).await?;
    once("erased", erased, started.elapsed());
    writers.end().await?.print("a write, meanwhile");
    let page = memory.recent(gone, &crowd.newest()).await?;
    if erased == 0 || !page.events.is_empty() {
        return Err("something of the user is left".into());
    }
    Ok(())
}
