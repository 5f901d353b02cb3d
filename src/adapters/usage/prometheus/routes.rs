//! Requests by route: what every answer counts, so nothing is looked up by name
//! and nothing allocated.

use std::{sync::OnceLock, time::Instant};

use metrics::{Counter, Histogram, Key, Label, Recorder};
use metrics_exporter_prometheus::PrometheusRecorder;

use super::{META, series};

/// Parts of the surface, as labels name them; the last is for all the rest.
const ROUTES: [&str; 10] = [
    "/v1/", "/api/", "/a2a/", "/mem/", "/auth/", "/oauth/", "/agents", "/metrics", "grpc", "/",
];
/// Statuses from 100 on that have a counter at hand.
const STATUSES: usize = 500;

/// One of a few parts of the surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route(usize);

impl Route {
    /// Calls by gRPC, whose paths begin as no other's do.
    pub const GRPC: Self = Self(8);

    /// The part that `path` belongs to.
    pub fn of(path: &str) -> Self {
        let last = ROUTES.len() - 1;
        let found = ROUTES.iter().position(|start| path.starts_with(start));
        Self(found.unwrap_or(last))
    }

    /// Its label.
    pub fn name(self) -> &'static str {
        ROUTES[self.0]
    }

    /// Whether its requests make spans: engines, tasks, agents and memory.
    pub fn is_traced(self) -> bool {
        matches!(
            self.name(),
            "/v1/" | "/api/" | "/a2a/" | "/agents" | "/mem/"
        )
    }
}

/// Notes how long a request took when it is dropped.
pub struct Took {
    histogram: Histogram,
    since: Instant,
}

impl Drop for Took {
    fn drop(&mut self) {
        self.histogram.record(self.since.elapsed());
    }
}

/// The series of every route.
pub(super) struct Routes(Vec<OneRoute>);

struct OneRoute {
    duration: OnceLock<Histogram>,
    counters: Box<[OnceLock<Counter>]>,
}

impl Routes {
    pub(super) fn new() -> Self {
        let one = |_| OneRoute {
            duration: OnceLock::new(),
            counters: (0..STATUSES).map(|_| OnceLock::new()).collect(),
        };
        Self(ROUTES.iter().map(one).collect())
    }

    pub(super) fn answered(&self, recorder: &PrometheusRecorder, route: Route, status: u16) {
        let index = usize::from(status).saturating_sub(100);
        match self.0[route.0].counters.get(index) {
            Some(known) => {
                let counter = known.get_or_init(|| counter(recorder, route, status));
                counter.increment(1);
            }
            None => counter(recorder, route, status).increment(1),
        }
    }

    pub(super) fn taking(
        &self,
        recorder: &PrometheusRecorder,
        route: Route,
        since: Instant,
    ) -> Took {
        let known = &self.0[route.0].duration;
        let histogram = known.get_or_init(|| duration(recorder, route)).clone();
        Took { histogram, since }
    }
}

fn counter(recorder: &PrometheusRecorder, route: Route, status: u16) -> Counter {
    let labels = vec![
        Label::from_static_parts("route", route.name()),
        Label::new("status", status.to_string()),
    ];
    recorder.register_counter(&Key::from_parts(series::REQUESTS, labels), &META)
}

fn duration(recorder: &PrometheusRecorder, route: Route) -> Histogram {
    let labels = vec![Label::from_static_parts("route", route.name())];
    recorder.register_histogram(&Key::from_parts(series::DURATION, labels), &META)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_belongs_to_one_route() {
        for (path, route) in [
            ("/v1/chat/completions", "/v1/"),
            ("/api/chat", "/api/"),
            ("/agents/coder", "/agents"),
            ("/.well-known/agent-card.json", "/"),
            ("/", "/"),
            ("", "/"),
        ] {
            assert_eq!(Route::of(path).name(), route, "{path}");
        }
        assert_eq!(Route::GRPC.name(), "grpc");
    }
}
