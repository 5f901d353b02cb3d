//! `attach_usage_tokens_total` and what else `/metrics` shows.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use metrics::{Counter, Key, KeyName, Label, Level, Metadata, Recorder, SharedString, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::{adapters::usage::Total, domain::id::Owner};

const TOKENS: &str = "attach_usage_tokens_total";
const DROPPED: &str = "attach_memory_dropped_total";
/// The user and the model of what is folded; no one's label.
const OTHER: &str = "other";
const META: Metadata<'static> = Metadata::new("attach", Level::INFO, None);

/// The series of one gateway. A clone shares them.
#[derive(Clone)]
pub struct Prometheus(Arc<Inner>);

struct Inner {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    /// Users of this issuer are labelled with their bare name.
    home: String,
    max_series: usize,
    known: Mutex<HashSet<(String, String)>>,
}

impl Prometheus {
    /// Empty series. Users of the issuer `home`, and DIDs, appear under their bare
    /// name, others as `name@issuer`, as does a user who is called `other`; beyond
    /// `max_series` pairs of user and model new ones count as `other`.
    pub fn new(home: &str, max_series: usize) -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        describe(&recorder);
        let handle = recorder.handle();
        Self(Arc::new(Inner {
            recorder,
            handle,
            home: home.to_owned(),
            max_series,
            known: Mutex::default(),
        }))
    }

    /// Starts from what the rows add up to.
    pub fn seed(&self, totals: &[Total]) {
        for total in totals {
            let owner = Owner::new(&*total.issuer, &*total.user_id);
            let tokens = |n: i64| u64::try_from(n).unwrap_or(0);
            self.used(
                &owner,
                &total.model,
                tokens(total.tokens_in),
                tokens(total.tokens_out),
            );
        }
    }

    /// Counts the tokens of one call.
    pub fn used(&self, owner: &Owner, model: &str, tokens_in: u64, tokens_out: u64) {
        let (user, model) = self.labels(owner, model);
        for (direction, tokens) in [("in", tokens_in), ("out", tokens_out)] {
            let labels = vec![
                Label::new("user", user.clone()),
                Label::new("direction", direction),
                Label::new("model", model.clone()),
            ];
            let key = Key::from_parts(TOKENS, labels);
            self.0
                .recorder
                .register_counter(&key, &META)
                .increment(tokens);
        }
    }

    /// Counts one answered request.
    pub fn answered(&self, route: &'static str, status: u16) {
        let labels = vec![
            Label::from_static_parts("route", route),
            Label::new("status", status.to_string()),
        ];
        let key = Key::from_parts("attach_requests_total", labels);
        self.0.recorder.register_counter(&key, &META).increment(1);
    }

    /// Counts what memory dropped because the disk is full: `bodies` or `events`.
    pub fn dropped(&self, what: &'static str, n: u64) {
        let key = Key::from_parts(DROPPED, vec![Label::new("what", what)]);
        self.0.recorder.register_counter(&key, &META).increment(n);
    }

    /// Sets a gauge that has no labels.
    pub fn gauge(&self, name: &'static str, value: f64) {
        let key = Key::from_static_name(name);
        self.0.recorder.register_gauge(&key, &META).set(value);
    }

    /// Adds to a counter that has no labels.
    pub fn count(&self, name: &'static str, n: u64) {
        let key = Key::from_static_name(name);
        self.0.recorder.register_counter(&key, &META).increment(n);
    }

    /// A counter of the quota limit called `limit`.
    pub fn of_limit(&self, name: &'static str, limit: &str) -> Counter {
        let key = Key::from_parts(name, vec![Label::new("limit", limit.to_owned())]);
        self.0.recorder.register_counter(&key, &META)
    }

    /// A counter that has no labels.
    pub fn counter(&self, name: &'static str) -> Counter {
        let key = Key::from_static_name(name);
        self.0.recorder.register_counter(&key, &META)
    }

    /// Every series, as a scraper reads them.
    pub fn render(&self) -> String {
        self.0.handle.render()
    }

    /// The token series of `owner` alone; none for one who counts as `other`.
    pub fn render_for(&self, owner: &Owner) -> String {
        let user = format!("user=\"{}\"", escaped(&self.user_label(owner)));
        let all = self.render();
        let own = |line: &&str| {
            let Some(labels) = line.strip_prefix(TOKENS) else {
                return false;
            };
            labels.starts_with(&format!("{{{user},"))
        };
        let about = all
            .lines()
            .filter(|l| l.starts_with('#') && l.contains(TOKENS));
        let lines: Vec<_> = about.chain(all.lines().filter(own)).collect();
        lines.join("\n") + "\n"
    }

    fn user_label(&self, owner: &Owner) -> String {
        let is_home = *owner.issuer == *self.0.home && &*owner.user != OTHER;
        // A DID vouches for itself.
        if is_home || owner.is_did() {
            owner.user.to_string()
        } else {
            format!("{}@{}", owner.user, owner.issuer)
        }
    }

    fn labels(&self, owner: &Owner, model: &str) -> (SharedString, SharedString) {
        let pair = (self.user_label(owner), model.to_owned());
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(&pair) {
            if known.len() >= self.0.max_series {
                drop(known);
                self.count("attach_usage_series_folded_total", 1);
                return (OTHER.into(), OTHER.into());
            }
            known.insert(pair.clone());
        }
        (pair.0.into(), pair.1.into())
    }
}

