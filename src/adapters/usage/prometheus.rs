//! `attach_usage_tokens_total` and what else `/metrics` shows.

mod engines;
mod routes;
pub mod series;
mod tokens;

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use metrics::{Counter, Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use metrics_process::Collector;

use crate::{
    adapters::usage::Total,
    domain::{
        id::Owner,
        usage::{OTHER, user_label},
    },
};
use engines::OneEngine;
use routes::Routes;
pub use routes::{Route, Took};
use series::TOKENS;
use tokens::Known;

const META: Metadata<'static> = Metadata::new("attach", Level::INFO, None);
/// From an answer out of memory to a model that is being loaded, in seconds.
const BUCKETS: [f64; 17] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
    120.0, 300.0,
];

/// The series of one gateway. A clone shares them.
#[derive(Clone)]
pub struct Prometheus(Arc<Inner>);

struct Inner {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    /// Users of this issuer are labelled with their bare name.
    home: String,
    max_series: usize,
    known: RwLock<Known>,
    routes: Routes,
    engines: RwLock<HashMap<String, OneEngine>>,
    process: Collector,
}

impl Prometheus {
    /// Empty series. Users of the issuer `home`, and DIDs, appear under their bare
    /// name, others as `name@issuer`, as does a user who is called `other`; beyond
    /// `max_series` pairs of user and model new ones count as `other`.
    pub fn new(home: &str, max_series: usize) -> Self {
        let recorder = builder().build_recorder();
        series::describe(&recorder);
        let handle = recorder.handle();
        let metrics = Self(Arc::new(Inner {
            recorder,
            handle,
            home: home.to_owned(),
            max_series,
            known: RwLock::default(),
            routes: Routes::new(),
            engines: RwLock::default(),
            process: Collector::default(),
        }));
        // Whoever asks how much one has grown needs a 0 to begin with.
        series::PLAIN.iter().for_each(|name| metrics.count(name, 0));
        metrics.labelled(series::BUILD, ("version", env!("CARGO_PKG_VERSION")), 1.0);
        metrics
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
        let Inner {
            known, recorder, ..
        } = &*self.0;
        let label = || self.user_label(owner);
        let bound = (label, self.0.max_series);
        let (pair, is_folded) = tokens::pair(known, recorder, (owner, model), bound);
        pair.add(tokens_in, tokens_out);
        if is_folded {
            self.count(series::FOLDED, 1);
        }
    }

    /// Counts one answered request.
    pub fn answered(&self, route: Route, status: u16) {
        self.0.routes.answered(&self.0.recorder, route, status);
    }

    /// Notes how long a request that came at `since` takes, once that is dropped.
    pub fn taking(&self, route: Route, since: Instant) -> Took {
        self.0.routes.taking(&self.0.recorder, route, since)
    }

    /// Counts a call that an engine answered, and notes how long that took.
    pub fn engine_answered(&self, engine: &str, took: Duration) {
        let known = self
            .0
            .engines
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = known.get(engine) {
            return one.answered(took);
        }
        drop(known);
        let one = OneEngine::new(&self.0.recorder, engine);
        one.answered(took);
        let mut known = self
            .0
            .engines
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        known.insert(engine.to_owned(), one);
    }

    /// Counts a call that an engine did not answer, or answered with its own error.
    pub fn engine_failed(&self, engine: &str, outcome: &'static str) {
        engines::calls(&self.0.recorder, engine, outcome).increment(1);
    }

    /// Counts an attempt at a task that is over.
    pub fn attempted(&self, outcome: &'static str) {
        let label = Label::from_static_parts("outcome", outcome);
        let key = Key::from_parts(series::ATTEMPTS, vec![label]);
        self.0.recorder.register_counter(&key, &META).increment(1);
    }

    /// Says how many tasks are in `state` now.
    pub fn tasks(&self, state: &'static str, count: u64) {
        self.labelled(series::TASKS, ("state", state), count as f64);
    }

    /// Says how many tasks have ended so since the start.
    pub fn tasks_ended(&self, state: &'static str, count: u64) {
        let label = Label::from_static_parts("state", state);
        let key = Key::from_parts(series::ENDED, vec![label]);
        let counter = self.0.recorder.register_counter(&key, &META);
        counter.absolute(count);
    }

    /// Says how old the keys of `issuer` are.
    pub fn keys_age(&self, issuer: &str, secs: f64) {
        self.labelled(series::KEYS_AGE, ("issuer", issuer), secs);
    }

    /// Notes how long a message waited for `actor`.
    pub fn waited(&self, actor: &'static str, wait: Duration) {
        let label = Label::from_static_parts("actor", actor);
        let key = Key::from_parts(series::WAIT, vec![label]);
        self.0.recorder.register_histogram(&key, &META).record(wait);
    }

    /// Counts what memory dropped because the disk is full: `bodies` or `events`.
    pub fn dropped(&self, what: &'static str, n: u64) {
        let key = Key::from_parts(series::DROPPED, vec![Label::new("what", what)]);
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
        metrics::with_local_recorder(&self.0.recorder, || self.0.process.collect());
        self.0.handle.render()
    }

    /// Sorts what was noted into its buckets: to be called every few seconds, or it
    /// grows until somebody reads it.
    pub fn tidy(&self) {
        self.0.handle.run_upkeep();
    }

    /// The token series of `owner` alone; none for one who counts as `other`.
    pub fn render_for(&self, owner: &Owner) -> String {
        let user = escaped(&self.user_label(owner));
        let own = format!("{TOKENS}{{user=\"{user}\",");
        let is_shown =
            |line: &&str| line.starts_with(&own) || line.starts_with('#') && line.contains(TOKENS);
        let all = self.0.handle.render();
        let mut text = String::new();
        for line in all.lines().filter(is_shown) {
            text.extend([line, "\n"]);
        }
        text
    }

    fn user_label(&self, owner: &Owner) -> String {
        user_label(owner, &self.0.home)
    }

    fn labelled(&self, name: &'static str, (label, of): (&'static str, &str), value: f64) {
        let key = Key::from_parts(name, vec![Label::new(label, of.to_owned())]);
        self.0.recorder.register_gauge(&key, &META).set(value);
    }
}

/// Times are counted in buckets; without them they would be quantiles, which
/// cannot be added up.
fn builder() -> PrometheusBuilder {
    let times = Matcher::Suffix("_seconds".to_owned());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(times, &BUCKETS);
    // An error says that there are no buckets.
    builder.unwrap_or_default()
}

/// As the text format writes a label's value.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
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
