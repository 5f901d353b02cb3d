//! What an agent says of its task, written into ours.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use a2a::{
    Artifact, Message, Role, StreamResponse, Task, TaskArtifactUpdateEvent, TaskStatus,
    TaskStatusUpdateEvent,
};
use tokio::time::Instant;

use super::{
    ending,
    known::{Known, Metadata, size},
    no_answer,
};
use crate::{
    adapters::{
        runner::{
            Outcome, Parts, Signs,
            pen::{Halt, Pen, unkept, written},
        },
        store::{
            Claimed, StoreError,
            dialogue::{Pause, Remote},
        },
    },
    domain::{
        a2a::{artifact::ArtifactUpdate, known_state},
        task::TaskState,
        time::UnixMillis,
    },
};

const NONSENSE: &str = "the agent's answer is no A2A";
/// What an agent may say of one task in one attempt, at most.
const MAX_EVENTS: u32 = 20_000;
/// How often an agent is believed not to have got to an answer yet.
const REPEATS: u32 = 5;
/// The longest name an agent may give a task or a context, in bytes.
const MAX_NAME: usize = 1024;

/// The rows of one attempt, as its agent's words go in.
pub(super) struct Transcript<'a> {
    pen: Pen<'a>,
    claimed: &'a Claimed,
    lease: Duration,
    signs: &'a Signs,
    /// Where the row stands: working, or waiting for credentials.
    state: TaskState,
    /// What the agent calls the task.
    remote: Option<Remote>,
    /// Ids of messages that are in the row.
    said: HashSet<String>,
    /// How often the caller used each id.
    asked: HashMap<String, usize>,
    metadata: Metadata,
    events: u32,
    /// How often the agent may still repeat what it asked before the answer that
    /// was sent: it may not have got to it.
    repeats: u32,
}

impl<'a> Transcript<'a> {
    /// Goes on where the row stands.
    pub(super) async fn open(
        parts: &'a Parts,
        claimed: &'a Claimed,
        signs: &'a Signs,
    ) -> Result<Self, StoreError> {
        let store = &parts.means.store;
        let state = match signs.waits() {
            true => TaskState::AuthRequired,
            false => TaskState::Working,
        };
        let known = Known::of(store, claimed).await?;
        Ok(Self {
            pen: Pen::new(store, claimed.attempt, known.artifacts),
            claimed,
            lease: parts.means.lease,
            signs,
            state,
            remote: claimed.remote.clone(),
            said: known.said,
            asked: known.asked,
            metadata: known.metadata,
            events: 0,
            repeats: 0,
        })
    }

    pub(super) fn remote(&self) -> Option<&Remote> {
        self.remote.as_ref()
    }

    pub(super) fn waits(&self) -> bool {
        self.state == TaskState::AuthRequired
    }

    /// Events that were taken.
    pub(super) fn events(&self) -> u32 {
        self.events
    }

    /// Whether a message is in the row already.
    pub(super) fn has(&self, message: &Message) -> bool {
        self.said.contains(&message.message_id)
    }

    /// How often the caller has said something under this id.
    pub(super) fn times_asked(&self, id: &str) -> usize {
        self.asked.get(id).copied().unwrap_or(0)
    }

    /// When [`flush`](Self::flush) is to be called, if it is.
    pub(super) fn due(&self) -> Option<Instant> {
        self.pen.due()
    }

    pub(super) async fn flush(&mut self) -> Result<(), Halt> {
        self.pen.flush().await
    }

    /// An answer is on its way to the agent.
    pub(super) fn answering(&mut self) {
        self.repeats = REPEATS;
    }

    /// The agent did not take the answer: what it says now counts.
    pub(super) fn unanswered(&mut self) {
        self.repeats = 0;
    }

    /// Whether nothing has come back to an answer that was sent.
    pub(super) fn is_answering(&self) -> bool {
        self.repeats > 0
    }

    /// Takes an event; what became of the attempt if that was the last.
    pub(super) async fn take(&mut self, event: StreamResponse) -> Result<Option<Outcome>, Halt> {
        self.count()?;
        match event {
            StreamResponse::Task(task) => self.found(task).await,
            StreamResponse::Message(message) => self.direct(message).await.map(Some),
            StreamResponse::StatusUpdate(update) => self.update(update).await,
            StreamResponse::ArtifactUpdate(update) => self.artifact(update).await,
        }
    }

