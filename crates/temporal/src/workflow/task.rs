//! `AttachTask`: a task that Temporal runs.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityCancellationType, ActivityExecutionError, ActivityOptions, WorkflowContext,
    WorkflowResult, WorkflowTermination,
};
use temporalio_workflow::RetryPolicy;

use super::{End, STATE, Tasks};
use crate::{Attributes, Start};

const WORKFLOW: &str = "AttachTask";
/// Cancellation comes back with a heartbeat, and so within this.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// The activity's own time is up first, so that the workflow can say so.
const TO_SAY_SO: Duration = Duration::from_secs(60);

/// How long Temporal tries to get a task done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// All attempts and the pauses between them. Then the workflow fails.
    pub within: Duration,
    /// The pause after the first attempt that did not say how long to wait; it doubles.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

/// Ids and small facts, for years: fields may be added, with a default, never taken away.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TaskInput {
    task_id: String,
    /// Whether the search attributes are registered.
    attributes: bool,
    within_ms: u64,
    first_pause_ms: u64,
    longest_pause_ms: u64,
}

/// The id of the workflow of a task that Temporal runs.
pub fn task_workflow_id(task_id: &str) -> String {
    format!("attach-task/{task_id}")
}

/// The workflow of a task, to be started on `queue`, which is
/// [`Settings::tasks_queue`](crate::Settings::tasks_queue).
pub fn task_workflow(
    task_id: &str,
    queue: String,
    bounds: Bounds,
    attributes: Option<Attributes>,
    memo: Map<String, Value>,
    summary: Option<String>,
) -> Start {
    let input = json!(TaskInput {
        task_id: task_id.to_owned(),
        attributes: attributes.is_some(),
        within_ms: millis(bounds.within),
        first_pause_ms: millis(bounds.first_pause),
        longest_pause_ms: millis(bounds.longest_pause),
    });
    Start {
        workflow: WORKFLOW.to_owned(),
        id: task_workflow_id(task_id),
        queue,
        input: vec![input],
        execution_timeout: bounds.within.saturating_add(TO_SAY_SO),
        attributes,
        memo,
        summary,
    }
}

impl Start {
    /// Takes the search attributes from it, and from what the workflow itself would set.
    pub fn without_attributes(&mut self) {
        self.attributes = None;
        if self.workflow == WORKFLOW
            && let [input] = &mut *self.input
        {
            input["attributes"] = false.into();
        }
    }
}

fn millis(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

#[workflow]
#[derive(Default)]
pub(crate) struct AttachTask;

#[workflow_methods]
impl AttachTask {
    #[run]
    pub(crate) async fn run(
        ctx: &mut WorkflowContext<Self>,
        input: TaskInput,
    ) -> WorkflowResult<End> {
        mark(ctx, &input, "working");
        let task_id = input.task_id.clone();
        let ran = ctx
            .execute_activity(Tasks::run_task, task_id, options(&input))
            .await;
        match ran {
            Ok(end) => {
                mark(ctx, &input, &end.state);
                Ok(end)
            }
            Err(ActivityExecutionError::Cancelled(_)) => {
                mark(ctx, &input, "canceled");
                Err(WorkflowTermination::cancelled())
            }
            Err(error) => {
                mark(ctx, &input, "failed");
                Err(error.into())
            }
        }
    }
}

fn mark(ctx: &WorkflowContext<AttachTask>, input: &TaskInput, state: &str) {
    if input.attributes {
        ctx.upsert_search_attributes([STATE.value_set(state.to_owned())]);
    }
}

/// Bounded by time and not by attempts: an outage ends attempts that did no wrong.
fn options(input: &TaskInput) -> ActivityOptions {
    let retry = RetryPolicy::builder()
        .initial_interval(Duration::from_millis(input.first_pause_ms))
        .maximum_interval(Duration::from_millis(input.longest_pause_ms))
        .build();
    let within = Duration::from_millis(input.within_ms);
    ActivityOptions::with_schedule_to_close_timeout(within)
        .heartbeat_timeout(HEARTBEAT)
        .retry_policy(retry)
        .cancellation_type(ActivityCancellationType::WaitCancellationCompleted)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_attributes_sets_none_later() {
        let bounds = Bounds {
            within: Duration::from_secs(60),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(10),
        };
        let attributes = Attributes {
            user: "ada".to_owned(),
            state: "submitted".to_owned(),
        };
        let order =
            |attributes| task_workflow("t", "q".to_owned(), bounds, attributes, Map::new(), None);
        let mut start = order(Some(attributes));
        assert_ne!(start, order(None));
        start.without_attributes();
        assert_eq!(start, order(None));
    }
}
