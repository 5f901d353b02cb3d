//! Does what an agent does, for the official server.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use a2a::{A2AError, StreamResponse, TaskState, TaskStatus, TaskStatusUpdateEvent};
use a2a_server::{AgentExecutor, ExecutorContext};
use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, ready},
    stream::{self, AbortHandle, BoxStream},
};

use super::{
    shelf::Shelf,
    teller::{Event, Teller, telling},
    turn::Turn,
};

/// What an agent does with a message.
pub(crate) type Work = Arc<dyn Fn(Turn, Teller) -> BoxFuture<'static, ()> + Send + Sync>;

/// `act` as [`Work`].
pub(crate) fn work<Fut>(act: impl Fn(Turn, Teller) -> Fut + Send + Sync + 'static) -> Work
where
    Fut: Future<Output = ()> + Send + 'static,
{
    Arc::new(move |turn, teller| act(turn, teller).boxed())
}

/// Runs an agent's work, and knows what is running.
pub(super) struct Executor {
    work: Work,
    shelf: Shelf,
    running: Running,
}

/// What stops each task that is running.
#[derive(Clone, Default)]
struct Running(Arc<Mutex<Stops>>);

type Stops = HashMap<String, Arc<AbortHandle>>;

impl Executor {
    pub(super) fn new(work: Work, shelf: Shelf) -> Self {
        let running = Running::default();
        Self {
            work,
            shelf,
            running,
        }
    }

    /// What `turn` leads to.
    fn events(&self, turn: Turn, context_id: String) -> BoxStream<'static, Event> {
        let (task_id, shelf) = (turn.task_id.clone(), self.shelf.clone());
        let is_new = turn.before.is_empty();
        let events = telling(|tell| {
            let teller = Teller::new(tell, task_id.clone(), context_id);
            (self.work)(turn, teller)
        });
        let events = events.inspect(move |event| {
            // A message is no task, nor is a refusal: there is none to keep.
            let is_none = match event {
                Ok(event) => matches!(event, StreamResponse::Message(_)),
                Err(_) => is_new,
            };
            if is_none {
                shelf.forget(&task_id);
            }
        });
        events.boxed()
    }
}

impl Running {
    /// `events`, until they end or the task is stopped.
    fn run(&self, task_id: String, events: BoxStream<'static, Event>) -> BoxStream<'static, Event> {
        let (events, stop) = stream::abortable(events);
        let stop = Arc::new(stop);
        self.tasks().insert(task_id.clone(), stop.clone());
        let ended = Ended {
            running: self.clone(),
            task_id,
            stop,
        };
        let events = events.inspect(move |_| {
            let _held = &ended;
        });
        events.boxed()
    }

    fn stop(&self, task_id: &str) {
        if let Some(stop) = self.tasks().remove(task_id) {
            stop.abort();
        }
    }

    fn tasks(&self) -> MutexGuard<'_, Stops> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a task off the list of the running ones when it is dropped, unless it
/// runs again by then: a follow-up may be that quick.
struct Ended {
    running: Running,
    task_id: String,
    stop: Arc<AbortHandle>,
}

impl Drop for Ended {
    fn drop(&mut self) {
        let mut tasks = self.running.tasks();
        let current = tasks.get(&self.task_id);
        if current.is_some_and(|stop| Arc::ptr_eq(stop, &self.stop)) {
            tasks.remove(&self.task_id);
        }
    }
}

impl AgentExecutor for Executor {
    fn execute(&self, context: ExecutorContext) -> BoxStream<'static, Event> {
        let (task_id, context_id) = context.task_info();
        match Turn::new(context) {
            Some(turn) => {
                let events = self.events(turn, context_id);
                self.running.run(task_id, events)
            }
            None => {
                let error = A2AError::invalid_params("no message: send one");
                stream::once(ready(Err(error))).boxed()
            }
        }
    }

    fn cancel(&self, context: ExecutorContext) -> BoxStream<'static, Event> {
        self.running.stop(&context.task_id);
        let canceled = StreamResponse::StatusUpdate(TaskStatusUpdateEvent {
            task_id: context.task_id,
            context_id: context.context_id,
            status: TaskStatus {
                state: TaskState::Canceled,
                message: None,
                timestamp: None,
            },
            metadata: None,
        });
        stream::once(ready(Ok(canceled))).boxed()
    }
}
