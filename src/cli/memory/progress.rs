//! How far a long command has come, told on a terminal only.

use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

/// How often it is told.
const EVERY: Duration = Duration::from_millis(500);

/// One line on stderr that is written over. Nothing for what ends at once.
pub(super) struct Progress {
    what: &'static str,
    is_terminal: bool,
    told: Instant,
    has_line: bool,
}

impl Progress {
    /// Counts `what`: "events exported".
    pub(super) fn new(what: &'static str) -> Self {
        Self {
            what,
            is_terminal: std::io::stderr().is_terminal(),
            told: Instant::now(),
            has_line: false,
        }
    }

    /// Says that it has come to `count`, if it is time to.
    pub(super) fn at(&mut self, count: u64) {
        if self.is_terminal && self.told.elapsed() >= EVERY {
            eprint!("\r{count} {}\u{1b}[K", self.what);
            self.told = Instant::now();
            self.has_line = true;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.has_line {
            eprintln!();
        }
    }
}
