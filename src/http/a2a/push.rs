//! Webhooks of a task.

use a2a::TaskPushNotificationConfig;

use super::{Call, Refusal};
use crate::domain::id::TaskId;

impl Call {
    /// A config that may be kept.
    pub(super) fn checked(
        &self,
        config: TaskPushNotificationConfig,
    ) -> Result<TaskPushNotificationConfig, Refusal> {
        match self.agent.card.push_notifications {
            true => Ok(config),
            false => Err(a2a::A2AError::push_notification_not_supported().into()),
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
}