    /// Takes the task as it was found: what is new of it counts, looking does
    /// not.
    pub(super) async fn found(&mut self, task: Task) -> Result<Option<Outcome>, Halt> {
        let repeats = std::mem::take(&mut self.repeats);
        self.snapshot(task, repeats).await
    }

    /// Counts one thing that the agent said.
    fn count(&mut self) -> Result<(), Halt> {
        self.events += 1;
        if self.events > MAX_EVENTS {
            let why = format!("the agent sent more than {MAX_EVENTS} events");
            return Err(Halt::Failed(why));
        }
        Ok(())
    }

    async fn update(&mut self, update: TaskStatusUpdateEvent) -> Result<Option<Outcome>, Halt> {
        self.repeats = 0;
        if !self.attach(update.task_id, update.context_id).await? {
            return Ok(None);
        }
        self.metadata.learn(update.metadata, &mut self.pen)?;
        self.status(update.status).await
    }

    async fn artifact(&mut self, update: TaskArtifactUpdateEvent) -> Result<Option<Outcome>, Halt> {
        self.repeats = 0;
        if self.attach(update.task_id, update.context_id).await? {
            let update = ArtifactUpdate {
                artifact: update.artifact,
                append: update.append == Some(true),
                last_chunk: update.last_chunk == Some(true),
                metadata: update.metadata.map(|all| all.into_iter().collect()),
            };
            self.pen.artifact(update).await?;
        }
        Ok(None)
    }

    async fn direct(&mut self, message: Message) -> Result<Outcome, Halt> {
        self.pen.flush().await?;
        let message = self.ours(message);
        self.pen.spend(size(&message))?;
        Ok(ending::direct(&message, self.pen.known()))
    }

    /// A whole task: what is new in it.
    async fn snapshot(&mut self, task: Task, repeats: u32) -> Result<Option<Outcome>, Halt> {
        if self
            .remote
            .as_ref()
            .is_some_and(|known| known.task != task.id)
        {
            // What was sent became another task than the one it was sent to.
            self.remote = None;
        }
        self.attach(task.id, task.context_id).await?;
        self.metadata.learn(task.metadata, &mut self.pen)?;
        let is_old = task.status.message.as_ref().is_none_or(|m| self.has(m));
        for artifact in task.artifacts.into_iter().flatten() {
            self.whole_artifact(artifact).await?;
        }
        self.earlier(task.history, task.status.message.as_ref())
            .await?;
        let state = known_state(&task.status.state);
        if repeats > 0 && is_old && state.is_some_and(TaskState::is_interrupted) {
            // From before the answer: what it comes to is still to be told.
            self.repeats = repeats - 1;
            return Ok(None);
        }
        self.status(task.status).await
    }

    /// What the agent said while nobody listened, before what it says `now`.
    async fn earlier(
        &mut self,
        history: Option<Vec<Message>>,
        now: Option<&Message>,
    ) -> Result<(), Halt> {
        let now = now.map(|message| &*message.message_id);
        for message in history.into_iter().flatten() {
            let is_new = !self.has(&message) && now != Some(&message.message_id);
            if message.role == Role::Agent && self.is_here(&message) && is_new {
                self.count()?;
                self.say(message).await?;
            }
        }
        Ok(())
    }

    /// Whether a message is one of this task: a history may have others of its
    /// context.
    fn is_here(&self, message: &Message) -> bool {
        let known = self.remote.as_ref().map(|remote| &remote.task);
        message.task_id.is_none() || message.task_id.as_ref() == known
    }

    async fn whole_artifact(&mut self, artifact: Artifact) -> Result<(), Halt> {
        if self.pen.has(&artifact) {
            return Ok(());
        }
        self.count()?;
        let update = ArtifactUpdate {
            artifact,
            append: false,
            last_chunk: false,
            metadata: None,
        };
        self.pen.artifact(update).await
    }

