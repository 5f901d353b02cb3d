//! The small interface to the crate that speaks to Temporal.

use std::{
    io, process,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use attach_temporal::{
    Attributes, Bounds, Fault, Look, Settings, Standing, Start, Started, Step, Tls, Trace,
    task_workflow, trace_workflow_id,
};
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use super::{
    Ending, Order, TraceStep, Traced, Trouble, Unstarted, called_off::LOOKS,
    registered::Registered, unstarted::workflow_id,
};
use crate::{
    config::TemporalConfig,
    domain::{
        id::{Owner, SessionId, TaskId},
        target::Target,
        task::TaskState,
    },
};

/// The pauses between two attempts that did not say how long to wait: those that Temporal
/// took away, or that died.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Temporal, or where it should be. A clone is cheap.
#[derive(Clone, Debug)]
pub struct Temporal {
    pub(super) inner: attach_temporal::Temporal,
    attributes: Arc<Registered>,
    seen: Arc<Mutex<Standing>>,
    /// Turns to look whether attempts are wanted.
    pub(super) looks: Arc<Semaphore>,
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Away(why) => Self::Away(why),
            Fault::Refused(why) | Fault::Unfit(why) => Self::Refused(why),
        }
    }
}

impl Temporal {
    /// Returns at once: it connects, and connects again, by itself.
    ///
    /// # Errors
    ///
    /// Threads cannot be had.
    pub fn start(config: &TemporalConfig) -> io::Result<Self> {
        let inner = attach_temporal::Temporal::start(settings(config))?;
        let seen = Arc::new(Mutex::new(inner.standing()));
        Ok(Self {
            inner,
            attributes: Arc::default(),
            seen,
            looks: Arc::new(Semaphore::new(LOOKS)),
        })
    }

    /// Why it cannot be asked, for people; `None` while it can.
    pub fn away(&self) -> Option<String> {
        self.inner.standing().why
    }

    /// Waits until it went away or came back, since this was last asked.
    pub async fn changed(&self) {
        let seen = || self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen().clone();
        let now = self.inner.changed(&before).await;
        *seen() = now;
    }

    /// Starts a workflow, unless it was started before: `false` if it has ended
    /// already.
    ///
    /// # Errors
    ///
    /// [`Trouble::Refused`] above all for an input over 2 MiB.
    pub async fn start_workflow(&self, order: Order<'_>) -> Result<bool, Trouble> {
        let target = Target::Workflow(order.workflow.to_owned()).to_string();
        let start = Start {
            workflow: order.workflow.to_owned(),
            id: order.task.to_string(),
            queue: self.inner.settings().queue.clone(),
            execution_timeout: order.timeout,
            attributes: self.attributes(order.owner, TaskState::Working).await,
            memo: memo(&target, order.session, order.parent),
            summary: Some(format!("task of attach-gateway: {}", order.workflow)),
            input: vec![order.input],
        };
        self.start_it(start).await
    }

    /// Has Temporal run a task, unless it does or did so already: `false` if that is
    /// over.
    ///
    /// # Errors
    ///
    /// Temporal cannot be asked.
    pub async fn start_task(&self, task: &Unstarted, lasts: Duration) -> Result<bool, Trouble> {
        let bounds = Bounds {
            within: lasts,
            first_pause: FIRST_PAUSE,
            longest_pause: LONGEST_PAUSE,
        };
        let mut start = task_workflow(
            &task.id.to_string(),
            self.queue_at(task.depth),
            bounds,
            self.attributes(&task.owner, TaskState::Submitted).await,
            memo(&task.target, &task.session, task.parent),
            Some("a task of attach-gateway".to_owned()),
        );
        start.id = workflow_id(task.id, task.answer);
        self.start_it(start).await
    }

    /// `false` if it has ended already.
    async fn start_it(&self, mut start: Start) -> Result<bool, Trouble> {
        let mut started = self.inner.start_workflow(&start).await;
        if start.attributes.is_some() && self.attributes.are_refused(&started) {
            start.without_attributes();
            started = self.inner.start_workflow(&start).await;
        }
        Ok(started? != Started::Ended)
    }

    /// How Temporal's part of running a task ended; `None` while it goes on.
    ///
    /// # Errors
    ///
    /// Temporal cannot be asked.
    pub async fn look_at_task(&self, task: &Unstarted) -> Result<Option<Ending>, Trouble> {
        self.look_at(&workflow_id(task.id, task.answer)).await
    }

    /// How a workflow of this id that runs a task ended, or was asked to; `None` while it
    /// is to go on.
    ///
    /// # Errors
    ///
    /// Temporal cannot be asked.
    pub(super) async fn look_whether_wanted(&self, id: &str) -> Result<Option<Ending>, Trouble> {
        let look = self.inner.look(id).await?;
        Ok(match look {
            Look::Stopping => Some(Ending::Canceled),
            other => ending(other),
        })
    }

    /// Tells Temporal that a task need not be run any more, on after this `answer`.
    ///
    /// # Errors
    ///
    /// Temporal cannot be asked.
    pub async fn cancel_task(&self, task: TaskId, answer: Option<i64>) -> Result<(), Trouble> {
        self.inner.cancel(&workflow_id(task, answer)).await?;
        Ok(())
    }

