//! Whether anybody works.

use temporalio_client::grpc::WorkflowService;
use temporalio_common::protos::temporal::api::{
    enums::v1::TaskQueueType, workflowservice::v1::DescribeTaskQueueRequest,
};

use super::{Temporal, call};
use crate::Fault;

impl Temporal {
    /// How many workers have polled `queue` for workflows within the last minutes.
    ///
    /// # Errors
    ///
    /// When Temporal cannot be asked.
    pub async fn pollers(&self, queue: &str) -> Result<usize, Fault> {
        let request = call::briefly(DescribeTaskQueueRequest {
            namespace: self.settings().namespace.clone(),
            task_queue: call::queue(queue),
            task_queue_type: TaskQueueType::Workflow.into(),
            ..DescribeTaskQueueRequest::default()
        });
        let mut connection = self.connection()?;
        match connection.describe_task_queue(request).await {
            Ok(answer) => Ok(answer.into_inner().pollers.len()),
            Err(status) => Err(self.fault("look at the queue", &status)),
        }
    }
}
