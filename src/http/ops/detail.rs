//! How each part stands, asked once for whoever wants to know.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::metering;
use crate::{
    actors::{auth::KeyState, ledger::SharedStanding},
    adapters::{
        memory::{MemoryError, Standing as InMemory},
        store::StoreError,
        usage::openmeter::Standing as AtOpenMeter,
    },
    config::QuotaFail,
    domain::time::UnixMillis,
    http::State,
};

/// What has to be asked for.
pub(super) struct Detail {
    /// Whether the task store can be written.
    pub(super) store: Result<(), StoreError>,
    /// What has not got to memory elsewhere yet.
    pub(super) memory: Result<Option<InMemory>, MemoryError>,
    /// What has not got to OpenMeter yet.
    pub(super) openmeter: sqlx::Result<Option<AtOpenMeter>>,
    /// Tasks that wait for workflows of Temporal, where there is one.
    pub(super) workflows: Option<Result<i64, StoreError>>,
}

impl Detail {
    /// All of it, at once. Writes one row.
    pub(super) async fn of(state: &State) -> Self {
        let workflows = async {
            let temporal = state.temporal.as_ref()?;
            Some(temporal.lookout.workflows().rows().count().await)
        };
        let (store, memory, openmeter, workflows) = tokio::join!(
            state.store.probe(),
            state.memory.standing(UnixMillis::now()),
            metering::standing(state),
            workflows
        );
        Self {
            store,
            memory,
            openmeter,
            workflows,
        }
    }

    /// For `/readyz`, on this machine.
    pub(super) fn told(&self, state: &State) -> Value {
        let keys = state.auth.states().into_iter().map(|(issuer, keys)| {
            let (word, count) = told_keys(keys);
            json!({ "issuer": issuer, "keys": word, "count": count })
        });
        let dropped = state.mirror.dropped();
        let mut told = json!({
            "quota": quota(state),
            "issuers": keys.collect::<Vec<_>>(),
            "draining": state.draining.load(Ordering::Relaxed),
            "tasks_running": state.supervisor.running(),
            "places_free": state.door.free(),
            "memory_dropped": { "bodies": dropped.bodies(), "events": dropped.events() },
            "warnings": state.warnings,
            "memory": self.memory(state),
            "metering": metering::told(state, &self.openmeter),
        });
        if let Some(temporal) = self.temporal(state) {
            told["temporal"] = temporal;
        }
        if let Err(error) = &self.store {
            told["store"] = error.to_string().into();
        }
        told
    }

    /// Where memory is, and what has not got there yet.
    fn memory(&self, state: &State) -> Value {
        let mut told = json!({ "backend": state.memory.name() });
        match &self.memory {
            Ok(None) => {}
            Ok(Some(standing)) => {
                told["waiting"] = standing.waiting.into();
                told["set_aside"] = standing.set_aside.into();
                told["oldest_ms"] = standing.oldest_ms.into();
                told["away"] = standing.away.clone().into();
            }
            Err(error) => told["error"] = error.to_string().into(),
        }
        told
    }

    /// Whether Temporal can be asked, and how many tasks wait for workflows there.
    fn temporal(&self, state: &State) -> Option<Value> {
        let temporal = state.temporal.as_ref()?.lookout.workflows().temporal();
        let mut told = json!({ "away": temporal.away() });
        match self.workflows.as_ref()? {
            Ok(count) => told["workflows"] = (*count).into(),
            Err(error) => told["error"] = error.to_string().into(),
        }
        Some(told)
    }
}

/// The word for an issuer's keys, and how many there are.
pub(super) fn told_keys(keys: KeyState) -> (&'static str, usize) {
    match keys {
        KeyState::Fresh(count) => ("fresh", count),
        KeyState::Stale(count) => ("stale", count),
        KeyState::Missing => ("missing", 0),
    }
}

/// How it stands with Redis, where quotas are kept there.
pub(super) fn redis(state: &State) -> Option<SharedStanding> {
    state.quota.as_ref()?.ledger.shared_standing()
}

/// Where is counted what people spend, and whether that can be done.
fn quota(state: &State) -> Value {
    if state.quota.is_none() {
        return json!({ "backend": "none" });
    }
    match redis(state) {
        None => json!({ "backend": "memory" }),
        Some(standing) => json!({
            "backend": "redis",
            "away": standing.trouble,
            "waiting": standing.waiting,
            "calls_go_on": standing.fail == QuotaFail::Open,
        }),
    }
}
