//! An attempt for which an agent is asked, as operators see it.

use crate::{
    adapters::{
        runner::Outcome,
        store::Claimed,
        trace::{Side, Span, Traces},
        usage::prometheus::Prometheus,
    },
    domain::trace::Trace,
};

/// Counts one attempt when it is dropped, however that comes, and says in its span
/// how it ended: `aborted` if nobody was left to say so.
pub(super) struct Trial {
    metrics: Prometheus,
    span: Span,
    outcome: &'static str,
}

impl Trial {
    /// The call of the agent of `claimed` begins.
    pub(super) fn begin(traces: &Traces, metrics: &Prometheus, claimed: &Claimed) -> Self {
        Self {
            metrics: metrics.clone(),
            span: span(traces, claimed),
            outcome: "aborted",
        }
    }

    /// The place of what its agent asks of us.
    pub(super) fn trace(&self) -> Option<Trace> {
        self.span.trace()
    }

    /// The call is over, whatever the row will say of it.
    pub(super) fn ended(mut self, outcome: &Outcome) {
        self.outcome = match outcome {
            Outcome::Finished(end) => end.state.name(),
            Outcome::GivenUp(_) => "given_up",
            Outcome::Told => "told",
            Outcome::Again(_) => "again",
            Outcome::Waits { .. } => "waits",
        };
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        self.metrics.attempted(self.outcome);
        self.span.set("attach.outcome", self.outcome);
        if !matches!(self.outcome, "completed" | "told" | "waits") {
            self.span.fail(self.outcome);
        }
    }
}

fn span(traces: &Traces, claimed: &Claimed) -> Span {
    let name = || format!("invoke_agent {}", claimed.target);
    let mut span = traces.span(Side::Client, claimed.trace.as_ref(), name);
    if span.is_kept() {
        span.set("gen_ai.operation.name", "invoke_agent");
        span.set("gen_ai.agent.name", claimed.target.clone());
        span.set("session.id", claimed.session.0.to_string());
        span.set("attach.task.id", claimed.attempt.task.to_string());
        span.set("attach.task.attempt", i64::from(claimed.attempt.number));
    }
    span
}
