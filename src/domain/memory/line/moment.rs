//! When an event happened, in the ways in which that is written.

use chrono::{DateTime, NaiveDateTime};
use serde_json::{Map, Value};

use super::{BadLine, bad};
use crate::domain::time::UnixMillis;

/// The last second that RFC 3339 can write.
const END: f64 = 253_402_300_799.0;

/// Takes `timestamp` out: RFC 3339, the same without an offset, which is UTC then,
/// or Unix seconds.
pub(super) fn take(fields: &mut Map<String, Value>) -> Result<UnixMillis, BadLine> {
    let said = fields.remove("timestamp");
    let said = said.ok_or_else(|| bad("timestamp", "is missing"))?;
    let at = match &said {
        Value::String(text) => written(text),
        said => said.as_f64().and_then(seconds),
    };
    let remedy = "must be a moment such as 2026-11-24T23:17:21.004Z, or Unix seconds";
    at.ok_or_else(|| bad("timestamp", remedy))
}

fn written(text: &str) -> Option<UnixMillis> {
    let whole = DateTime::parse_from_rfc3339(text).map(|at| at.timestamp_millis());
    let local = || {
        let format = match text.as_bytes().get(10) {
            Some(b' ') => "%Y-%m-%d %H:%M:%S%.f",
            _ => "%Y-%m-%dT%H:%M:%S%.f",
        };
        let at = NaiveDateTime::parse_from_str(text, format)?;
        Ok::<_, chrono::ParseError>(at.and_utc().timestamp_millis())
    };
    whole.or_else(|_| local()).ok().map(UnixMillis)
}

fn seconds(seconds: f64) -> Option<UnixMillis> {
    let is_moment = (0.0..=END).contains(&seconds);
    is_moment.then_some(UnixMillis((seconds * 1000.0).round() as i64))
}
