//! A caller who wants no more: the agent is asked first whether it stops.

use std::{collections::HashMap, sync::Arc, time::Duration};

use a2a::{A2AError, CancelTaskRequest, Task, TaskState, error_code};
use serde_json::Value;

use super::{connect, outgoing};
use crate::{
    adapters::{runner::Parts, store::Claimed},
    config::AgentConfig,
    domain::{a2a::known_state, id::TaskId},
};

/// How long the caller waits for the agent's word.
const WORD: Duration = Duration::from_secs(5);
/// How much of that for a place: with less left no agent could answer.
const PLACE: Duration = Duration::from_secs(3);

/// What becomes of a task by its agent's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopping {
    /// It has stopped.
    Stopped,
    /// It has taken note and is still at it, or is just being asked.
    Noted,
    /// It goes on, or is done: why.
    Refused(String),
    /// It has no task of its own, is away or slow, or said something else.
    Unheard,
}

/// Asks the agent of `task` to stop, with the caller's own `metadata`. Answers
/// within five seconds, in which it also waits for a place among those who ask
/// this agent; nothing is written. While it is asked already it has taken note.
pub(in crate::adapters::runner) async fn ask(
    parts: &Parts,
    task: TaskId,
    metadata: Option<HashMap<String, Value>>,
) -> Stopping {
    let Some(_turn) = parts.telling.turn(task) else {
        return Stopping::Noted;
    };
    let asked = async {
        let (claimed, agent) = parts.at_agent(task).await?;
        let place = tokio::time::timeout(PLACE, parts.telling.place(agent));
        let _place = place.await.ok()??;
        Some(request(parts, &claimed, agent, metadata).await)
    };
    match tokio::time::timeout(WORD, asked).await {
        Ok(word) => word.unwrap_or(Stopping::Unheard),
        Err(_) => {
            tracing::info!(%task, "its agent did not say in time whether it stops");
            Stopping::Unheard
        }
    }
}

async fn request(
    parts: &Parts,
    claimed: &Arc<Claimed>,
    agent: &AgentConfig,
    metadata: Option<HashMap<String, Value>>,
) -> Stopping {
    let (task, remote) = (claimed.attempt.task, &claimed.remote);
    let Some(id) = remote.as_ref().map(|remote| remote.task.clone()) else {
        return Stopping::Unheard;
    };
    let said = outgoing::request(claimed);
    let line = match connect(parts, claimed, &said, agent).await {
        Ok(line) => line,
        Err(halt) => {
            tracing::info!(%task, ?halt, "its agent could not be asked to stop");
            return Stopping::Unheard;
        }
    };
    let request = CancelTaskRequest {
        id,
        metadata,
        tenant: None,
    };
    match line.client.cancel_task(&request).await {
        Ok(now) => word_of(&now),
        Err(error) => refusal(task, error),
    }
}

/// By the state in which the agent says the task is now.
fn word_of(now: &Task) -> Stopping {
    match known_state(&now.status.state) {
        _ if now.status.state == TaskState::Canceled => Stopping::Stopped,
        Some(state) if state.is_terminal() => {
            Stopping::Refused(format!("the task has ended: {state}"))
        }
        Some(_) => Stopping::Noted,
        None => Stopping::Unheard,
    }
}

fn refusal(task: TaskId, error: A2AError) -> Stopping {
    match error.code {
        error_code::TASK_NOT_CANCELABLE => Stopping::Refused(error.message),
        _ => {
            tracing::info!(%task, %error, "its agent did not say whether it stops");
            Stopping::Unheard
        }
    }
}
