//! Tokens by user and model, within a bound on how many are told apart.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use metrics::{Counter, Key, Label, Recorder, SharedString};
use metrics_exporter_prometheus::PrometheusRecorder;

use super::{META, OTHER, series::TOKENS};
use crate::domain::id::Owner;

/// The counters of one user and model.
#[derive(Clone)]
pub(super) struct Pair {
    input: Counter,
    output: Counter,
}

impl Pair {
    pub(super) fn add(&self, tokens_in: u64, tokens_out: u64) {
        self.input.increment(tokens_in);
        self.output.increment(tokens_out);
    }

    fn new(recorder: &PrometheusRecorder, user: SharedString, model: SharedString) -> Self {
        let counter = |direction| {
            let labels = vec![
                Label::new("user", user.clone()),
                Label::new("direction", direction),
                Label::new("model", model.clone()),
            ];
            recorder.register_counter(&Key::from_parts(TOKENS, labels), &META)
        };
        Self {
            input: counter("in"),
            output: counter("out"),
        }
    }
}

/// Who is known, and with which models.
#[derive(Default)]
pub(super) struct Known {
    users: HashMap<Owner, HashMap<String, Pair>>,
    pairs: usize,
}

impl Known {
    fn find(&self, owner: &Owner, model: &str) -> Option<Pair> {
        self.users.get(owner)?.get(model).cloned()
    }
}

/// The counters of `owner` and `model`, and whether they are those that everyone
/// shares who came after `most` others.
pub(super) fn pair(
    known: &RwLock<Known>,
    recorder: &PrometheusRecorder,
    (owner, model): (&Owner, &str),
    (label, most): (impl Fn() -> String, usize),
) -> (Pair, bool) {
    let read = known.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(pair) = read.find(owner, model) {
        return (pair, false);
    }
    drop(read);
    let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(pair) = known.find(owner, model) {
        return (pair, false);
    }
    if known.pairs >= most {
        drop(known);
        return (Pair::new(recorder, OTHER.into(), OTHER.into()), true);
    }
    let pair = Pair::new(recorder, label().into(), model.to_owned().into());
    let models = known.users.entry(owner.clone()).or_default();
    models.insert(model.to_owned(), pair.clone());
    known.pairs += 1;
    (pair, false)
}