    async fn status(&mut self, status: TaskStatus) -> Result<Option<Outcome>, Halt> {
        let Some(state) = known_state(&status.state) else {
            return Err(nonsense());
        };
        self.pen.flush().await?;
        match state {
            TaskState::Submitted | TaskState::Working => {
                self.go_on().await?;
                self.say_if_new(status.message).await?;
                Ok(None)
            }
            TaskState::AuthRequired if self.waits() => {
                self.say_if_new(status.message).await?;
                Ok(None)
            }
            TaskState::InputRequired | TaskState::AuthRequired => {
                self.pause(state, status.message).await
            }
            _ => self.end(state, status.message).map(Some),
        }
    }

    fn end(&mut self, state: TaskState, message: Option<Message>) -> Result<Outcome, Halt> {
        let message = message.map(|message| self.ours(message));
        self.pen.spend(message.as_ref().map_or(0, size))?;
        let metadata = self.metadata.news(&mut self.pen)?;
        Ok(ending::ended(state, message, self.pen.known(), metadata))
    }

    /// The agent works again, whoever gave it what it waited for.
    async fn go_on(&mut self) -> Result<(), Halt> {
        if self.waits() {
            let (store, attempt) = (self.pen.store, self.pen.attempt);
            let lease = i64::try_from(self.lease.as_millis()).unwrap_or(i64::MAX);
            written(async || {
                let now = UnixMillis::now();
                store.resume(attempt, now, now.plus(lease)).await
            })
            .await?;
            self.state = TaskState::Working;
            self.signs.set_waits(false);
        }
        Ok(())
    }

    async fn pause(
        &mut self,
        state: TaskState,
        message: Option<Message>,
    ) -> Result<Option<Outcome>, Halt> {
        let message = message.map(|message| self.ours(message));
        self.pen.spend(message.as_ref().map_or(0, size))?;
        let pause = Pause {
            state,
            message: message.as_ref().and_then(ending::to_json),
            artifacts: self.pen.known().to_json(),
            metadata: self.metadata.news(&mut self.pen)?,
        };
        let (store, attempt) = (self.pen.store, self.pen.attempt);
        written(async || store.pause(attempt, &pause, UnixMillis::now()).await).await?;
        self.said.extend(message.map(|message| message.message_id));
        self.state = state;
        self.signs.set_waits(self.waits());
        Ok((state == TaskState::InputRequired).then_some(Outcome::Told))
    }

    async fn say_if_new(&mut self, message: Option<Message>) -> Result<(), Halt> {
        match message {
            Some(message) if !self.has(&message) => self.say(message).await,
            _ => Ok(()),
        }
    }

    async fn say(&mut self, message: Message) -> Result<(), Halt> {
        let message = self.ours(message);
        self.pen.spend(size(&message))?;
        let json = ending::to_json(&message).ok_or_else(unkept)?;
        let metadata = self.metadata.news(&mut self.pen)?;
        let (store, attempt) = (self.pen.store, self.pen.attempt);
        written(async || {
            let (json, metadata) = (json.clone(), metadata.clone());
            store.say(attempt, json, metadata, UnixMillis::now()).await
        })
        .await?;
        if !message.message_id.is_empty() {
            self.said.insert(message.message_id);
        }
        Ok(())
    }

    /// Notes what the agent calls the task; `false` if that is another task.
    async fn attach(&mut self, task: String, context: String) -> Result<bool, Halt> {
        if let Some(known) = &self.remote {
            return Ok(known.task == task);
        }
        let is_dots = matches!(&*task, "." | "..");
        if task.is_empty() || is_dots || task.len().max(context.len()) > MAX_NAME {
            return Err(Halt::Refused(no_answer(NONSENSE)));
        }
        let context = (!context.is_empty()).then_some(context);
        let remote = Remote { task, context };
        let (store, attempt) = (self.pen.store, self.pen.attempt);
        let attached = written(async || store.attach(attempt, remote.clone()).await).await;
        attached.map_err(|halt| match halt {
            Halt::Moved => Halt::Orphan(remote.task.clone()),
            halt => halt,
        })?;
        self.remote = Some(remote);
        self.signs.set_unnamed(false);
        Ok(true)
    }

    /// The message as one of our task.
    fn ours(&self, message: Message) -> Message {
        Message {
            task_id: Some(self.claimed.attempt.task.to_string()),
            context_id: Some(self.claimed.context.clone()),
            reference_task_ids: None,
            ..message
        }
    }
}

fn nonsense() -> Halt {
    Halt::Failed(NONSENSE.to_owned())
}
