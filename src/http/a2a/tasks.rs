//! GetTask.

use a2a::Task;

use super::{Call, Refusal, send::history};
use crate::{adapters::a2a::wire, domain::a2a::error::task_not_found};

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
}
