//! Temporal, and the workflows that tasks are for.

use std::sync::{Arc, Mutex};

use super::{StartError, other};
use crate::{
    actors::{
        dispatcher::Dispatcher, ends::Ends, hired::Hired, lookout::Lookout, mirror::Mirror,
        supervisor::Supervisor, tracer::Tracer,
    },
    adapters::{
        database::{
            Database,
            sole::{Part, Sole},
        },
        store::Store,
        temporal::{
            Attempts, Backlog, TaskTraces, Temporal, TemporalPage, Worker, WorkflowRows, Workflows,
        },
        usage::prometheus::Prometheus,
    },
    config::{Config, TaskRunner},
    domain::time::UnixMillis,
    http::temporal::InTemporal,
};

/// Attempts at once where a worker is there for traces alone.
const FEW: usize = 4;

/// What those need who work with Temporal.
pub(super) struct Means<'a> {
    pub(super) database: &'a Database,
    pub(super) store: &'a Store,
    pub(super) supervisor: &'a Supervisor,
    pub(super) mirror: &'a Mirror,
    pub(super) metrics: &'a Prometheus,
}

/// Starts everybody who works with Temporal.
pub(super) fn start(config: &Config, workflows: Workflows, means: Means<'_>) -> InTemporal {
    let temporal = workflows.temporal().clone();
    let supervisor = means.supervisor.clone();
    let backlog = backlog(config, &temporal, &means);
    let (store, mirror) = (means.store.clone(), means.mirror.clone());
    let ends = Ends::new(store, mirror, supervisor.clone(), backlog.clone());
    InTemporal {
        tracer: tracer(config, &temporal, &means),
        workers: Mutex::new(workers(config, &temporal, &means, ends.clone())),
        dispatcher: dispatcher(config, backlog, &means, ends),
        page: TemporalPage::of(config),
        lookout: Lookout::start(workflows, supervisor),
    }
}

/// Tasks that Temporal is to run, if it is to run any.
fn backlog(config: &Config, temporal: &Temporal, means: &Means<'_>) -> Backlog {
    let bounds = (config.tasks.ttl, config.tasks.max_depth);
    let (database, store) = (means.database.clone(), means.store.clone());
    Backlog::new(temporal.clone(), database, store, bounds)
}

/// Where Temporal runs all tasks.
fn dispatcher(
    config: &Config,
    backlog: Backlog,
    means: &Means<'_>,
    ends: Ends,
) -> Option<Dispatcher> {
    if config.tasks.runner == TaskRunner::Local {
        return None;
    }
    Some(Dispatcher::start(backlog, means.supervisor.clone(), ends))
}

/// Where it does not, and is to know of them.
fn tracer(config: &Config, temporal: &Temporal, means: &Means<'_>) -> Option<Tracer> {
    let is_wanted = config.temporal.as_ref().is_some_and(|it| it.traces);
    if config.tasks.runner == TaskRunner::Temporal || !is_wanted {
        return None;
    }
    let changes = means.store.changes();
    let traces = TaskTraces::new(temporal.clone(), means.database.clone(), config.tasks.ttl);
    let sole = Sole::new(means.database, Part::Traces);
    Some(Tracer::start(traces, sole, changes, means.metrics.clone()))
}

/// Those who do what Temporal asks for: attempts at tasks, and the little that traces
/// take.
fn workers(config: &Config, temporal: &Temporal, means: &Means<'_>, ends: Ends) -> Vec<Worker> {
    let hired = Hired::new(means.supervisor.clone(), means.store.clone(), ends);
    let hired: Arc<dyn Attempts> = Arc::new(hired);
    let has_traces = config.temporal.as_ref().is_some_and(|it| it.traces);
    let (depths, at_once) = match config.tasks.runner {
        TaskRunner::Temporal => (config.tasks.max_depth + 1, config.tasks.max_running),
        TaskRunner::Local => (u32::from(has_traces), FEW),
    };
    let start = |depth| Worker::start(temporal, hired.clone(), (depth, at_once));
    (0..depths).map(start).collect()
}

/// The workflows of tasks, where `TEMPORAL_URL` is set.
///
/// # Errors
///
/// Threads cannot be had; the rows cannot be written.
pub(super) async fn workflows(
    config: &Config,
    database: &Database,
    store: &Store,
) -> Result<Option<Workflows>, StartError> {
    let rows = WorkflowRows::new(database.clone());
    if config.tasks.runner == TaskRunner::Local && !database.is_shared() {
        rows.take_back(UnixMillis::now()).await.map_err(other)?;
    }
    let Some(temporal) = &config.temporal else {
        // Tasks of an earlier start would wait for ever. Of a database that others
        // share they may be looked after by one that has Temporal.
        if !database.is_shared() {
            rows.make_all_due(UnixMillis::now()).await.map_err(other)?;
        }
        return Ok(None);
    };
    let timeout = temporal.timeout;
    let temporal = Temporal::start(temporal).map_err(other)?;
    let workflows = Workflows::new(temporal, rows, store.clone(), timeout);
    Ok(Some(workflows))
}
