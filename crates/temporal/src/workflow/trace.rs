//! `AttachTaskTrace`: what happened to a task that Temporal does not run. It is only
//! written; the steps are in its history, and the query `steps` tells them in order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ContinueAsNewOptions, SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult,
};

use super::STATE;
use crate::Step;

pub(crate) const TRACE_WORKFLOW: &str = "AttachTaskTrace";
pub(crate) const STEPS_SIGNAL: &str = "steps";

/// The server ends a workflow of 50,000 events; a batch makes five or six.
const BATCHES_A_RUN: u32 = 1000;

/// The id of the trace of a task.
pub fn trace_workflow_id(task_id: &str) -> String {
    format!("attach-trace/{task_id}")
}

/// Fields may be added, with a default, never taken away.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TraceInput {
    /// Whether the search attributes are registered.
    pub(crate) attributes: bool,
    /// After how many batches it goes on in a new run.
    #[serde(default = "batches_a_run")]
    pub(crate) batches_a_run: u32,
    /// What earlier runs came to.
    #[serde(default)]
    pub(crate) before: Told,
}

fn batches_a_run() -> u32 {
    BATCHES_A_RUN
}

impl TraceInput {
    pub(crate) fn new(attributes: bool) -> Self {
        Self {
            attributes,
            batches_a_run: BATCHES_A_RUN,
            before: Told::default(),
        }
    }
}

/// What the signal brings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Steps {
    pub(crate) steps: Vec<Step>,
    pub(crate) is_ended: bool,
}

/// What a trace came to, and what the next run of a long one starts from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    /// How many steps, each once.
    steps: usize,
    /// The sequence of the last one.
    last_seq: Option<i64>,
    /// The task's state after it.
    state: Option<String>,
}

#[workflow]
#[derive(Default)]
pub(crate) struct AttachTaskTrace {
    /// Of this run, by sequence.
    steps: BTreeMap<i64, Step>,
    batches: u32,
    is_ended: bool,
}

#[workflow_methods]
impl AttachTaskTrace {
    #[run]
    pub(crate) async fn run(
        ctx: &mut WorkflowContext<Self>,
        input: TraceInput,
    ) -> WorkflowResult<Told> {
        let mut told = input.before.clone();
        loop {
            let batches = ctx.state(|trace| trace.batches);
            let next = ctx.state(|trace| trace.told(&input.before));
            if input.attributes && next.state != told.state {
                mark(ctx, next.state.as_deref());
            }
            told = next;
            if ctx.state(|trace| trace.is_ended) {
                return Ok(told);
            }
            if batches >= input.batches_a_run {
                let input = TraceInput {
                    before: told.clone(),
                    ..input
                };
                ctx.continue_as_new(input, ContinueAsNewOptions::default())?;
            }
            ctx.wait_condition(|trace| trace.batches > batches).await?;
        }
    }

    #[signal(name = "steps")]
    pub(crate) fn add(&mut self, _ctx: &mut SyncWorkflowContext<Self>, told: Steps) {
        self.batches += 1;
        self.is_ended |= told.is_ended;
        for step in told.steps {
            self.steps.entry(step.seq).or_insert(step);
        }
    }

    #[query(name = "steps")]
    pub(crate) fn all(&self, _ctx: &WorkflowContextView) -> Vec<Step> {
        self.steps.values().cloned().collect()
    }
}

impl AttachTaskTrace {
    /// With the steps of this run that earlier runs did not have.
    fn told(&self, before: &Told) -> Told {
        let own = || {
            self.steps
                .values()
                .filter(|step| Some(step.seq) > before.last_seq)
        };
        let Some(last) = own().next_back() else {
            return before.clone();
        };
        Told {
            steps: before.steps + own().count(),
            last_seq: Some(last.seq),
            state: Some(last.state.clone()),
        }
    }
}

fn mark(ctx: &WorkflowContext<AttachTaskTrace>, state: Option<&str>) {
    if let Some(state) = state {
        ctx.upsert_search_attributes([STATE.value_set(state.to_owned())]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(seqs: impl IntoIterator<Item = i64>) -> AttachTaskTrace {
        let step = |seq: i64| Step {
            seq,
            at_ms: seq,
            kind: "state".to_owned(),
            state: format!("after {seq}"),
            attempt: 1,
            detail: None,
        };
        let steps = seqs.into_iter().map(|seq| (seq, step(seq))).collect();
        AttachTaskTrace {
            steps,
            ..AttachTaskTrace::default()
        }
    }

    fn told(steps: usize, last: Option<i64>) -> Told {
        let state = last.map(|seq| format!("after {seq}"));
        Told {
            steps,
            last_seq: last,
            state,
        }
    }

    #[test]
    fn each_step_counts_once_and_the_last_one_by_sequence_gives_the_state() {
        assert_eq!(trace([3, 1, 2]).told(&Told::default()), told(3, Some(3)));
        assert_eq!(trace([]).told(&Told::default()), told(0, None));
    }

    #[test]
    fn what_an_earlier_run_had_is_not_counted_again() {
        let before = trace([1, 2]).told(&Told::default());
        assert_eq!(trace([1, 2]).told(&before), before);
        assert_eq!(trace([2, 3]).told(&before), told(3, Some(3)));
    }
}
