//! Where usage is told, and what has not got there yet.

use serde_json::{Value, json};

use crate::{
    adapters::usage::{openmeter::Standing, prometheus::series},
    http::State,
};

/// How it stands with OpenMeter, if usage is told there.
pub(super) async fn standing(state: &State) -> sqlx::Result<Option<Standing>> {
    match &state.reporting {
        Some(reporting) => reporting.openmeter.standing().await,
        None => Ok(None),
    }
}

/// For `/readyz`: nothing of it makes the gateway less ready.
pub(super) fn told(state: &State, standing: &sqlx::Result<Option<Standing>>) -> Value {
    if state.reporting.is_none() {
        let backend = if state.counts_usage {
            "prometheus"
        } else {
            "null"
        };
        return json!({ "backend": backend });
    }
    let mut told = json!({ "backend": "openmeter" });
    match standing {
        Ok(None) => {}
        Ok(Some(standing)) => {
            told["waiting"] = standing.waiting.into();
            told["refused"] = standing.refused.into();
            told["away"] = standing.is_away.into();
            told["last_error"] = standing.last_error.clone().into();
            told["failed_at"] = standing.failed_at.into();
        }
        Err(error) => told["error"] = error.to_string().into(),
    }
    told
}

/// For `/metrics`.
pub(super) async fn gauge(state: &State) {
    if let Ok(Some(standing)) = standing(state).await {
        let waiting = standing.waiting as f64;
        state.metrics.gauge(series::OPENMETER_BACKLOG, waiting);
    }
}
