//! Every series there is, by name: what is described at `/metrics`, and what
//! dashboards and alerts may ask for.

use metrics::{KeyName, Recorder};

/// What a series does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Buckets, a sum and a count.
    Histogram,
}

/// One family of series.
#[derive(Clone, Copy, Debug)]
pub struct Series {
    /// Its name, with the unit.
    pub name: &'static str,
    /// What it does.
    pub kind: Type,
    /// What it says, as its HELP.
    pub help: &'static str,
}

const fn counter(name: &'static str, help: &'static str) -> Series {
    let kind = Type::Counter;
    Series { name, kind, help }
}

const fn gauge(name: &'static str, help: &'static str) -> Series {
    let kind = Type::Gauge;
    Series { name, kind, help }
}

const fn histogram(name: &'static str, help: &'static str) -> Series {
    let kind = Type::Histogram;
    Series { name, kind, help }
}

pub(super) const TOKENS: &str = "attach_usage_tokens_total";
pub(super) const FOLDED: &str = "attach_usage_series_folded_total";
pub(super) const DROPPED: &str = "attach_memory_dropped_total";
pub(super) const REQUESTS: &str = "attach_requests_total";
pub(super) const DURATION: &str = "attach_request_duration_seconds";
pub(super) const FIRST_BYTE: &str = "attach_first_byte_seconds";
pub(super) const CALLS: &str = "attach_engine_calls_total";
pub(super) const ATTEMPTS: &str = "attach_task_attempts_total";
pub(super) const TASKS: &str = "attach_tasks";
pub(super) const ENDED: &str = "attach_tasks_ended_total";
pub(super) const KEYS_AGE: &str = "attach_jwks_age_seconds";
pub(super) const WAIT: &str = "attach_mailbox_wait_seconds";
pub(super) const BUILD: &str = "attach_build_info";

/// Counters without labels, which are there from the start.
pub(super) const PLAIN: [&str; 8] = [
    FOLDED,
    "attach_memory_forwarded_total",
    "attach_memory_refused_total",
    "attach_push_delivered_total",
    "attach_push_failed_total",
    "attach_push_dead_total",
    "attach_jwks_fetches_total",
    "attach_jwks_stale_seconds_total",
];

/// All of them.
pub const SERIES: &[Series] = &[
    counter(TOKENS, "tokens of prompts (in) and answers (out)"),
    counter(
        FOLDED,
        "calls counted as other: METRICS_MAX_SERIES is reached",
    ),
    counter(REQUESTS, "requests answered, by route and status"),
    histogram(
        DURATION,
        "seconds from a request to the last byte of its answer, or until its client left",
    ),
    histogram(
        FIRST_BYTE,
        "seconds from asking an engine to the head of its answer",
    ),
    counter(
        CALLS,
        "calls of engines by outcome: answered, status (5xx), unreachable, too_slow",
    ),
    counter(
        "attach_quota_refused_total",
        "calls refused, by the limit that took longest",
    ),
    counter(
        "attach_quota_charged_tokens_total",
        "tokens charged, by the limit that holds",
    ),
    counter(
        "attach_quota_unchecked_total",
        "calls, and slices of streams, that went on while Redis was away",
    ),
    counter(
        "attach_quota_set_aside_tokens_total",
        "tokens charged to nobody: Redis refused each call alone",
    ),
    counter(
        "attach_openmeter_delivered_total",
        "usage records that OpenMeter has taken",
    ),
    counter(
        "attach_openmeter_refused_total",
        "usage records set aside: OpenMeter refused each alone",
    ),
    gauge(
        "attach_openmeter_backlog",
        "usage records that wait for OpenMeter",
    ),
    gauge(
        "attach_places_free",
        "proxied requests that may still enter",
    ),
    gauge("attach_tasks_running", "tasks at work here"),
    gauge(TASKS, "tasks that have not ended, by state"),
    counter(ENDED, "tasks that ended since the start, by state"),
    counter(ATTEMPTS, "attempts at tasks that ended, by outcome"),
    counter(
        DROPPED,
        "memory events whose bodies, or which, a full disk did not take",
    ),
    counter(
        "attach_memory_forwarded_total",
        "events that Weaviate has taken",
    ),
    counter(
        "attach_memory_refused_total",
        "events set aside: Weaviate refused them time and again",
    ),
    gauge("attach_memory_backlog", "events that wait for Weaviate"),
    gauge(
        "attach_memory_set_aside",
        "events that Weaviate refused, kept on disk",
    ),
    counter(
        "attach_push_delivered_total",
        "events that webhooks answered 2xx",
    ),
    counter(
        "attach_push_failed_total",
        "deliveries to webhooks that failed; most are tried again",
    ),
    counter("attach_push_dead_total", "webhooks given up"),
    gauge(
        "attach_push_backlog",
        "webhooks with something to deliver or to try again",
    ),
    counter("attach_jwks_fetches_total", "fetches of an issuer's keys"),
    counter(
        "attach_jwks_stale_seconds_total",
        "seconds in which an issuer's keys were older than it allows",
    ),
    gauge(
        KEYS_AGE,
        "seconds since an issuer's keys were fetched; none before the first time",
    ),
    histogram(
        WAIT,
        "seconds a message waited for an actor, asked every five seconds, ten at most",
    ),
    counter(
        "attach_trace_spans_exported_total",
        "spans that the collector has taken",
    ),
    counter(
        "attach_trace_spans_dropped_total",
        "spans that were lost: the collector was away or too slow",
    ),
    gauge(BUILD, "1, with the version that runs"),
    counter(
        "process_cpu_seconds_total",
        "seconds of processor time, user and system",
    ),
    gauge("process_resident_memory_bytes", "memory that is resident"),
    gauge("process_virtual_memory_bytes", "memory that is mapped"),
    gauge(
        "process_virtual_memory_max_bytes",
        "memory that may be mapped",
    ),
    gauge("process_open_fds", "file descriptors that are open"),
    gauge("process_max_fds", "file descriptors that may be open"),
    gauge("process_threads", "threads of the process"),
    gauge(
        "process_start_time_seconds",
        "when the process started, in seconds since the Unix epoch",
    ),
];

pub(super) fn describe(recorder: &impl Recorder) {
    for Series { name, kind, help } in SERIES {
        let (name, help) = (KeyName::from(*name), (*help).into());
        match kind {
            Type::Counter => recorder.describe_counter(name, None, help),
            Type::Gauge => recorder.describe_gauge(name, None, help),
            Type::Histogram => recorder.describe_histogram(name, None, help),
        }
    }
}