    /// Where gateways poll for tasks of this depth.
    pub(super) fn queue_at(&self, depth: u32) -> String {
        let queue = self.inner.settings().tasks_queue();
        match depth {
            0 => queue,
            depth => format!("{queue}-{depth}"),
        }
    }

    /// How the workflow of `task` ended; `None` while it runs.
    ///
    /// # Errors
    ///
    /// Temporal cannot be asked.
    pub async fn look(&self, task: TaskId) -> Result<Option<Ending>, Trouble> {
        self.look_at(&task.to_string()).await
    }

    async fn look_at(&self, id: &str) -> Result<Option<Ending>, Trouble> {
        Ok(ending(self.inner.look(id).await?))
    }

    /// Asks the workflow of `task` to end: `false` if none runs.
    ///
    /// # Errors
    ///
    /// Temporal cannot be asked.
    pub async fn cancel(&self, task: TaskId) -> Result<bool, Trouble> {
        Ok(self.inner.cancel(&task.to_string()).await?)
    }

    /// Ends the workflow of `task`.
    ///
    /// # Errors
    ///
    /// Temporal cannot be asked.
    pub async fn terminate(&self, task: TaskId, reason: &str) -> Result<(), Trouble> {
        self.inner.terminate(&task.to_string(), reason).await?;
        Ok(())
    }

    /// Adds steps to the trace of `task`, which starts with the first of them. The last
    /// of them leaves the task in `state`; nothing follows where it `is_over`.
    ///
    /// # Errors
    ///
    /// Temporal cannot be told.
    pub async fn trace(
        &self,
        task: &Traced,
        (steps, state): (Vec<TraceStep>, TaskState),
        is_over: bool,
        lasts: Duration,
    ) -> Result<(), Trouble> {
        let trace = Trace {
            id: trace_workflow_id(&task.id.to_string()),
            attributes: self.attributes(&task.owner, state).await,
            steps: steps.into_iter().map(told).collect(),
            is_ended: is_over,
            execution_timeout: lasts,
            memo: memo(&task.target, &task.session, task.parent),
            summary: Some("what happened to a task of attach-gateway".to_owned()),
        };
        self.trace_it(trace).await
    }

    async fn trace_it(&self, mut trace: Trace) -> Result<(), Trouble> {
        let mut told = self.inner.trace(&trace).await;
        if trace.attributes.is_some() && self.attributes.are_refused(&told) {
            trace.attributes = None;
            told = self.inner.trace(&trace).await;
        }
        Ok(told?)
    }

    /// What a task of `owner` can be found by, once the server knows such attributes.
    pub(super) async fn attributes(&self, owner: &Owner, state: TaskState) -> Option<Attributes> {
        if !self.are_registered().await {
            return None;
        }
        Some(Attributes {
            user: owner.user.to_string(),
            state: state.name().to_owned(),
        })
    }

    async fn are_registered(&self) -> bool {
        let asked = self.inner.attributes_are_registered();
        self.attributes
            .are_there(self.inner.connects(), asked)
            .await
    }
}

fn ending(look: Look) -> Option<Ending> {
    Some(match look {
        Look::Running | Look::Stopping => return None,
        Look::Completed(Ok(value)) => Ending::Completed(value.to_string()),
        Look::Completed(Err(other)) => Ending::NotJson {
            encoding: other.encoding,
            bytes: other.bytes,
        },
        Look::Failed { kind, message } => Ending::Failed { kind, message },
        Look::Canceled => Ending::Canceled,
        Look::TimedOut => Ending::TimedOut,
        Look::Terminated { reason } => Ending::Terminated { reason },
        Look::Unknown => Ending::Unknown,
    })
}

/// What the crate is told of the configuration.
pub(super) fn settings(config: &TemporalConfig) -> Settings {
    let tls = config.tls.as_ref().map(|tls| {
        let (cert, key) = tls.identity.clone().unzip();
        Tls {
            ca: tls.ca.clone(),
            cert,
            key,
            server_name: tls.server_name.clone(),
        }
    });
    Settings {
        address: config.address.clone(),
        namespace: config.namespace.clone(),
        api_key: config.api_key.as_deref().map(str::to_owned),
        tls,
        queue: config.queue.clone(),
        identity: format!("attach-gateway {}", process::id()),
    }
}

fn told(step: TraceStep) -> Step {
    Step {
        seq: step.seq,
        at_ms: step.at.0,
        kind: step.kind,
        state: step.state.to_owned(),
        attempt: step.attempt,
        detail: step.detail,
    }
}

/// Small facts for people who look at it in Temporal's own page.
fn memo(target: &str, session: &SessionId, parent: Option<TaskId>) -> Map<String, Value> {
    let facts = [
        ("target", Some(target.to_owned())),
        ("session", Some(session.0.to_string())),
        ("parent", parent.map(|id| id.to_string())),
    ];
    let facts = facts.into_iter();
    facts
        .filter_map(|(name, fact)| Some((name.to_owned(), fact?.into())))
        .collect()
}
