//! The trace of a task that Temporal does not run.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use temporalio_client::grpc::WorkflowService;
use temporalio_common::protos::temporal::api::{
    common::v1::WorkflowType,
    enums::v1::{WorkflowIdConflictPolicy, WorkflowIdReusePolicy},
    workflowservice::v1::SignalWithStartWorkflowExecutionRequest,
};
use tonic::Code;
use uuid::Uuid;

use super::{Attributes, Temporal, attributes, call};
use crate::{
    Fault, Settings,
    workflow::{STEPS_SIGNAL, Steps, TRACE_WORKFLOW, TraceInput},
};

/// The most a step's detail may have, in characters; what is longer is cut.
const DETAIL: usize = 500;

/// Steps of one task that Temporal is to know of.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// See [`trace_workflow_id`](crate::trace_workflow_id).
    pub id: String,
    /// Whose task it is and how it stands; only once they are registered.
    pub attributes: Option<Attributes>,
    /// In order. A step that was told before is told once; some hundred at most.
    pub steps: Vec<Step>,
    /// Nothing follows: the trace ends, and takes no more.
    pub is_ended: bool,
    /// The longest the trace may take, from its first step.
    pub execution_timeout: Duration,
    /// Small facts: target, session, parent. Those of the first call stay.
    pub memo: Map<String, Value>,
    /// One line for the UI.
    pub summary: Option<String>,
}

/// One thing that happened to a task. History is plain text: no prompts, no tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its place among the steps of its task, which it keeps.
    pub seq: i64,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What kind of thing happened.
    pub kind: String,
    /// The task's state since then.
    pub state: String,
    /// Which attempt at the task it belongs to.
    pub attempt: u32,
    /// A few words, cut at 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Temporal {
    /// Adds steps to the trace of a task, which starts with the first and ends with the
    /// last. May be repeated; a trace that has ended takes nothing and says nothing.
    ///
    /// # Errors
    ///
    /// When Temporal cannot be told.
    pub async fn trace(&self, trace: &Trace) -> Result<(), Fault> {
        let request = call::briefly(self.signal(trace)?);
        let mut connection = self.connection()?;
        match connection
            .signal_with_start_workflow_execution(request)
            .await
        {
            Ok(_) => Ok(()),
            Err(status) if status.code() == Code::AlreadyExists => Ok(()),
            Err(status) => Err(self.fault("write the trace", &status)),
        }
    }

    fn signal(&self, trace: &Trace) -> Result<SignalWithStartWorkflowExecutionRequest, Fault> {
        let Settings {
            namespace,
            identity,
            ..
        } = self.settings();
        Ok(SignalWithStartWorkflowExecutionRequest {
            namespace: namespace.clone(),
            identity: identity.clone(),
            task_queue: call::queue(&self.settings().tasks_queue()),
            signal_input: call::arguments(&[steps(trace)])?,
            search_attributes: attributes::search(trace.attributes.as_ref())?,
            memo: attributes::memo(&trace.memo)?,
            user_metadata: call::summary(trace.summary.as_deref())?,
            ..once(trace)?
        })
    }
}

/// What makes it one workflow, however often it is told something.
fn once(trace: &Trace) -> Result<SignalWithStartWorkflowExecutionRequest, Fault> {
    Ok(SignalWithStartWorkflowExecutionRequest {
        request_id: Uuid::new_v4().to_string(),
        workflow_id: trace.id.clone(),
        workflow_type: Some(WorkflowType {
            name: TRACE_WORKFLOW.to_owned(),
        }),
        workflow_id_reuse_policy: WorkflowIdReusePolicy::RejectDuplicate.into(),
        workflow_id_conflict_policy: WorkflowIdConflictPolicy::UseExisting.into(),
        input: call::arguments(&[TraceInput::new(trace.attributes.is_some())])?,
        signal_name: STEPS_SIGNAL.to_owned(),
        workflow_execution_timeout: call::lasting(trace.execution_timeout),
        ..SignalWithStartWorkflowExecutionRequest::default()
    })
}

fn steps(trace: &Trace) -> Steps {
    Steps {
        steps: trace.steps.iter().cloned().map(short).collect(),
        is_ended: trace.is_ended,
    }
}

fn short(mut step: Step) -> Step {
    if let Some(detail) = &mut step.detail
        && let Some((end, _)) = detail.char_indices().nth(DETAIL)
    {
        detail.truncate(end);
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_is_cut_between_characters() {
        let step = |detail: String| Step {
            seq: 1,
            at_ms: 0,
            kind: "state".to_owned(),
            state: "working".to_owned(),
            attempt: 1,
            detail: Some(detail),
        };
        let long = short(step("ö".repeat(DETAIL + 1)));
        assert_eq!(long, step("ö".repeat(DETAIL)));
        let fits = step("ö".repeat(DETAIL));
        assert_eq!(short(fits.clone()), fits);
    }
}
