//! What is counted of each limit.

use metrics::Counter;

use crate::{
    adapters::usage::prometheus::{Prometheus, series},
    domain::quota::{Limits, Refusal, Under},
};

/// A counter a limit; made once, so that counting is an addition.
pub(super) struct Meters {
    limits: Limits,
    charged: Box<[Counter]>,
    refused: Box<[Counter]>,
    unchecked: Counter,
    set_aside: Counter,
}

impl Meters {
    pub(super) fn new(limits: &Limits, metrics: &Prometheus) -> Self {
        let each = |name| {
            let rules = limits.rules().iter();
            rules
                .map(|rule| metrics.of_limit(name, &rule.name))
                .collect()
        };
        Self {
            limits: limits.clone(),
            charged: each(series::QUOTA_CHARGED),
            refused: each(series::QUOTA_REFUSED),
            unchecked: metrics.counter(series::QUOTA_UNCHECKED),
            set_aside: metrics.counter(series::QUOTA_SET_ASIDE),
        }
    }

    /// So many tokens were charged under each of these limits.
    pub(super) fn charged(&self, tokens: u64, under: &Under) {
        for id in under.ids() {
            self.charged[id.index()].increment(tokens);
        }
    }

    /// One of these limits refused a call.
    pub(super) fn refused(&self, refusal: &Refusal, under: &Under) {
        let mut ids = under.ids().iter();
        if let Some(id) = ids.find(|id| self.limits.rule(**id).name == *refusal.limit()) {
            self.refused[id.index()].increment(1);
        }
    }

    /// A call went on, or further, without being checked.
    pub(super) fn unchecked(&self) {
        self.unchecked.increment(1);
    }

    /// So many tokens are charged to nobody: Redis refuses to.
    pub(super) fn set_aside(&self, tokens: u64) {
        self.set_aside.increment(tokens);
    }
}
