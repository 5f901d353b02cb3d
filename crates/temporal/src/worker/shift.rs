//! One worker of the SDK, from its first poll to its last attempt.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use temporalio_client::{Client, ClientOptions, Connection};
use temporalio_common::worker::WorkerDeploymentOptions;
use temporalio_sdk::{
    Runtime, Worker, WorkerOptions,
    runtime::{
        RuntimeOptions,
        worker_tuner::{FixedSizeSlotSupplier, TunerHolder},
    },
};
use tokio::{sync::oneshot, time::Instant};
use tokio_util::sync::CancellationToken;

use super::Hire;
use crate::{
    Limits, Settings,
    workflow::{AttachTask, AttachTaskTrace, Tasks},
};

/// How often it is looked whether a shift has done enough.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Workflow code takes no time: few places serve many tasks.
const WORKFLOWS_AT_ONCE: usize = 20;

pub(super) struct Shift {
    tasks: Tasks,
    since: Instant,
    /// Poll no more, and end what you have begun.
    leave: CancellationToken,
    /// It polls no more: the SDK lets no two workers of one kind poll one queue.
    left: CancellationToken,
    end: oneshot::Receiver<Result<(), String>>,
}

/// Why a shift is over.
pub(super) enum Stopped {
    /// It has done enough, or all are to stop.
    Relieved,
    /// It could not go on.
    Lost(String),
}

impl Shift {
    pub(super) fn begin(hire: &Hire, connection: Connection) -> Self {
        let tasks = Tasks {
            runner: hire.runner.clone(),
            halt: hire.halt.child_token(),
            begun: Arc::new(AtomicU64::new(0)),
        };
        let (leave, left) = (CancellationToken::new(), CancellationToken::new());
        let post = Post {
            hire: hire.clone(),
            tasks: tasks.clone(),
            leave: leave.clone(),
            left: left.clone(),
        };
        Self {
            tasks,
            since: Instant::now(),
            leave,
            left,
            end: post.begin(connection),
        }
    }

    pub(super) async fn until_over(mut self, hire: &Hire) -> Stopped {
        loop {
            tokio::select! {
                came_to = &mut self.end => return lost(came_to),
                () = hire.stop.cancelled() => break,
                () = tokio::time::sleep(LOOK_EVERY) => if self.is_enough(&hire.limits) { break },
            }
        }
        self.leave.cancel();
        tokio::select! {
            () = self.left.cancelled() => {}
            _ = &mut self.end => {}
        }
        Stopped::Relieved
    }

    fn is_enough(&self, limits: &Limits) -> bool {
        self.tasks.begun.load(Ordering::Relaxed) >= limits.renew_after_tasks
            || self.since.elapsed() >= limits.renew_after
    }
}

fn lost(came_to: Result<Result<(), String>, oneshot::error::RecvError>) -> Stopped {
    Stopped::Lost(match came_to {
        Ok(Ok(())) => "it ended by itself".to_owned(),
        Ok(Err(why)) => why,
        Err(_) => "its thread could not be had, or panicked".to_owned(),
    })
}

/// What a shift's own thread has of it.
struct Post {
    hire: Hire,
    tasks: Tasks,
    leave: CancellationToken,
    left: CancellationToken,
}

impl Post {
    /// On a thread of its own: what runs workflows cannot move between threads.
    fn begin(self, connection: Connection) -> oneshot::Receiver<Result<(), String>> {
        let (ended, end) = oneshot::channel();
        let running = self.hire.running.token();
        let body = move || {
            let came_to = self.hire.temporal.handle().block_on(self.work(connection));
            // Nobody may want to know any more.
            let _ = ended.send(came_to);
            drop(running);
        };
        // Without a thread its sender is gone, and the shift lost.
        let _ = thread::Builder::new()
            .name("temporal-work".to_owned())
            .spawn(body);
        end
    }

    async fn work(&self, connection: Connection) -> Result<(), String> {
        // Whatever ends this, what it has begun must not go on unheard.
        let _halt = self.tasks.halt.clone().drop_guard();
        let mut worker = worker(&self.hire, connection, self.tasks.clone())?;
        let shut_down = worker.shutdown_handle();
        let run = worker.run();
        tokio::pin!(run);
        let ended = tokio::select! {
            ended = &mut run => ended,
            () = self.leave.cancelled() => {
                shut_down();
                self.left.cancel();
                run.await
            }
        };
        ended.map_err(|error| error.to_string())
    }
}

fn worker(hire: &Hire, connection: Connection, tasks: Tasks) -> Result<Worker, String> {
    let Settings { namespace, .. } = hire.temporal.settings();
    let runtime = RuntimeOptions::builder().heartbeat_interval(None).build()?;
    let runtime = Runtime::from_current_tokio(runtime).map_err(|error| error.to_string())?;
    let client = Client::new(connection, ClientOptions::new(namespace).build());
    let client = client.map_err(|error| error.to_string())?;
    let options = options(hire, tasks)?;
    Worker::new(&runtime, client, options).map_err(|error| error.to_string())
}

fn options(hire: &Hire, tasks: Tasks) -> Result<WorkerOptions, String> {
    let build = concat!("attach-gateway ", env!("CARGO_PKG_VERSION")).to_owned();
    let options = WorkerOptions::new(hire.queue.clone())
        .register_activities(tasks)
        .register_workflow::<AttachTask>()
        .and_then(|options| options.register_workflow::<AttachTaskTrace>())
        .map_err(|error| error.to_string())?
        .deployment_options(WorkerDeploymentOptions::from_build_id(build))
        .tuner(tuner(hire.limits.at_once))
        .build();
    Ok(options)
}

fn tuner(at_once: usize) -> TunerHolder {
    TunerHolder::builder()
        .workflow_task_slot_supplier(FixedSizeSlotSupplier::new(WORKFLOWS_AT_ONCE))
        .activity_task_slot_supplier(FixedSizeSlotSupplier::new(at_once.max(1)))
        .local_activity_task_slot_supplier(FixedSizeSlotSupplier::new(1))
        .nexus_task_slot_supplier(FixedSizeSlotSupplier::new(1))
        .build()
}
