//! CancelTask: the agent is asked first, where it has a task of its own.

use std::{collections::HashMap, time::Duration};

use a2a::{A2AError, CancelTaskRequest, Task, error_code};
use actix_web::web;
use serde_json::Value;

use super::{Call, Refusal, follow::HISTORY};
use crate::{
    adapters::{a2a::wire, runner::Stopping, store::dialogue::Standing},
    config::AgentKind,
    domain::{
        a2a::error::task_not_found,
        id::{Owner, TaskId},
        task::TaskState,
    },
    http::{State, error::ApiError, tasks::accept},
};

/// How long the agent's last words may take after it said that it stops.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// One task that somebody wants no more.
struct Unwanted {
    state: web::Data<State>,
    id: TaskId,
    owner: Owner,
}

impl Call {
    /// Ends a task, and its unfinished children. An agent that has a task of its
    /// own for it is asked first: where it refuses, the task goes on; where it
    /// does not answer, the task ends here. Goes on when the caller leaves.
    ///
    /// # Errors
    ///
    /// No such task of the caller's at this agent; it has ended; its agent says
    /// that it cannot be canceled.
    pub async fn cancel(&self, asked: CancelTaskRequest) -> Result<Task, Refusal> {
        let id = asked.id.parse().map_err(|_| task_not_found())?;
        let found = self.standing(id).await?;
        let unwanted = Unwanted {
            state: self.state.clone(),
            id,
            owner: self.caller.identity.owner.clone(),
        };
        let asks = self.agent.kind == AgentKind::A2a;
        let ending = tokio::spawn(async move {
            match asks {
                true => unwanted.ask(&found, asked.metadata).await,
                false => unwanted.end(None).await,
            }
        });
        ending.await.map_err(ApiError::internal)??;
        Ok(wire::task(&self.snapshot(id, HISTORY).await?, true))
    }
}

impl Unwanted {
    /// Does what the agent's word comes to.
    async fn ask(
        self,
        found: &Standing,
        metadata: Option<HashMap<String, Value>>,
    ) -> Result<(), Refusal> {
        if found.state.is_terminal() {
            return Err(not_cancelable("the task has ended"));
        }
        match self.state.runner.ask_to_stop(self.id, metadata).await {
            Stopping::Refused(why) => Err(not_cancelable(&why)),
            Stopping::Noted => Ok(()),
            Stopping::Unheard => self.end(None).await,
            Stopping::Stopped => {
                if found.state == TaskState::Working {
                    self.last_words().await?;
                }
                let stopped = Some(self.id);
                self.end(stopped).await
            }
        }
    }

    /// Waits for a moment until what the agent says at its end is in the rows.
    async fn last_words(&self) -> Result<(), Refusal> {
        let Some(mut watch) = self.state.feed.watch(self.id).await else {
            return Ok(());
        };
        let ended = async {
            while !self.standing().await?.is_terminal() && watch.changed().await {}
            Ok(())
        };
        let ended = tokio::time::timeout(LAST_WORDS, ended).await;
        ended.unwrap_or(Ok(()))
    }

    async fn standing(&self) -> Result<TaskState, Refusal> {
        Ok(self.state.store.standing(self.id, None).await?.state)
    }

    /// Ends it here; `stopped` is the task whose agent knows.
    async fn end(self, stopped: Option<TaskId>) -> Result<(), Refusal> {
        let ended = accept::end(&self.state, self.id, self.owner.clone(), stopped).await;
        match ended {
            // Its agent's own word was first, and ended its children with it.
            Err(ApiError::Conflict(_))
                if stopped.is_some() && self.standing().await? == TaskState::Canceled =>
            {
                Ok(())
            }
            Err(ApiError::Conflict(_)) => Err(not_cancelable("the task has ended")),
            ended => Ok(ended?),
        }
    }
}

fn not_cancelable(why: &str) -> Refusal {
    A2AError::new(error_code::TASK_NOT_CANCELABLE, why).into()
}
