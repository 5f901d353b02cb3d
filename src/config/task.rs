//! Where tasks may go, and how they are run.

use std::time::Duration;

use serde::Deserialize;

use crate::{
    config::reader::Reader,
    domain::target::{AllowedPrefix, NamedAgent, OWN_CHAT, TargetRules, http_url},
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
}

/// An agent, and what people are told about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentConfig {
    /// Its name and where it is.
    pub agent: NamedAgent,
    /// What it is for.
    pub description: String,
}

/// An `[[agent]]` table as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AgentTable {
    name: String,
    url: String,
    kind: Option<String>,
    #[serde(default)]
    internal: bool,
    #[serde(default)]
    description: String,
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
    }
}

/// `AGENTS`, then the tables; a later agent of the same name is a fault.
pub(super) fn agents(reader: &Reader<'_>, tables: Vec<AgentTable>) -> Vec<AgentConfig> {
    let mut agents: Vec<AgentConfig> = Vec::new();
    let named = reader.list("AGENTS").map(|entry| {
        let (name, url) = entry.split_once('=').unwrap_or((entry, ""));
        ("AGENTS", name.trim(), url.trim(), true, String::new())
    });
    let tabled = tables.iter().map(|table| {
        if table.kind.as_deref().is_some_and(|kind| kind != "chat") {
            let remedy = "only kind = \"chat\" is in this version";
            reader.fault("[[agent]] kind", table.kind.as_deref(), remedy);
        }
        let (name, url) = (table.name.as_str(), table.url.as_str());
        (
            "[[agent]]",
            name,
            url,
            table.internal,
            table.description.clone(),
        )
    });
    for (place, name, url, internal, description) in named.chain(tabled) {
        let Some(agent) = agent(name, url, internal) else {
            let found = format!("{name}={url}");
            reader.fault(place, Some(&found), "write name=http://host:port/path; a name has 1 to 64 of a-z 0-9 . _ -, and is not \"chat\"");
            continue;
        };
        if agents.iter().any(|known| known.agent.name == name) {
            reader.fault(place, Some(name), "two agents have this name; rename one");
        }
        agents.push(AgentConfig { agent, description });
    }
    agents
}

fn agent(name: &str, url: &str, internal: bool) -> Option<NamedAgent> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    let named = (1..=64).contains(&name.len()) && name.chars().all(plain) && name != OWN_CHAT;
    let url = http_url(url).ok()?;
    named.then(|| NamedAgent {
        name: name.to_owned(),
        url,
        internal,
    })
}

pub(super) fn targets(reader: &Reader<'_>, agents: &[AgentConfig]) -> TargetRules {
    let allow = reader.list("TARGET_ALLOW").filter_map(|entry| {
        let parsed = AllowedPrefix::parse(entry);
        if parsed.is_err() {
            reader.fault(
                "TARGET_ALLOW",
                Some(entry),
                "write http(s)://host:port/path, no user, query or fragment",
            );
        }
        parsed.ok()
    });
    TargetRules {
        agents: agents.iter().map(|a| a.agent.clone()).collect(),
        allow: allow.collect(),
        own: Vec::new(),
    }
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
