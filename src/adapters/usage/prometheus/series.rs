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

/// Tokens of prompts and answers.
pub const TOKENS: &str = "attach_usage_tokens_total";
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
/// Events that Weaviate has taken.
pub const MEMORY_FORWARDED: &str = "attach_memory_forwarded_total";
/// Events that it refused for good.
pub const MEMORY_REFUSED: &str = "attach_memory_refused_total";
/// Events that wait for it.
pub const MEMORY_BACKLOG: &str = "attach_memory_backlog";
/// Events that it refused, on disk.
pub const MEMORY_SET_ASIDE: &str = "attach_memory_set_aside";
/// Events that webhooks have taken.
pub const PUSH_DELIVERED: &str = "attach_push_delivered_total";
/// Deliveries that failed.
pub const PUSH_FAILED: &str = "attach_push_failed_total";
/// Webhooks given up.
pub const PUSH_DEAD: &str = "attach_push_dead_total";
/// Webhooks with something to deliver.
pub const PUSH_BACKLOG: &str = "attach_push_backlog";
/// Fetches of issuers' keys.
pub const KEYS_FETCHES: &str = "attach_jwks_fetches_total";
/// How long keys were older than they may be.
pub const KEYS_STALE: &str = "attach_jwks_stale_seconds_total";
/// Calls refused by a limit.
pub const QUOTA_REFUSED: &str = "attach_quota_refused_total";
/// Tokens charged to a limit.
pub const QUOTA_CHARGED: &str = "attach_quota_charged_tokens_total";
/// Tokens that Redis refused to charge.
pub const QUOTA_SET_ASIDE: &str = "attach_quota_set_aside_tokens_total";
/// What went on while Redis was away.
pub const QUOTA_UNCHECKED: &str = "attach_quota_unchecked_total";
/// Usage records that OpenMeter has taken.
pub const OPENMETER_DELIVERED: &str = "attach_openmeter_delivered_total";
/// Usage records set aside.
pub const OPENMETER_REFUSED: &str = "attach_openmeter_refused_total";
/// Usage records that wait.
pub const OPENMETER_BACKLOG: &str = "attach_openmeter_backlog";
/// Places for proxied requests.
pub const PLACES: &str = "attach_places";
/// Those that are free.
pub const PLACES_FREE: &str = "attach_places_free";
/// Tasks at work here.
pub const TASKS_RUNNING: &str = "attach_tasks_running";
/// Spans that the collector has taken.
pub const SPANS_EXPORTED: &str = "attach_trace_spans_exported_total";
/// Spans that were lost.
pub const SPANS_DROPPED: &str = "attach_trace_spans_dropped_total";

/// How far the traces of tasks in Temporal are behind.
pub const TRACES_BEHIND: &str = "attach_temporal_traces_behind_seconds";
/// Tasks without a trace.
pub const TRACES_DROPPED: &str = "attach_temporal_traces_dropped_total";

/// Counters without labels, which are there from the start.
pub(super) const PLAIN: [&str; 8] = [
    FOLDED,
    MEMORY_FORWARDED,
    MEMORY_REFUSED,
    PUSH_DELIVERED,
    PUSH_FAILED,
    PUSH_DEAD,
    KEYS_FETCHES,
    KEYS_STALE,
];

/// All of them.
pub const SERIES: &[Series] = &[
    counter(
        TOKENS,
        "tokens of prompts (in) and answers (out); with PostgreSQL, of this process alone",
    ),
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
        QUOTA_REFUSED,
        "calls refused, by the limit that took longest",
    ),
    counter(QUOTA_CHARGED, "tokens charged, by the limit that holds"),
    counter(
        QUOTA_UNCHECKED,
        "calls, and slices of streams, that went on while Redis was away",
    ),
    counter(
        QUOTA_SET_ASIDE,
        "tokens charged to nobody: Redis refused each call alone",
    ),
    counter(
        OPENMETER_DELIVERED,
        "usage records that OpenMeter has taken",
    ),
    counter(
        OPENMETER_REFUSED,
        "usage records set aside: OpenMeter refused each alone",
    ),
    gauge(OPENMETER_BACKLOG, "usage records that wait for OpenMeter"),
    gauge(
        PLACES,
        "proxied requests that may be under way at the same time",
    ),
    gauge(PLACES_FREE, "proxied requests that may still enter"),
    gauge(TASKS_RUNNING, "tasks at work here"),
    gauge(TASKS, "tasks that have not ended, by state"),
    counter(ENDED, "tasks that ended since the start, by state"),
    counter(
        ATTEMPTS,
        "attempts for which an agent was asked, by outcome: that of its task, again, told, given_up, aborted",
    ),
    counter(
        DROPPED,
        "memory events whose bodies, or which, a full disk did not take",
    ),
    counter(MEMORY_FORWARDED, "events that Weaviate has taken"),
    counter(
        MEMORY_REFUSED,
        "events set aside: Weaviate refused them time and again",
    ),
    gauge(MEMORY_BACKLOG, "events that wait for Weaviate"),
    gauge(
        MEMORY_SET_ASIDE,
        "events that Weaviate refused, kept on disk",
    ),
    counter(PUSH_DELIVERED, "events that webhooks answered 2xx"),
    counter(
        PUSH_FAILED,
        "deliveries to webhooks that failed; most are tried again",
    ),
    counter(PUSH_DEAD, "webhooks given up"),
    gauge(
        PUSH_BACKLOG,
        "webhooks with something to deliver or to try again",
    ),
    counter(KEYS_FETCHES, "fetches of an issuer's keys"),
    counter(
        KEYS_STALE,
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
    counter(SPANS_EXPORTED, "spans that the collector has taken"),
    counter(
        SPANS_DROPPED,
        "spans that were lost: the collector was away or too slow",
    ),
    gauge(
        TRACES_BEHIND,
        "seconds that the traces of tasks in Temporal are behind",
    ),
    counter(
        TRACES_DROPPED,
        "tasks without a trace in Temporal: it was away for a day, or refused it",
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
