//! How a workflow stands, without waiting for it.

use serde_json::Value;
use temporalio_client::grpc::WorkflowService;
use temporalio_common::protos::temporal::api::{
    common::v1::WorkflowExecution,
    enums::v1::{HistoryEventFilterType, WorkflowExecutionStatus as Status},
    history::v1::history_event::Attributes as Event,
    workflow::v1::WorkflowExecutionExtendedInfo,
    workflowservice::v1::{DescribeWorkflowExecutionRequest, GetWorkflowExecutionHistoryRequest},
};

use super::{Temporal, call};
use crate::{Fault, failure, payload};

/// How a workflow stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// Not ended. Whether a worker knows it cannot be told.
    Running,
    /// Asked to end, and it has not yet.
    Stopping,
    /// It returned: a value, null for none, or something that is not JSON.
    Completed(Result<Value, NotJson>),
    /// It failed.
    Failed {
        /// What its code calls the failure, such as the name of an exception.
        kind: Option<String>,
        /// What its code said.
        message: String,
    },
    /// It ended as it was asked to.
    Canceled,
    /// It took longer than its execution timeout.
    TimedOut,
    /// It was ended from outside.
    Terminated {
        /// What whoever did it said.
        reason: String,
    },
    /// No workflow of that id, or it ended longer ago than the namespace keeps them.
    Unknown,
}

/// A result that other programs may read, and we cannot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its result is not json but {}, {bytes} bytes", named(.encoding))]
pub struct NotJson {
    /// What it says it is, such as `binary/plain`. Empty when it does not say.
    pub encoding: String,
    /// How large it is.
    pub bytes: usize,
}

fn named(encoding: &str) -> &str {
    if encoding.is_empty() {
        "of no known encoding"
    } else {
        encoding
    }
}

impl Temporal {
    /// Looks at the newest run of the workflow `id`: one call, and a second for the result
    /// of one that ended. A workflow that continued as new is one that goes on.
    ///
    /// # Errors
    ///
    /// When Temporal cannot be asked.
    pub async fn look(&self, id: &str) -> Result<Look, Fault> {
        let request = call::briefly(DescribeWorkflowExecutionRequest {
            namespace: self.settings().namespace.clone(),
            execution: call::execution(id),
        });
        let described = match self
            .connection()?
            .describe_workflow_execution(request)
            .await
        {
            Ok(described) => described.into_inner(),
            Err(status) if call::is_unknown(&status) => return Ok(Look::Unknown),
            Err(status) => return Err(self.fault("look at the workflow", &status)),
        };
        let info = described.workflow_execution_info.unwrap_or_default();
        match info.status() {
            Status::Canceled => Ok(Look::Canceled),
            Status::TimedOut => Ok(Look::TimedOut),
            Status::Completed | Status::Failed | Status::Terminated => {
                self.end(info.execution).await
            }
            // Whatever else there is, now or in servers to come, has not ended.
            _ => Ok(running(described.workflow_extended_info)),
        }
    }

    /// The last event of a run that has ended: it holds what came of it.
    async fn end(&self, run: Option<WorkflowExecution>) -> Result<Look, Fault> {
        let request = call::briefly(GetWorkflowExecutionHistoryRequest {
            namespace: self.settings().namespace.clone(),
            execution: run,
            history_event_filter_type: HistoryEventFilterType::CloseEvent.into(),
            skip_archival: true,
            ..GetWorkflowExecutionHistoryRequest::default()
        });
        let mut connection = self.connection()?;
        let answer = connection.get_workflow_execution_history(request).await;
        let history = match answer {
            Ok(answer) => answer.into_inner().history.unwrap_or_default(),
            // Deleted between the two calls.
            Err(status) if call::is_unknown(&status) => return Ok(Look::Unknown),
            Err(status) => return Err(self.fault("read the workflow's end", &status)),
        };
        let last = history.events.into_iter().next_back();
        Ok(ended(last.and_then(|event| event.attributes)))
    }
}

fn running(more: Option<WorkflowExecutionExtendedInfo>) -> Look {
    match more.is_some_and(|more| more.cancel_requested) {
        true => Look::Stopping,
        false => Look::Running,
    }
}

fn ended(event: Option<Event>) -> Look {
    match event {
        Some(Event::WorkflowExecutionCompletedEventAttributes(event)) => {
            Look::Completed(payload::first(event.result))
        }
        Some(Event::WorkflowExecutionFailedEventAttributes(event)) => {
            let (kind, message) = failure::told(&event.failure.unwrap_or_default());
            Look::Failed { kind, message }
        }
        Some(Event::WorkflowExecutionTerminatedEventAttributes(event)) => Look::Terminated {
            reason: event.reason,
        },
        Some(Event::WorkflowExecutionCanceledEventAttributes(_)) => Look::Canceled,
        Some(Event::WorkflowExecutionTimedOutEventAttributes(_)) => Look::TimedOut,
        // The run went on in another one meanwhile.
        _ => Look::Running,
    }
}
