//! How an agent tells what it does.

use std::{
    collections::HashMap,
    future::ready,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use a2a::{
    A2AError, Artifact, Message, Part, Role, StreamResponse, Task, TaskArtifactUpdateEvent,
    TaskState, TaskStatus, TaskStatusUpdateEvent,
};
use futures_util::{
    FutureExt, StreamExt,
    stream::{self, BoxStream},
};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::error::Error;

/// How long a refusal may take; then the work counts as begun.
const SOON: Duration = Duration::from_secs(1);

/// What the server makes of a step.
pub(crate) type Event = Result<StreamResponse, A2AError>;

/// What `work` tells, until it is done. Dropping the stream drops the work, and
/// with it the call it was waiting for.
pub(crate) fn telling<Fut>(
    work: impl FnOnce(mpsc::Sender<Event>) -> Fut,
) -> BoxStream<'static, Event>
where
    Fut: Future<Output = ()> + Send + 'static,
{
    let (tell, mut told) = mpsc::channel(1);
    let work = work(tell).into_stream().filter_map(|()| ready(None));
    let told = stream::poll_fn(move |cx| told.poll_recv(cx));
    stream::select(told, work).boxed()
}

/// Tells the steps of one task to whoever watches it, or nobody: then telling
/// costs nothing, so an agent tells them behind its simple face as well.
#[derive(Clone, Debug)]
pub(crate) struct Teller(Option<Line>);

#[derive(Clone, Debug)]
struct Line {
    events: mpsc::Sender<Event>,
    is_task: bool,
    task_id: String,
    context_id: String,
    /// The task, which is told before anything else is.
    opening: Arc<Mutex<Option<Task>>>,
}

/// A part of an artifact.
#[derive(Debug)]
pub(crate) struct Piece {
    /// The artifact's id and name.
    pub(crate) name: &'static str,
    /// What there is of it.
    pub(crate) part: Part,
    /// Whether it goes after what was told before.
    pub(crate) append: bool,
    /// Whether nothing more comes.
    pub(crate) is_last: bool,
}

impl Teller {
    /// Nobody watches.
    pub(crate) fn silent() -> Self {
        Self(None)
    }

    pub(super) fn new(events: mpsc::Sender<Event>, task_id: String, context_id: String) -> Self {
        Self(Some(Line {
            events,
            is_task: true,
            task_id,
            context_id,
            opening: Arc::default(),
        }))
    }

    /// One that tells the steps of a call behind the simple face, which is no task.
    pub(crate) fn over(events: mpsc::Sender<Event>) -> Self {
        let mut teller = Self::new(events, String::new(), String::new());
        teller.0.iter_mut().for_each(|line| line.is_task = false);
        teller
    }

    /// One that tells of `task` before the first step: until then there is none,
    /// and the call may still be [`refused`](Self::refused).
    pub(super) fn opening(self, task: Task) -> Self {
        if let Some(line) = &self.0 {
            *line.first() = Some(task);
        }
        self
    }

    /// Whether anything was told.
    pub(super) fn is_open(&self) -> bool {
        let line = self.0.as_ref();
        line.is_none_or(|line| line.first().is_none())
    }

    /// There is no task, because of `error`.
    pub(super) async fn refused(&self, error: A2AError) {
        if let Some(line) = &self.0 {
            let _ = line.events.send(Err(error)).await;
        }
    }

    /// Whether anybody watches.
    pub(crate) fn is_heard(&self) -> bool {
        self.0.is_some()
    }

    /// Whether a task is watched, with all its artifacts, and not the answer alone.
    pub(crate) fn is_of_task(&self) -> bool {
        self.0.as_ref().is_some_and(|line| line.is_task)
    }

    /// Tells that there is a task: the first thing to tell, unless the answer is
    /// a message alone.
    pub(crate) async fn open(&self, task: Task) {
        self.tell(|_| StreamResponse::Task(task)).await;
    }

    /// The task is being worked on, and `text` is what the agent says to it.
    pub(crate) async fn working(&self, text: &str) {
        self.state(TaskState::Working, Some(text)).await;
    }

    /// Takes a first `step` and tells `text`: once it has gone well, or when it
    /// takes longer than a refusal does. Before, the call can still be refused.
    pub(crate) async fn beginning<T>(
        &self,
        text: &str,
        step: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut step = pin!(step);
        let soon = tokio::time::timeout(SOON, &mut step).await;
        if !matches!(soon, Ok(Err(_))) {
            self.working(text).await;
        }
        match soon {
            Ok(done) => done,
            Err(_) => step.await,
        }
    }

    /// The task is done; `left` is an object for its metadata, or null.
    pub(crate) async fn completed(&self, left: Value) {
        let left: Option<HashMap<String, Value>> = serde_json::from_value(left).ok();
        self.status(TaskState::Completed, None, left).await;
    }

    /// The task will not be done, because of `reason`.
    pub(crate) async fn failed(&self, reason: &str) {
        self.state(TaskState::Failed, Some(reason)).await;
    }

    /// The task's state, with what the agent says to it.
    pub(crate) async fn state(&self, state: TaskState, text: Option<&str>) {
        self.status(state, text, None).await;
    }

    /// A part of an artifact.
    pub(crate) async fn piece(&self, piece: Piece) {
        self.tell(|line| StreamResponse::ArtifactUpdate(line.artifact(piece)))
            .await;
    }

    /// The whole answer is this message, and there is no task.
    pub(crate) async fn message(&self, text: &str) {
        self.tell(|line| {
            let mut message = line.message(text);
            message.task_id = None;
            StreamResponse::Message(message)
        })
        .await;
    }

    async fn status(
        &self,
        state: TaskState,
        text: Option<&str>,
        metadata: Option<HashMap<String, Value>>,
    ) {
        self.tell(|line| {
            StreamResponse::StatusUpdate(TaskStatusUpdateEvent {
                task_id: line.task_id.clone(),
                context_id: line.context_id.clone(),
                status: TaskStatus {
                    state,
                    message: text.map(|text| line.message(text)),
                    timestamp: None,
                },
                metadata,
            })
        })
        .await;
    }

    async fn tell(&self, event: impl FnOnce(&Line) -> StreamResponse) {
        if let Some(line) = &self.0 {
            let opening = line.first().take();
            // Where nobody takes it, nobody misses it: the task was canceled.
            if let Some(task) = opening {
                let _ = line.events.send(Ok(StreamResponse::Task(task))).await;
                tokio::task::yield_now().await;
            }
            let _ = line.events.send(Ok(event(line))).await;
            // A watcher that is behind by many events loses the stream.
            tokio::task::yield_now().await;
        }
    }
}

impl Line {
    fn first(&self) -> MutexGuard<'_, Option<Task>> {
        self.opening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn message(&self, text: &str) -> Message {
        let mut message = Message::new(Role::Agent, vec![Part::text(text)]);
        message.task_id = Some(self.task_id.clone());
        message.context_id = Some(self.context_id.clone());
        message
    }

    fn artifact(&self, piece: Piece) -> TaskArtifactUpdateEvent {
        TaskArtifactUpdateEvent {
            task_id: self.task_id.clone(),
            context_id: self.context_id.clone(),
            artifact: Artifact {
                artifact_id: piece.name.to_owned(),
                name: Some(piece.name.to_owned()),
                description: None,
                parts: vec![piece.part],
                metadata: None,
                extensions: None,
            },
            append: Some(piece.append),
            last_chunk: Some(piece.is_last),
            metadata: None,
        }
    }
}
