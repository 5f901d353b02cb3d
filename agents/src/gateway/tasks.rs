//! Handing work to another agent.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Delegate, send_for};
use crate::{completion::words, error::Error, id::Id};

/// How long a gateway that does not hold its answers is left alone.
const PAUSE: Duration = Duration::from_millis(200);

/// How a task ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// What its agent answered.
    Done(Value),
    /// Why it did not end well.
    Failed(String),
}

#[derive(Serialize)]
struct HandOff<'a, T> {
    target: &'a str,
    input: &'a T,
}

#[derive(Deserialize)]
struct Accepted {
    task_id: Id,
}

#[derive(Deserialize)]
struct Status {
    state: State,
    #[serde(default)]
    result: Value,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Queued,
    InProgress,
    Done,
    Error,
}

impl Delegate<'_> {
    /// Sends a task to the agent named `target` unless one was sent under `key`
    /// before, and gives the id of that task.
    ///
    /// # Errors
    ///
    /// The gateway's refusal; one of them is that another input was sent under
    /// the same key.
    pub(crate) async fn hand_off(
        &self,
        target: &str,
        input: &impl Serialize,
        key: &str,
    ) -> Result<Id, Error> {
        let request = self.post("/a2a/tasks/send", &HandOff { target, input });
        let request = request.header("idempotency-key", key);
        let accepted: Accepted = send_for("hand the task off", request).await?;
        Ok(accepted.task_id)
    }

    /// How `task` ended, once it has. It may take as long as the task may; the
    /// gateway holds each answer up to 20 s, until the state changes.
    ///
    /// # Errors
    ///
    /// The gateway's refusal. The task runs on: ask again later.
    pub(crate) async fn outcome(&self, task: &Id) -> Result<Outcome, Error> {
        let path = format!("/a2a/tasks/status/{task}?wait=20");
        let mut before = None;
        loop {
            let status: Status = send_for("wait for the task", self.get(&path)).await?;
            match status.state {
                State::Done => return Ok(Outcome::Done(status.result)),
                State::Error => return Ok(Outcome::Failed(reason(&status.result))),
                state if before == Some(state) => tokio::time::sleep(PAUSE).await,
                state => before = Some(state),
            }
        }
    }
}

/// The gateway's reason, and the agent's own behind it where there is one.
fn reason(result: &Value) -> String {
    let reason = words(result);
    match result.get("body") {
        Some(Value::Null) | None => reason,
        Some(body) => format!("{reason}: {}", words(body)),
    }
}
