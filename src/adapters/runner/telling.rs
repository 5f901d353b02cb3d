//! Telling agents that nobody wants their tasks any more.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::{Parts, a2a};
use crate::{
    adapters::store::Claimed,
    config::AgentConfig,
    domain::{id::TaskId, task::TaskState},
};

/// Agents that are told at the same time, at most.
const AT_ONCE: usize = 16;
/// Of these, for one agent: one that does not answer keeps only its own waiting.
const OF_ONE: usize = 4;

/// Places for those who tell, and for those who ask first.
pub(super) struct Telling {
    all: Semaphore,
    each: HashMap<String, Semaphore>,
    /// Tasks whose agents are being asked.
    asked: Mutex<HashSet<TaskId>>,
}

/// The agent of a task is being asked. Dropping it ends that.
pub(super) struct Turn<'a> {
    telling: &'a Telling,
    task: TaskId,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let asked = &self.telling.asked;
        let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.remove(&self.task);
    }
}

impl Telling {
    pub(super) fn of(agents: &[AgentConfig]) -> Self {
        let name = |one: &AgentConfig| (one.agent.name.clone(), Semaphore::new(OF_ONE));
        Self {
            all: Semaphore::new(AT_ONCE),
            each: agents.iter().map(name).collect(),
            asked: Mutex::default(),
        }
    }

    /// Waits for a place at `agent` for as long as it takes.
    pub(super) async fn place(
        &self,
        agent: &AgentConfig,
    ) -> Option<(SemaphorePermit<'_>, SemaphorePermit<'_>)> {
        let own = self.each.get(&agent.agent.name)?.acquire().await.ok()?;
        Some((own, self.all.acquire().await.ok()?))
    }

    /// The turn to ask the agent of `task`; `None` while somebody else does.
    pub(super) fn turn(&self, task: TaskId) -> Option<Turn<'_>> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let telling = self;
        // Not made where it is not given: its end would take the other's away.
        asked.insert(task).then(|| Turn { telling, task })
    }
}

impl Parts {
    /// Waits for a place for as long as it takes, and tells the agent of a task
    /// that was canceled, or failed here, what it can within ten seconds.
    pub(super) async fn tell_off(&self, task: TaskId) {
        // Read again when it is its turn: what waits is a name.
        let Some((_, agent)) = self.unwanted(task).await else {
            return;
        };
        let Some(_place) = self.telling.place(agent).await else {
            return;
        };
        let tell = async {
            if let Some((claimed, agent)) = self.unwanted(task).await {
                a2a::cancel(self, &claimed, agent).await;
            }
        };
        if tokio::time::timeout(a2a::TELL, tell).await.is_err() {
            tracing::info!(%task, "its agent could not be told to stop in time");
        }
    }

    /// A task that has not ended, and the agent that has one of its own for it.
    pub(super) async fn at_agent(&self, task: TaskId) -> Option<(Arc<Claimed>, &AgentConfig)> {
        self.attached(task, |state| !state.is_terminal()).await
    }

    /// The task and its agent, if that may still be at it and nobody wants it.
    async fn unwanted(&self, task: TaskId) -> Option<(Arc<Claimed>, &AgentConfig)> {
        let is_unwanted = |state| matches!(state, TaskState::Canceled | TaskState::Failed);
        self.attached(task, is_unwanted).await
    }

    async fn attached(
        &self,
        task: TaskId,
        is_meant: impl Fn(TaskState) -> bool,
    ) -> Option<(Arc<Claimed>, &AgentConfig)> {
        let attached = self.means.store.attached(task).await;
        let attached = attached.unwrap_or_else(|error| {
            tracing::warn!(%task, %error, "its agent is not told to stop");
            None
        });
        let (_, claimed) = attached.filter(|(state, _)| is_meant(*state))?;
        let target = self.means.rules.restore(&claimed.target).ok()?;
        Some((Arc::new(claimed), self.a2a(&target)?))
    }
}
