//! GetTask and CancelTask.

use a2a::{A2AError, Task};

use super::{Call, Refusal, follow::HISTORY, send::history};
use crate::{
    adapters::a2a::wire,
    domain::a2a::error::task_not_found,
    http::{error::ApiError, tasks::accept},
};

impl Call {
    /// A task with its artifacts and at most `historyLength` messages.
    ///
    /// # Errors
    ///
    /// No such task of the caller's at this agent.
    pub async fn task(&self, id: &str, history_length: Option<i32>) -> Result<Task, Refusal> {
        let history = history(history_length)?;
        let id = id.parse().map_err(|_| task_not_found())?;
        let seen = self.snapshot(id, history).await?;
        Ok(wire::task(&seen, true))
    }

    /// Ends a task, and its unfinished children.
    ///
    /// # Errors
    ///
    /// No such task of the caller's at this agent; it has ended.
    pub async fn cancel(&self, id: &str) -> Result<Task, Refusal> {
        let id = id.parse().map_err(|_| task_not_found())?;
        self.standing(id).await?;
        let owner = self.caller.identity.owner.clone();
        match accept::end(&self.state, id, owner).await {
            Ok(()) => {}
            Err(ApiError::Conflict(_)) => {
                let code = a2a::error_code::TASK_NOT_CANCELABLE;
                return Err(A2AError::new(code, "the task has ended").into());
            }
            Err(error) => return Err(error.into()),
        }
        Ok(wire::task(&self.snapshot(id, HISTORY).await?, true))
    }
}
