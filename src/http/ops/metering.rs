//! Where usage is told, and what has not got there yet.

use serde_json::{Value, json};

use crate::{adapters::usage::prometheus::series, http::State};

/// For `/readyz`: nothing of it makes the gateway less ready.
pub(super) async fn told(state: &State) -> Value {
    let Some(reporting) = &state.reporting else {
        let backend = if state.counts_usage {
            "prometheus"
        } else {
            "null"
        };
        return json!({ "backend": backend });
    };
    let mut told = json!({ "backend": "openmeter" });
    match reporting.openmeter.standing().await {
        Ok(None) => {}
        Ok(Some(standing)) => {
            told["waiting"] = standing.waiting.into();
            told["refused"] = standing.refused.into();
            told["away"] = standing.is_away.into();
            told["last_error"] = standing.last_error.into();
            told["failed_at"] = standing.failed_at.into();
        }
        Err(error) => told["error"] = error.to_string().into(),
    }
    told
}

/// For `/metrics`.
pub(super) async fn gauge(state: &State) {
    let Some(reporting) = &state.reporting else {
        return;
    };
    if let Ok(Some(standing)) = reporting.openmeter.standing().await {
        let waiting = standing.waiting as f64;
        state.metrics.gauge(series::OPENMETER_BACKLOG, waiting);
    }
}
