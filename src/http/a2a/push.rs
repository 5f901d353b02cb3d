//! Webhooks of a task.

use a2a::{
    A2AError, ListTaskPushNotificationConfigsRequest, ListTaskPushNotificationConfigsResponse,
    TaskPushNotificationConfig,
};

use super::{Call, Refusal};
use crate::domain::id::TaskId;

impl Call {
    /// A config that may be kept.
    pub(super) fn checked(
        &self,
        config: TaskPushNotificationConfig,
    ) -> Result<TaskPushNotificationConfig, Refusal> {
        self.wants_push()?;
        Ok(config)
    }

    fn wants_push(&self) -> Result<(), A2AError> {
        match self.agent.card.push_notifications {
            true => Ok(()),
            false => Err(A2AError::push_notification_not_supported()),
        }
    }

    pub(super) async fn keep(
        &self,
        _id: TaskId,
        _config: TaskPushNotificationConfig,
        _from: i64,
    ) -> Result<(), Refusal> {
        Ok(())
    }

    /// Adds a webhook to a task.
    pub async fn create_push(
        &self,
        _config: TaskPushNotificationConfig,
    ) -> Result<TaskPushNotificationConfig, Refusal> {
        Err(A2AError::push_notification_not_supported().into())
    }

    /// One webhook of a task.
    pub async fn push(
        &self,
        _task: &str,
        _id: &str,
    ) -> Result<TaskPushNotificationConfig, Refusal> {
        Err(A2AError::push_notification_not_supported().into())
    }

    /// The webhooks of a task.
    pub async fn pushes(
        &self,
        _wanted: ListTaskPushNotificationConfigsRequest,
    ) -> Result<ListTaskPushNotificationConfigsResponse, Refusal> {
        Err(A2AError::push_notification_not_supported().into())
    }

    /// Removes a webhook of a task.
    pub async fn delete_push(&self, _task: &str, _id: &str) -> Result<(), Refusal> {
        Err(A2AError::push_notification_not_supported().into())
    }

    /// Placeholder until the cards are there.
    pub async fn extended_card(&self) -> Result<a2a::AgentCard, Refusal> {
        Err(A2AError::unsupported_operation("no extended card").into())
    }
}
