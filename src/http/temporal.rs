//! Temporal, and who works with it here.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;

use super::State;
use crate::{
    actors::{dispatcher::Dispatcher, lookout::Lookout, tracer::Tracer},
    adapters::temporal::{TemporalPage, Worker, workflow_of},
    domain::id::TaskId,
};

/// Temporal, and who works with it.
pub struct InTemporal {
    /// Looks after the workflows that tasks are for.
    pub lookout: Lookout,
    /// Has Temporal run all other tasks, with `TASK_RUNNER=temporal`.
    pub dispatcher: Option<Dispatcher>,
    /// Tells Temporal of tasks that it does not run.
    pub tracer: Option<Tracer>,
    /// Do what Temporal asks for, until they are stopped.
    pub workers: Mutex<Vec<Worker>>,
    /// Where people see tasks there.
    pub page: Option<TemporalPage>,
}

impl InTemporal {
    /// Takes nothing more from Temporal and waits `patience` for what is under way.
    pub async fn drain(&self, patience: Duration) {
        let workers = {
            let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *workers)
        };
        let stop = workers.into_iter().map(|worker| worker.stop(patience));
        let dispatcher = async {
            if let Some(dispatcher) = &self.dispatcher {
                dispatcher.drain(patience).await;
            }
        };
        let tracer = async {
            if let Some(tracer) = &self.tracer {
                tracer.drain(patience).await;
            }
        };
        tokio::join!(
            self.lookout.drain(patience),
            dispatcher,
            tracer,
            join_all(stop)
        );
    }
}

impl State {
    /// Says that a task for `target` may be due, to whoever sees to it that it is run.
    pub(in crate::http) fn wake(&self, target: &str) {
        let Some(temporal) = &self.temporal else {
            return self.supervisor.wake();
        };
        match &temporal.dispatcher {
            _ if workflow_of(target).is_some() => temporal.lookout.workflows().wake(),
            Some(dispatcher) => dispatcher.wake(),
            None => self.supervisor.wake(),
        }
    }

    /// Has those stop that work on tasks which are over; whoever works on that of
    /// `stopped` has stopped already.
    pub(in crate::http) fn abort(&self, tasks: Vec<TaskId>, stopped: Option<TaskId>) {
        let dispatcher = self.temporal.as_ref().and_then(|it| it.dispatcher.as_ref());
        if let Some(dispatcher) = dispatcher {
            dispatcher.forget(tasks.clone());
        }
        self.supervisor.abort(tasks, stopped);
    }
}
