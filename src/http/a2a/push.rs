//! Webhooks of a task.

use a2a::{
    A2AError, ListTaskPushNotificationConfigsRequest, ListTaskPushNotificationConfigsResponse,
    SendMessageRequest, TaskPushNotificationConfig,
};
use serde::Serialize;

use super::{Call, Refusal};
use crate::{
    adapters::push::{PushError, Since},
    domain::{
        a2a::{
            error::{invalid, task_not_found},
            push::NewWebhook,
        },
        id::TaskId,
        time::UnixMillis,
    },
    http::error::ApiError,
};

impl Call {
    /// The webhook that comes with a message for `task`, if one does, ready to be
    /// written with it: one that may not be kept makes no task.
    ///
    /// # Errors
    ///
    /// The agent tells no webhooks; what is wrong with this one.
    pub(super) fn prepared(
        &self,
        task: TaskId,
        request: &SendMessageRequest,
    ) -> Result<Option<NewWebhook>, Refusal> {
        let asked = request.configuration.as_ref();
        let Some(config) = asked.and_then(|c| c.task_push_notification_config.as_ref()) else {
            return Ok(None);
        };
        self.wants_push()?;
        Ok(Some(self.state.webhooks.prepare(task, config)?))
    }

    /// Adds a webhook to a task, also to one that has ended.
    ///
    /// # Errors
    ///
    /// The agent tells no webhooks; no such task of the caller's at this agent;
    /// what is wrong with this one.
    pub async fn create_push(
        &self,
        config: TaskPushNotificationConfig,
    ) -> Result<TaskPushNotificationConfig, Refusal> {
        self.wants_push()?;
        let id = self.owned(&config.task_id).await?;
        let owner = &self.caller.identity.owner;
        let hooks = &self.state.webhooks;
        let made = hooks.create(id, owner, config, Since::Now, UnixMillis::now());
        Ok(made.await?)
    }

    /// One webhook of a task.
    ///
    /// # Errors
    ///
    /// The agent tells no webhooks; no such task or webhook.
    pub async fn push(&self, task: &str, id: &str) -> Result<TaskPushNotificationConfig, Refusal> {
        self.wants_push()?;
        let task = self.owned(task).await?;
        let owner = &self.caller.identity.owner;
        Ok(self.state.webhooks.read(task, owner, id).await?)
    }

    /// The webhooks of a task, the oldest first.
    ///
    /// # Errors
    ///
    /// The agent tells no webhooks; no such task; a page size or token that is
    /// none.
    pub async fn pushes(
        &self,
        wanted: ListTaskPushNotificationConfigsRequest,
    ) -> Result<ListTaskPushNotificationConfigsResponse, Refusal> {
        self.wants_push()?;
        let task = self.owned(&wanted.task_id).await?;
        let owner = &self.caller.identity.owner;
        let token = wanted.page_token.as_deref();
        let hooks = &self.state.webhooks;
        Ok(hooks.list(task, owner, wanted.page_size, token).await?)
    }

    /// Removes a webhook of a task; one that is gone stays gone.
    ///
    /// # Errors
    ///
    /// The agent tells no webhooks; no such task.
    pub async fn delete_push(&self, task: &str, id: &str) -> Result<(), Refusal> {
        self.wants_push()?;
        let task = self.owned(task).await?;
        let owner = &self.caller.identity.owner;
        Ok(self.state.webhooks.delete(task, owner, id).await?)
    }

    fn wants_push(&self) -> Result<(), A2AError> {
        match self.agent.card.push_notifications {
            true => Ok(()),
            false => Err(A2AError::push_notification_not_supported()),
        }
    }

    /// The id of a task of the caller's at this agent.
    async fn owned(&self, task: &str) -> Result<TaskId, Refusal> {
        let id = task.parse().map_err(|_| task_not_found())?;
        self.standing(id).await?;
        Ok(id)
    }
}

/// A page of webhooks with both its members, also where they are empty: the
/// official type leaves them out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Webhooks {
    configs: Vec<TaskPushNotificationConfig>,
    next_page_token: String,
}

impl From<ListTaskPushNotificationConfigsResponse> for Webhooks {
    fn from(found: ListTaskPushNotificationConfigsResponse) -> Self {
        Self {
            configs: found.configs,
            next_page_token: found.next_page_token.unwrap_or_default(),
        }
    }
}

impl From<PushError> for Refusal {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Field(bad) => Self::A2a(invalid(bad.field, bad.why)),
            PushError::Seal(error) => Self::Api(ApiError::internal(error)),
            PushError::Store(error) => error.into(),
        }
    }
}
