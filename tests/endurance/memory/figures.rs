//! What was measured, as a table.

use std::{
    path::Path,
    time::{Duration, Instant},
};

/// How long each of many like things took.
#[derive(Default)]
pub struct Times {
    each: Vec<Duration>,
    cpu_before: Option<Duration>,
}

impl Times {
    /// Of things that happen alone: it tells what they cost the processor too, which
    /// is what to look at on a machine that others use.
    pub fn alone() -> Self {
        Self {
            each: Vec::new(),
            cpu_before: Some(cpu()),
        }
    }

    /// Measures one more.
    pub async fn of<T>(&mut self, work: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let done = work.await;
        self.each.push(started.elapsed());
        done
    }

    /// Takes those of another in.
    pub fn extend(&mut self, other: Self) {
        self.each.extend(other.each);
    }

    /// A line: how many, the middle one, the worst of a hundred, the worst.
    pub fn print(mut self, name: &str) {
        self.each.sort();
        let cost = self.cpu_before.map(|before| cpu() - before);
        let Some(last) = self.each.len().checked_sub(1) else {
            return println!("  {name:<52} none");
        };
        let at = |share: f64| self.each[(last as f64 * share).round() as usize].as_secs_f64() * 1e3;
        let (count, p50, p99, max) = (last + 1, at(0.5), at(0.99), at(1.0));
        let cost = cost.map_or(String::new(), |cost| {
            let each = cost.as_secs_f64() * 1e3 / count as f64;
            format!("   CPU {each:>7.2}")
        });
        println!(
            "  {name:<52} {count:>6} times   p50 {p50:>8.2}   p99 {p99:>8.2}   max {max:>8.2}{cost} ms"
        );
    }
}

/// What this process has had of the processor, to 10 ms; nothing where there is no /proc.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
    let ticks: u64 = fields
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}

/// A line about something that was done once.
pub fn once(name: &str, count: u64, took: Duration) {
    let rate = count as f64 / took.as_secs_f64();
    println!(
        "  {name:<52} {count:>9} in {:>7.1} s = {rate:.0}/s",
        took.as_secs_f64()
    );
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
        bytes as f64 / 1e6,
        bytes / events.max(1)
    );
}
