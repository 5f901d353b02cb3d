//! What was measured, as a table.

use std::{
    path::Path,
    time::{Duration, Instant},
};

/// How long each of many like things took.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Measures one more.
    pub async fn of<T>(&mut self, work: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let done = work.await;
        self.0.push(started.elapsed());
        done
    }

    /// Takes those of another in.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// A line: how many, the middle one, the worst of a hundred, the worst.
    pub fn print(mut self, name: &str) {
        self.0.sort();
        let Some(last) = self.0.len().checked_sub(1) else {
            return println!("  {name:<52} none");
        };
        let at = |share: f64| self.0[(last as f64 * share).round() as usize].as_secs_f64() * 1e3;
        println!(
            "  {name:<52} {:>6} times   p50 {:>8.2}   p99 {:>8.2}   max {:>8.2} ms",
            last + 1, at(0.5), at(0.99), at(1.0)
        );
    }
}

/// A line about something that was done once.
pub fn once(name: &str, count: u64, took: Duration) {
    let rate = count as f64 / took.as_secs_f64();
    println!("  {name:<52} {count:>9} in {:>7.1} s = {rate:.0}/s", took.as_secs_f64());
}

/// A line about the size of the database.
pub fn size(name: &str, file: &Path, events: u64) {
    let bytes: u64 = ["", "-wal"]
        .iter()
        .filter_map(|end| std::fs::metadata(format!("{}{end}", file.display())).ok())
        .map(|file| file.len())
        .sum();
    println!(
        "  {name:<52} {:>9.1} MB = {} bytes an event",
        bytes as f64 / 1e6, bytes / events.max(1)
    );
}
