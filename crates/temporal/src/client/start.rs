//! Starting a workflow, or finding that it was started before.

use std::time::Duration;

use serde_json::{Map, Value};
use temporalio_client::grpc::WorkflowService;
use temporalio_common::protos::temporal::api::{
    common::v1::WorkflowType,
    enums::v1::{WorkflowIdConflictPolicy, WorkflowIdReusePolicy},
    workflowservice::v1::StartWorkflowExecutionRequest,
};
use tonic::Code;
use uuid::Uuid;

use super::{Attributes, Temporal, attributes, call};
use crate::{Fault, Settings};

/// A workflow to start.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Its type, as its worker registered it.
    pub workflow: String,
    /// Its id, for ever: a second start with the same one starts nothing.
    pub id: String,
    /// Where its worker polls.
    pub queue: String,
    /// Its arguments, in order.
    pub input: Vec<Value>,
    /// The longest it may take, all included: a type that no worker knows would run for
    /// ever.
    pub execution_timeout: Duration,
    /// Only once they are registered.
    pub attributes: Option<Attributes>,
    /// Small facts for people who look at it in the UI. Neither prompts nor tokens.
    pub memo: Map<String, Value>,
    /// One line for the UI.
    pub summary: Option<String>,
}

/// What became of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// It runs, and did not before.
    New,
    /// It was running already, and goes on.
    Attached,
    /// It has run and ended; it does not run again. See [`Temporal::look`].
    Ended,
}

impl Temporal {
    /// Starts a workflow unless its id was used before.
    ///
    /// # Errors
    ///
    /// [`Fault::Refused`] above all for an input over 2 MiB.
    pub async fn start_workflow(&self, start: &Start) -> Result<Started, Fault> {
        let request = call::briefly(self.request(start)?);
        let mut connection = self.connection()?;
        match connection.start_workflow_execution(request).await {
            Ok(answer) if answer.get_ref().started => Ok(Started::New),
            Ok(_) => Ok(Started::Attached),
            Err(status) if status.code() == Code::AlreadyExists => Ok(Started::Ended),
            Err(status) => Err(self.fault("start the workflow", &status)),
        }
    }

    fn request(&self, start: &Start) -> Result<StartWorkflowExecutionRequest, Fault> {
        let Settings {
            namespace,
            identity,
            ..
        } = self.settings();
        Ok(StartWorkflowExecutionRequest {
            namespace: namespace.clone(),
            identity: identity.clone(),
            task_queue: call::queue(&start.queue),
            input: call::arguments(&start.input)?,
            search_attributes: attributes::search(start.attributes.as_ref())?,
            memo: attributes::memo(&start.memo)?,
            user_metadata: call::summary(start.summary.as_deref())?,
            ..once(start)
        })
    }
}

/// What makes it one workflow, however often it is started.
fn once(start: &Start) -> StartWorkflowExecutionRequest {
    StartWorkflowExecutionRequest {
        request_id: Uuid::new_v4().to_string(),
        workflow_id: start.id.clone(),
        workflow_type: Some(WorkflowType {
            name: start.workflow.clone(),
        }),
        workflow_id_reuse_policy: WorkflowIdReusePolicy::RejectDuplicate.into(),
        workflow_id_conflict_policy: WorkflowIdConflictPolicy::UseExisting.into(),
        workflow_execution_timeout: call::lasting(start.execution_timeout),
        // Of use when our own worker polls the queue, and taken back where it does not.
        request_eager_execution: true,
        ..StartWorkflowExecutionRequest::default()
    }
}
