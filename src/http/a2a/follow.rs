//! A stream of a task: what the rows say, in order, for as long as it goes on.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use a2a::{A2AError, Message, StreamResponse, Task};
use actix_web::web;
use serde::Serialize;

use super::{
    Call, Refusal,
    tail::{Event, Tail},
};
use crate::{
    actors::feed::Watch,
    adapters::{
        a2a::wire,
        store::dialogue::{Depth, Snapshot},
    },
    config::AgentKind,
    domain::{
        a2a::error::{invalid, task_not_found},
        id::TaskId,
        task::TaskState,
    },
    http::{State, caller::Caller, error::ApiError},
};

/// Messages of a history that are shown when nobody says how many.
pub(super) const HISTORY: u32 = 100;

/// One thing that is told.
pub enum Told {
    /// The task as of this generation.
    Task(i64, Box<Task>),
    /// The agent's whole answer.
    Message(i64, Box<Message>),
    /// What came after.
    Event(Arc<Event>),
    /// Nothing for so long that the line should show that it lives.
    Silence,
}

impl Told {
    /// What it is on the wire; `None` for a silence.
    pub fn response(&self) -> Option<StreamResponse> {
        match self {
            Self::Task(_, task) => Some(StreamResponse::Task((**task).clone())),
            Self::Message(_, message) => Some(StreamResponse::Message((**message).clone())),
            Self::Event(event) => event.response.clone(),
            Self::Silence => None,
        }
    }

    /// The same as JSON; an event's is written once for all who watch.
    pub fn json(&self) -> Option<Arc<str>> {
        let written = match self {
            Self::Event(event) => return event.json(),
            Self::Silence => return None,
            Self::Task(_, task) => serde_json::to_string(&Named { task }),
            Self::Message(_, message) => serde_json::to_string(&Answered { message }),
        };
        written.ok().map(Arc::from)
    }

    /// The number to resume after.
    pub fn seq(&self) -> Option<i64> {
        match self {
            Self::Task(seq, _) | Self::Message(seq, _) => Some(*seq),
            Self::Event(event) => Some(event.seq),
            Self::Silence => None,
        }
    }
}

/// A task under its name, as a StreamResponse has it.
#[derive(Serialize)]
struct Named<'a> {
    task: &'a Task,
}

/// A message under its name.
#[derive(Serialize)]
struct Answered<'a> {
    message: &'a Message,
}

/// Where a stream stands.
pub struct Following {
    state: web::Data<State>,
    caller: Caller,
    id: TaskId,
    after: i64,
    watch: Watch,
    tail: Arc<Tail>,
    ready: VecDeque<Told>,
    closes: Closes,
    /// The last line of a task that had ended before: all there is, also for one
    /// who resumes after it.
    last: Option<i64>,
    is_over: bool,
}

/// When a stream of a task that has not ended closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closes {
    /// Never.
    AtTheEnd,
    /// When the agent asks for input: the caller's next message goes elsewhere.
    WhenAsked,
}

/// How often a silent stream shows that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

impl Call {
    /// Watches a task from now on: first the task itself, then what happens; or,
    /// with `after` (`Last-Event-ID`), only what happened after that.
    ///
    /// # Errors
    ///
    /// No such task of the caller's at this agent; it has ended, and nothing is
    /// asked for that came before; the agent does not stream.
    pub async fn subscribe(&self, id: &str, after: Option<i64>) -> Result<Following, Refusal> {
        let (watch, seen) = self.watched(id, after).await?;
        if seen.task.state.is_terminal() && after.is_none() {
            let text = "the task has ended; get it instead";
            return Err(A2AError::unsupported_operation(text).into());
        }
        Ok(self.following(watch, &seen, after, Closes::AtTheEnd))
    }

    /// The same; a task that has ended is told, and that is all.
    ///
    /// # Errors
    ///
    /// No such task of the caller's at this agent; the agent does not stream.
    pub async fn resubscribe(&self, id: &str, after: Option<i64>) -> Result<Following, Refusal> {
        let (watch, seen) = self.watched(id, after).await?;
        Ok(self.following(watch, &seen, after, Closes::AtTheEnd))
    }

    async fn watched(&self, id: &str, after: Option<i64>) -> Result<(Watch, Snapshot), Refusal> {
        self.wants_streaming()?;
        let id = id.parse().map_err(|_| task_not_found())?;
        // The watch comes first: what happens after the look wakes it.
        let watch = self.watch(id).await?;
        let seen = self.snapshot(id, HISTORY).await?;
        match after {
            Some(after) if after > seen.generation => {
                let why = "the task has no such event yet; it is one of another task";
                Err(invalid("Last-Event-ID", why).into())
            }
            _ => Ok((watch, seen)),
        }
    }

