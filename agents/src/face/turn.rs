//! One message to an agent.

use a2a::{Message, Task, TaskState, TaskStatus};
use a2a_server::{ExecutorContext, ServiceParams};

/// A message, and the task it begins or goes on with. It holds the caller's
/// token, so it has no `Debug`.
pub(crate) struct Turn {
    /// The task's id.
    pub(crate) task_id: String,
    /// What was said.
    pub(crate) message: Message,
    /// What was said before in this task, the oldest first.
    pub(crate) before: Vec<Message>,
    headers: ServiceParams,
    context_id: String,
    stored: Option<Task>,
}

impl Turn {
    /// `None` if there is no message.
    pub(super) fn new(context: ExecutorContext) -> Option<Self> {
        let message = context.message?;
        let stored = context.stored_task;
        let history = stored.as_ref().and_then(|task| task.history.clone());
        let mut before = history.unwrap_or_default();
        // Whether the message is in there already depends on how it was sent.
        if before.last() == Some(&message) {
            before.pop();
        }
        Some(Self {
            task_id: context.task_id,
            message,
            before,
            headers: context.service_params,
            context_id: context.context_id,
            stored,
        })
    }

    /// The header of this name, in lower case, the first if there are several.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.first().map(String::as_str)
    }

    /// The task as it is when this message has arrived.
    pub(crate) fn opening(&self) -> Task {
        let mut history = self.before.clone();
        history.push(self.message.clone());
        let state = if self.before.is_empty() {
            TaskState::Submitted
        } else {
            TaskState::Working
        };
        let stored = self.stored.as_ref();
        Task {
            id: self.task_id.clone(),
            context_id: self.context_id.clone(),
            status: TaskStatus {
                state,
                message: None,
                timestamp: None,
            },
            artifacts: stored.and_then(|task| task.artifacts.clone()),
            history: Some(history),
            metadata: stored.and_then(|task| task.metadata.clone()),
        }
    }
}
