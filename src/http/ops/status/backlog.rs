//! What waits.

use serde_json::{Value, json};

use crate::{
    domain::{task::TaskState, time::UnixMillis},
    http::{State, ops::detail::Detail},
};

/// Counts; `None` for what cannot be read now.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    waiting: Option<u64>,
    running: Option<u64>,
    oldest_ms: Option<i64>,
    pub(super) webhooks: Option<u64>,
}

/// Tasks and webhooks, whichever gateway they wait for.
pub(super) async fn counted(state: &State, now: UnixMillis) -> Backlog {
    let (counts, oldest, webhooks) = tokio::join!(
        state.store.counts(),
        state.store.oldest_waiting(),
        state.webhooks.backlog()
    );
    let of = |wanted: TaskState| {
        let counts = counts.as_ref().ok()?;
        let found = counts.open.iter().find(|(state, _)| *state == wanted);
        found.map(|(_, count)| *count)
    };
    let oldest = oldest.ok().flatten();
    Backlog {
        waiting: of(TaskState::Submitted),
        running: of(TaskState::Working),
        oldest_ms: oldest.map(|at| (now.0 - at.0).max(0)),
        webhooks: webhooks.ok(),
    }
}

impl Backlog {
    pub(super) fn told(&self, state: &State, detail: &Detail) -> Value {
        let memory = detail.memory.as_ref().ok().and_then(Option::as_ref);
        let usage = detail.openmeter.as_ref().ok().and_then(Option::as_ref);
        json!({
            "tasks_waiting": self.waiting,
            "tasks_running": self.running,
            "oldest_waiting_ms": self.oldest_ms,
            "webhooks_waiting": self.webhooks,
            "memory_waiting": memory.map(|standing| standing.waiting),
            "usage_waiting": usage.map(|standing| standing.waiting),
            "traces_waiting": state.traces.waiting(),
        })
    }
}
