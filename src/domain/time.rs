//! Moments, as values.

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A moment, in milliseconds since the Unix epoch, UTC.
///
/// Functions that need the time take it as an argument; only the shells (the
/// actors, the handlers, the commands) read the clock, with [`UnixMillis::now`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// What the wall clock says. A clock before 1970 reads as 1970.
    pub fn now() -> Self {
        let since = std::time::UNIX_EPOCH.elapsed();
        Self(since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This moment `millis` later, never past the end of time.
    pub fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Whole seconds since the epoch, rounded down: what JWT claims count in.
    pub fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// RFC 3339 in UTC, as `2026-11-24T23:17:21.004Z`.
    pub fn rfc3339(self) -> String {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000);
        let text = moment.ok().and_then(|moment| moment.format(&Rfc3339).ok());
        text.unwrap_or_else(|| self.0.to_string())
    }

    /// The same with three digits of a second always: lines of it stand in columns
    /// and sort as text.
    pub fn rfc3339_millis(self) -> String {
        let moment = chrono::DateTime::from_timestamp_millis(self.0);
        let text = moment.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
        text.unwrap_or_else(|| self.0.to_string())
    }

    /// Seconds since the epoch with the fraction: what the task face shows.
    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}