    pub(super) async fn watch(&self, id: TaskId) -> Result<Watch, Refusal> {
        let watch = self.state.feed.watch(id).await;
        watch.ok_or(Refusal::Api(ApiError::Draining))
    }

    /// The task as it stands, if it is the caller's and at this agent.
    pub(super) async fn snapshot(&self, id: TaskId, history: u32) -> Result<Snapshot, Refusal> {
        let depth = Depth {
            history,
            artifacts: true,
        };
        let owner = Some(&self.caller.identity.owner);
        let found = self.state.store.snapshot(id, owner, depth).await?;
        match found.task.target == self.agent.name {
            true => Ok(found),
            false => Err(task_not_found().into()),
        }
    }

    pub(super) fn following(
        &self,
        watch: Watch,
        seen: &Snapshot,
        after: Option<i64>,
        closes: Closes,
    ) -> Following {
        let ready = match after {
            Some(_) => VecDeque::new(),
            None => VecDeque::from([first(seen)]),
        };
        Following {
            state: self.state.clone(),
            caller: self.caller.clone(),
            id: seen.task.id,
            after: after.unwrap_or(seen.generation),
            watch,
            tail: self.state.tails.of(seen.task.id, &seen.task.context),
            ready,
            closes,
            last: Some(seen.generation).filter(|_| seen.task.state.is_terminal()),
            is_over: after.is_none() && is_over(seen, closes),
        }
    }

    /// Waits until it is known whether the agent made a task or answered
    /// directly: a plain agent always has a task.
    pub(super) async fn settled(
        &self,
        watch: &mut Watch,
        id: TaskId,
        history: u32,
    ) -> Result<Snapshot, Refusal> {
        loop {
            let seen = self.snapshot(id, history).await?;
            let waits = matches!(seen.task.state, TaskState::Submitted | TaskState::Working);
            let unknown = self.agent.kind == AgentKind::A2a && waits && !seen.is_attached;
            if !unknown || self.state.is_draining() || !watch.changed().await {
                return Ok(seen);
            }
        }
    }
}

fn first(seen: &Snapshot) -> Told {
    match wire::direct(seen) {
        Some(message) => Told::Message(seen.generation, Box::new(message)),
        None => Told::Task(seen.generation, Box::new(wire::task(seen, true))),
    }
}

fn is_over(seen: &Snapshot, closes: Closes) -> bool {
    let asked = closes == Closes::WhenAsked && seen.task.state == TaskState::InputRequired;
    seen.task.state.is_terminal() || asked
}

impl Following {
    /// What is told next; `None` when the stream is over, when the gateway goes
    /// down, and when the caller's right to look has ended.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some(told) = self.ready.pop_front() {
                return Some(told);
            }
            if self.is_over || self.state.is_draining() {
                return None;
            }
            self.read().await?;
            if self.ready.is_empty() && !self.is_over {
                match tokio::time::timeout(KEEP_ALIVE, self.news()).await {
                    Ok(true) => {}
                    Ok(false) => return None,
                    Err(_) => return Some(Told::Silence),
                }
            }
        }
    }

    /// Whether there is nothing more to tell, rather than nobody to tell it.
    pub fn is_over(&self) -> bool {
        self.is_over && self.ready.is_empty()
    }

    /// Reads on. The cursor is a line's number, so nothing comes twice.
    async fn read(&mut self) -> Option<()> {
        // An agent's right to look ends with its task.
        self.caller.is_still_good(&self.state).await.ok()?;
        let version = self.watch.version();
        let events = self
            .tail
            .after(&self.state.store, self.after, version)
            .await;
        let events = events.inspect_err(
            |error| tracing::error!(id = %self.id, %error, "a task's events cannot be read"),
        );
        let events = events.ok()?;
        self.is_over |= self.last.is_some_and(|last| last <= self.after);
        for event in events {
            self.after = event.seq;
            self.is_over |= event.is_last || self.closes == Closes::WhenAsked && event.asks;
            if event.response.is_some() {
                self.ready.push_back(Told::Event(event));
            }
        }
        Some(())
    }

    /// Resolves when there is something new. Wakes that were for nothing do not
    /// reset the keep-alive.
    async fn news(&mut self) -> bool {
        while self.watch.changed().await {
            if self.state.is_draining() || self.read().await.is_none() {
                return false;
            }
            if !self.ready.is_empty() || self.is_over {
                return true;
            }
        }
        false
    }
}
