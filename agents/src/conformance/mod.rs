//! An agent that does what conformance suites ask for.

mod act;
mod behaviour;

use std::time::Duration;

use self::{act::act, behaviour::PREFIXES};
use crate::face::{Profile, Work, executor_work};

/// How long a suite waits for a stream, in seconds, unless it says otherwise.
pub(crate) const TIMEOUT_SECS: &str = "2";

/// What the card says.
pub(crate) const PROFILE: Profile = Profile {
    name: "conformance",
    description: "Does what conformance suites for A2A ask an agent to do.",
    skill: "Behave as asked",
    tags: &["conformance", "tck"],
    input_modes: &["text/plain", "application/json"],
    output_modes: &["text/plain", "application/json", "application/octet-stream"],
    is_guarded: false,
    required_extension: None,
    knows_callers: true,
};

/// What the agent for conformance suites must know to run.
#[derive(Clone, Debug)]
pub struct ConformanceConfig {
    /// The suite's `TCK_STREAMING_TIMEOUT`: a long-running task takes twice as
    /// long. 2 s by default.
    pub timeout: Duration,
    /// An extension that callers must name in `A2A-Extensions`.
    pub required_extension: Option<String>,
}

impl Default for ConformanceConfig {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(2),
            required_extension: None,
        }
    }
}

impl ConformanceConfig {
    /// For a suite whose `TCK_STREAMING_TIMEOUT` is this text; without one it is
    /// the default.
    ///
    /// # Errors
    ///
    /// What to write instead.
    pub fn waiting(timeout: Option<&str>) -> Result<Self, String> {
        Ok(Self {
            timeout: seconds(timeout.unwrap_or(TIMEOUT_SECS))?,
            required_extension: None,
        })
    }
}

/// The agent's work, for suites that wait `timeout`.
pub(crate) fn work(timeout: Duration) -> Work {
    executor_work(move |turn, teller| act(turn, teller, timeout))
}

/// The list of behaviours, for `--help`.
pub(crate) fn help() -> String {
    let names: Vec<_> = PREFIXES.iter().map(|(prefix, _)| *prefix).collect();
    format!(
        "What it does is told by how a message's id begins, or else its first text:\n\n  {}\n\n\
         Any other message completes the task.",
        names.join("\n  ")
    )
}

/// Reads a number of seconds, which may have a fraction.
///
/// # Errors
///
/// What to write instead.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.trim().parse().ok();
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration
        .filter(|duration| *duration <= Duration::from_secs(600))
        .ok_or_else(|| "write seconds, at most 600".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suites_timeout_is_seconds_with_a_fraction_or_the_default() {
        let read = |text| ConformanceConfig::waiting(text).map(|config| config.timeout);
        assert_eq!(read(None), Ok(ConformanceConfig::default().timeout));
        assert_eq!(read(Some(" 0.5 ")), Ok(Duration::from_millis(500)));
        for text in ["", "soon", "-1", "NaN", "inf", "601", "1e30"] {
            assert!(read(Some(text)).is_err(), "{text}");
        }
    }
}
