//! Calls of engines: what every one of them counts, so nothing is looked up by
//! name.

use std::time::Duration;

use metrics::{Counter, Histogram, Key, Label, Recorder};
use metrics_exporter_prometheus::PrometheusRecorder;

use super::{META, series};

/// The series of one engine that answers.
pub(super) struct OneEngine {
    first_byte: Histogram,
    answered: Counter,
}

impl OneEngine {
    pub(super) fn new(recorder: &PrometheusRecorder, engine: &str) -> Self {
        let label = Label::new("engine", engine.to_owned());
        let key = Key::from_parts(series::FIRST_BYTE, vec![label]);
        Self {
            first_byte: recorder.register_histogram(&key, &META),
            answered: calls(recorder, engine, "answered"),
        }
    }

    pub(super) fn answered(&self, took: Duration) {
        self.first_byte.record(took);
        self.answered.increment(1);
    }
}

pub(super) fn calls(recorder: &PrometheusRecorder, engine: &str, outcome: &'static str) -> Counter {
    let labels = vec![
        Label::new("engine", engine.to_owned()),
        Label::from_static_parts("outcome", outcome),
    ];
    recorder.register_counter(&Key::from_parts(series::CALLS, labels), &META)
}
