//! Which time is asked for, and in which steps.

use super::Wanted;
use crate::{
    adapters::usage::picture::Frame,
    domain::{id::Owner, time::UnixMillis},
    http::error::ApiError,
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Steps at most.
const MOST: i64 = 1000;
/// The last moment that is taken: beyond it no clock of ours gets.
const LAST: i64 = 253_402_300_799_999;

/// What `wanted` says, of `owner`'s records or of all.
pub(super) fn frame(
    wanted: &Wanted,
    owner: Option<Owner>,
    now: UnixMillis,
) -> Result<Frame, ApiError> {
    // What ended in this very millisecond is in it.
    let until = wanted.until.unwrap_or(now.0 + 1);
    let since = wanted.since.unwrap_or(until.saturating_sub(DAY));
    if since < 0 || until <= since || until > LAST {
        let text = "since, until: write milliseconds since 1970, since before until";
        return Err(ApiError::Invalid(text.to_owned()));
    }
    let step_ms = step(wanted.step.as_deref(), until - since)?;
    // A step begins where the clock says so, and the first may have begun before.
    if (until - 1) / step_ms - since / step_ms >= MOST {
        let text = format!("step: more than {MOST} steps; write a longer one, or ask for less");
        return Err(ApiError::Invalid(text));
    }
    Ok(Frame {
        owner,
        since: UnixMillis(since),
        until: UnixMillis(until),
        step_ms,
    })
}

/// Without a word as many steps as can be seen side by side.
fn step(word: Option<&str>, length: i64) -> Result<i64, ApiError> {
    Ok(match word {
        Some("minute") => MINUTE,
        Some("hour") => HOUR,
        Some("day") => DAY,
        Some(_) => {
            let text = "step: write minute, hour or day";
            return Err(ApiError::Invalid(text.to_owned()));
        }
        None if length <= 3 * HOUR => MINUTE,
        None if length <= 31 * DAY => HOUR,
        None => DAY,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(since: Option<i64>, until: Option<i64>, step: &str) -> Result<Frame, String> {
        let step = (!step.is_empty()).then(|| step.to_owned());
        let wanted = Wanted {
            since,
            until,
            step,
            everyone: None,
        };
        frame(&wanted, None, UnixMillis(100 * DAY)).map_err(|error| error.to_string())
    }

    #[test]
    fn without_a_word_it_is_the_last_day_in_hours() {
        let frame = asked(None, None, "").unwrap();
        assert_eq!(frame.until.0, 100 * DAY + 1);
        assert_eq!((frame.until.0 - frame.since.0, frame.step_ms), (DAY, HOUR));
    }

    #[test]
    fn steps_grow_with_the_time_and_are_a_thousand_at_most() {
        for (length, step) in [
            (HOUR, MINUTE),
            (DAY, HOUR),
            (31 * DAY, HOUR),
            (32 * DAY, DAY),
        ] {
            assert_eq!(asked(Some(0), Some(length), "").unwrap().step_ms, step);
        }
        assert!(asked(Some(0), Some(1000 * MINUTE), "minute").is_ok());
        let told = asked(Some(1), Some(1000 * MINUTE + 1), "minute").unwrap_err();
        assert!(told.contains("1000 steps"), "{told}");
        assert!(asked(Some(0), Some(1001 * DAY), "").is_err());
    }

    #[test]
    fn what_is_no_time_and_no_step_is_told() {
        for (since, until) in [
            (Some(5), Some(5)),
            (Some(-1), None),
            (Some(0), Some(i64::MAX)),
        ] {
            let told = asked(since, until, "").unwrap_err();
            assert!(told.starts_with("since, until"), "{told}");
        }
        assert!(asked(None, None, "week").unwrap_err().starts_with("step"));
        assert!(asked(None, Some(i64::MIN), "").is_err());
    }
}
