//! How far it has come, and what is where in the end.

use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

use crate::{adapters::moving::Count, cli::table::aligned};

/// How often progress is told: over one line on a terminal, in lines elsewhere.
const ON_TERMINAL: Duration = Duration::from_millis(200);
const IN_LINES: Duration = Duration::from_secs(5);

/// Progress, on stderr.
pub(super) struct Progress {
    is_terminal: bool,
    table: &'static str,
    told: Instant,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            is_terminal: std::io::stderr().is_terminal(),
            table: "",
            told: Instant::now(),
        }
    }

    /// Says that `rows` of `table` are there.
    pub(super) fn at(&mut self, table: &'static str, rows: i64) {
        let is_next = self.table != table;
        match self.is_terminal {
            true if is_next || self.told.elapsed() >= ON_TERMINAL => {
                eprint!("\r{table}: {rows} rows\u{1b}[K");
            }
            false if self.told.elapsed() >= IN_LINES => eprintln!("{table}: {rows} rows"),
            _ => return self.table = table,
        }
        self.table = table;
        self.told = Instant::now();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_terminal && !self.table.is_empty() {
            eprint!("\r\u{1b}[K");
        }
    }
}

/// A line a table.
pub(super) fn counts(counts: &[Count]) {
    let mut rows = vec![["table", "file", "server", ""].map(str::to_owned).to_vec()];
    rows.extend(counts.iter().map(|count| {
        let differs = if count.here == count.there {
            ""
        } else {
            "differs"
        };
        vec![
            count.table.to_owned(),
            count.here.to_string(),
            count.there.to_string(),
            differs.to_owned(),
        ]
    }));
    say!("{}", aligned(&rows, 1).trim_end());
}
