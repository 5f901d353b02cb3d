//! What `check` says of Temporal.

use std::time::Duration;

use super::{Finding, State, finding};
use crate::{
    adapters::temporal::Temporal,
    config::{Config, TaskRunner, TemporalConfig},
    domain::target::AllowedWorkflows,
};

const PATIENCE: Duration = Duration::from_secs(5);

/// Whether it is there and as it should be, which workflows may be named, and whether
/// anybody works.
pub(super) async fn temporal(config: &Config) -> Vec<Finding> {
    let Some(settings) = &config.temporal else {
        return vec![finding("temporal", State::Off, "TEMPORAL_URL is not set")];
    };
    let runner = match config.tasks.runner {
        TaskRunner::Local => finding("task runner", State::On, "local"),
        TaskRunner::Temporal => finding("task runner", State::On, "temporal"),
    };
    let mut findings = reached(settings).await;
    findings.push(workflows(&config.targets.workflows));
    findings.push(runner);
    findings
}

async fn reached(settings: &TemporalConfig) -> Vec<Finding> {
    let place = format!("{}, namespace {}", settings.address, settings.namespace);
    let temporal = match Temporal::start(settings) {
        Ok(temporal) => temporal,
        Err(error) => return vec![finding("temporal", State::Fault, error.to_string())],
    };
    if let Err(trouble) = temporal.connected(PATIENCE).await {
        let text = format!("{trouble}; tasks for workflows wait until it is there");
        return vec![finding("temporal", State::Fault, text)];
    }
    vec![
        finding("temporal", State::Ok, place),
        attributes(&temporal).await,
        queue(&temporal, &settings.queue).await,
    ]
}

async fn attributes(temporal: &Temporal) -> Finding {
    let what = "temporal attributes";
    match temporal.is_set_up().await {
        Ok(true) => finding(what, State::Ok, "AttachUser and AttachState"),
        Ok(false) => {
            let text = "not registered, so tasks cannot be searched by user and state; run attach-gateway temporal setup";
            finding(what, State::Warning, text)
        }
        Err(trouble) => finding(what, State::Warning, trouble.to_string()),
    }
}

async fn queue(temporal: &Temporal, queue: &str) -> Finding {
    let what = format!("temporal queue {queue}");
    match temporal.pollers(queue).await {
        Ok(0) => {
            let text = "nobody polls it; start a worker of yours, or set TEMPORAL_QUEUE";
            finding(what, State::Warning, text)
        }
        Ok(count) => finding(what, State::Ok, format!("{count} polls by workers")),
        Err(trouble) => finding(what, State::Warning, trouble.to_string()),
    }
}

fn workflows(allowed: &AllowedWorkflows) -> Finding {
    let what = "workflows";
    match allowed {
        AllowedWorkflows::Any => finding(what, State::On, "any"),
        AllowedWorkflows::Named(names) if !names.is_empty() => {
            finding(what, State::On, names.join(", "))
        }
        _ => finding(
            what,
            State::Off,
            "TEMPORAL_WORKFLOWS is not set; none may be named",
        ),
    }
}