/// As the text format writes a label's value.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

fn describe(recorder: &PrometheusRecorder) {
    let counters = [
        (TOKENS, "tokens of prompts (in) and answers (out)"),
        (
            "attach_requests_total",
            "requests answered, by route and status",
        ),
        (
            "attach_usage_series_folded_total",
            "calls counted as other: METRICS_MAX_SERIES is reached",
        ),
        (
            DROPPED,
            "memory events whose bodies, or which, a full disk did not take",
        ),
        (
            "attach_push_delivered_total",
            "events that webhooks answered 2xx",
        ),
        (
            "attach_push_failed_total",
            "deliveries to webhooks that failed; most are tried again",
        ),
        ("attach_push_dead_total", "webhooks given up"),
        (
            "attach_memory_forwarded_total",
            "events that Weaviate has taken",
        ),
        (
            "attach_memory_refused_total",
            "events set aside: Weaviate refused them time and again",
        ),
        (
            "attach_quota_charged_tokens_total",
            "tokens charged, by the limit that holds",
        ),
        (
            "attach_quota_refused_total",
            "calls refused, by the limit that took longest",
        ),
        (
            "attach_quota_unchecked_total",
            "calls, and slices of streams, that went on while Redis was away",
        ),
        ("attach_jwks_fetches_total", "fetches of an issuer's keys"),
        (
            "attach_jwks_stale_seconds_total",
            "seconds in which an issuer's keys were older than it allows",
        ),
    ];
    for (name, text) in counters {
        recorder.describe_counter(KeyName::from(name), Some(Unit::Count), text.into());
    }
    let gauges = [
        (
            "attach_places_free",
            "proxied requests that may still enter",
        ),
        ("attach_tasks_running", "tasks at work here"),
        (
            "attach_push_backlog",
            "webhooks with something to deliver or to try again",
        ),
        ("attach_memory_backlog", "events that wait for Weaviate"),
        (
            "attach_memory_set_aside",
            "events that Weaviate refused, kept on disk",
        ),
    ];
    for (name, text) in gauges {
        recorder.describe_gauge(KeyName::from(name), Some(Unit::Count), text.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_sees_their_own_series_and_no_ones_that_look_alike() {
        let series = Prometheus::new("https://i", 100);
        let ada = Owner::new("https://i", "ada");
        series.used(&ada, "m", 3, 4);
        series.used(&Owner::new("https://j", "ada"), "m", 1, 1);
        series.used(&Owner::new("https://i", "ad\"a"), "user=\"ada\"", 1, 1);
        let own = series.render_for(&ada);
        let lines: Vec<_> = own.lines().filter(|l| !l.starts_with('#')).collect();
        assert_eq!(lines.len(), 2, "{own}");
        assert!(
            own.contains("attach_usage_tokens_total{user=\"ada\",direction=\"in\",model=\"m\"} 3")
        );
    }

    #[test]
    fn beyond_the_bound_new_series_are_other() {
        let series = Prometheus::new("i", 1);
        series.used(&Owner::new("i", "a"), "m", 1, 0);
        series.used(&Owner::new("i", "b"), "m", 2, 0);
        series.used(&Owner::new("i", "c"), "m", 3, 0);
        let text = series.render();
        assert!(
            text.contains("{user=\"other\",direction=\"in\",model=\"other\"} 5"),
            "{text}"
        );
    }

    #[test]
    fn a_user_or_a_model_called_other_is_not_mixed_with_what_is_folded() {
        let series = Prometheus::new("https://i", 2);
        let other = Owner::new("https://i", "other");
        series.used(&other, "other", 1, 0);
        series.used(&Owner::new("https://i", "ada"), "other", 2, 0);
        let folded = Owner::new("https://i", "eve");
        series.used(&folded, "m", 4, 0);
        let text = series.render();
        for line in [
            "{user=\"other@https://i\",direction=\"in\",model=\"other\"} 1",
            "{user=\"ada\",direction=\"in\",model=\"other\"} 2",
            "{user=\"other\",direction=\"in\",model=\"other\"} 4",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        let own = |owner| series.render_for(owner).matches("direction=").count();
        assert_eq!((own(&other), own(&folded)), (2, 0));
    }
}
