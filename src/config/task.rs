//! Where tasks may go, and how they are run.

use std::time::Duration;

use crate::{
    config::{AgentConfig, TaskRunner, reader::Reader, temporal},
    domain::target::{AllowedPrefix, TargetRules},
};

/// How tasks are run.
#[derive(Clone, Copy, Debug)]
pub struct TaskConfig {
    /// `TASK_TIMEOUT`, for one call of an agent.
    pub timeout: Duration,
    /// `TASK_MAX_ATTEMPTS`.
    pub max_attempts: u32,
    /// `TASK_MAX_RUNNING`, for each depth: a task that waits for its child
    /// cannot take the place its child needs.
    pub max_running: usize,
    /// `TASK_MAX_WAITING_PER_USER`.
    pub max_waiting: u32,
    /// `TASK_LEASE`.
    pub lease: Duration,
    /// `TASK_MAX_DEPTH`.
    pub max_depth: u32,
    /// `TASK_TTL`.
    pub ttl: Duration,
    /// `TASK_RUNNER`.
    pub runner: TaskRunner,
}

pub(super) fn read(reader: &Reader<'_>) -> TaskConfig {
    TaskConfig {
        timeout: reader.secs("TASK_TIMEOUT", 600),
        max_attempts: reader.number("TASK_MAX_ATTEMPTS", 3, 1..=100),
        max_running: reader.number("TASK_MAX_RUNNING", 64, 1..=10_000),
        max_waiting: reader.number("TASK_MAX_WAITING_PER_USER", 10_000, 1..=1_000_000),
        lease: reader.secs("TASK_LEASE", 30),
        max_depth: reader.number("TASK_MAX_DEPTH", 8, 1..=16),
        ttl: reader
            .parsed(
                "TASK_TTL",
                "write days, hours, minutes or seconds: 30d, 12h, 90m, 600",
                span,
            )
            .unwrap_or(Duration::from_secs(30 * 86_400)),
        runner: temporal::runner(reader),
    }
}

pub(super) fn targets(reader: &Reader<'_>, agents: &[AgentConfig]) -> TargetRules {
    TargetRules {
        agents: agents.iter().map(|a| a.agent.clone()).collect(),
        allow: prefixes(reader, "TARGET_ALLOW"),
        own: Vec::new(),
        workflows: temporal::workflows(reader),
    }
}

/// A list of URL prefixes.
pub(super) fn prefixes(reader: &Reader<'_>, name: &'static str) -> Vec<AllowedPrefix> {
    let entries = reader.list(name).filter_map(|entry| {
        let parsed = AllowedPrefix::parse(entry);
        if parsed.is_err() {
            let remedy = "write http(s)://host:port/path, no user, query or fragment";
            reader.fault(name, Some(entry), remedy);
        }
        parsed.ok()
    });
    entries.collect()
}

/// `30d`, `12h`, `90m`, `10s`, or seconds without a letter; never nothing.
pub(crate) fn span(text: &str) -> Option<Duration> {
    let (digits, unit) = match text.char_indices().last()? {
        (at, 'd') => (&text[..at], 86_400),
        (at, 'h') => (&text[..at], 3_600),
        (at, 'm') => (&text[..at], 60),
        (at, 's') => (&text[..at], 1),
        _ => (text, 1),
    };
    let count: u64 = digits.parse().ok().filter(|n| *n > 0)?;
    count.checked_mul(unit).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_days_hours_minutes_or_seconds() {
        assert_eq!(span("30d"), Some(Duration::from_secs(2_592_000)));
        assert_eq!(span("90m"), Some(Duration::from_secs(5_400)));
        assert_eq!(span("600"), Some(Duration::from_secs(600)));
        for bad in ["", "d", "-1", "0", "1w", "1.5h", "99999999999999999999d"] {
            assert_eq!(span(bad), None, "{bad}");
        }
    }
}
