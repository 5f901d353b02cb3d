//! What is sent on.

use std::{fmt::Display, time::Duration};

use tokio::sync::watch;

use crate::domain::time::UnixMillis;

/// Something on disk that waits for a place outside. The rows know what is to be
/// sent, so recovery after a crash is the first look at them.
pub trait Outbox: Clone + Unpin + 'static {
    /// Who gets it, for logs.
    const NAME: &'static str;
    /// How long hints are gathered, so that a batch is worth its way.
    const GATHER: Duration;
    /// The longest pause after a failure.
    const LONGEST_REST: Duration;
    /// Why the rows cannot be read or written.
    type Error: Display;

    /// Changes whenever there is something to send.
    fn arrivals(&self) -> watch::Receiver<()>;

    /// Sends one batch at most, and writes down what came of it. `chance` in 0..1
    /// spreads retries.
    fn forward(
        &self,
        now: UnixMillis,
        chance: f64,
    ) -> impl Future<Output = Result<Turn, Self::Error>>;

    /// Leaves it to another gateway, as this one stops, or cannot send. Asked to forward
    /// again, it takes it where nobody has.
    fn leave(&self) -> impl Future<Output = ()>;

    /// Forgets what is old; asked for every ten minutes.
    fn tidy(&self, _now: UnixMillis) -> impl Future<Output = ()> {
        std::future::ready(())
    }
}

/// What one batch came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Rows that were taken.
    pub sent: usize,
    /// Counters, and what is to be added to each.
    pub counts: [(&'static str, usize); 2],
    /// Why nothing is taken now, if so.
    pub away: Option<Away>,
    /// Whether the next batch is smaller, and to be sent after a short pause.
    pub is_narrowed: bool,
    /// Whether it is to look again at once.
    pub is_more: bool,
}

/// Why nothing is taken now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Away {
    /// In words for the log.
    pub why: String,
    /// How long it is to be left alone at least, in ms, if that is known.
    pub after_ms: Option<u64>,
    /// Whether it takes a person to mend it: told each time, as an error.
    pub is_lasting: bool,
}
