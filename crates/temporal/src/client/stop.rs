//! Ending a workflow from outside.

use temporalio_client::grpc::WorkflowService;
use temporalio_common::protos::temporal::api::workflowservice::v1::{
    RequestCancelWorkflowExecutionRequest, TerminateWorkflowExecutionRequest,
};
use tonic::Status;

use super::{Temporal, call};
use crate::{Fault, Settings};

impl Temporal {
    /// Asks a workflow to end; it may clean up, and may take its time. `false` when none of
    /// that id runs; nothing happens when it was asked before.
    ///
    /// # Errors
    ///
    /// When Temporal cannot be asked.
    pub async fn cancel(&self, id: &str) -> Result<bool, Fault> {
        let Settings {
            namespace,
            identity,
            ..
        } = self.settings();
        let request = call::briefly(RequestCancelWorkflowExecutionRequest {
            namespace: namespace.clone(),
            identity: identity.clone(),
            workflow_execution: call::execution(id),
            // The same for each repetition, which is then no second request.
            request_id: format!("cancel/{id}"),
            ..RequestCancelWorkflowExecutionRequest::default()
        });
        let mut connection = self.connection()?;
        let asked = connection.request_cancel_workflow_execution(request).await;
        self.unless_gone("cancel the workflow", asked.map(drop))
    }

    /// Ends a workflow at once, whether it will or not. Nothing happens when none of that
    /// id runs.
    ///
    /// # Errors
    ///
    /// When Temporal cannot be asked.
    pub async fn terminate(&self, id: &str, reason: &str) -> Result<(), Fault> {
        let Settings {
            namespace,
            identity,
            ..
        } = self.settings();
        let request = call::briefly(TerminateWorkflowExecutionRequest {
            namespace: namespace.clone(),
            identity: identity.clone(),
            workflow_execution: call::execution(id),
            reason: reason.to_owned(),
            ..TerminateWorkflowExecutionRequest::default()
        });
        let mut connection = self.connection()?;
        let asked = connection.terminate_workflow_execution(request).await;
        let ended = self.unless_gone("terminate the workflow", asked.map(drop));
        ended.map(drop)
    }

    fn unless_gone(&self, doing: &str, asked: Result<(), Status>) -> Result<bool, Fault> {
        match asked {
            Ok(()) => Ok(true),
            Err(status) if call::is_unknown(&status) => Ok(false),
            Err(status) => Err(self.fault(doing, &status)),
        }
    }
}
