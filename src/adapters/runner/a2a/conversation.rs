//! One attempt: send or not, then listen until the task ends or waits for its
//! caller.

use std::{sync::atomic::AtomicBool, time::Duration};

use a2a::{
    GetTaskRequest, Message, SendMessageResponse, StreamResponse, SubscribeToTaskRequest, Task,
    TaskState,
};
use a2a_client::BoxStream;
use futures_util::{StreamExt, stream};
use tokio::time::Instant;

use super::{Line, connect, halt, outgoing, patience::Patience, transcript::Transcript};
use crate::{
    adapters::{
        a2a::{client::fault::Fault, whole},
        runner::{Outcome, Parts, pen::Halt},
        store::{Claimed, StoreError},
    },
    config::AgentConfig,
};

/// How long a stream may be silent before the agent is asked whether it is still
/// there.
const SILENCE: Duration = Duration::from_secs(60);
/// Messages that are asked for with a task: enough to find our own among them.
const HISTORY: i32 = 50;

type Events = BoxStream<'static, Result<StreamResponse, a2a::A2AError>>;

pub(super) struct Conversation<'a> {
    parts: &'a Parts,
    claimed: &'a Claimed,
    line: Line,
    transcript: Transcript<'a>,
    patience: Patience,
}

impl<'a> Conversation<'a> {
    /// For an attempt that was just claimed. An agent that has taken the task
    /// before is waited for.
    pub(super) async fn begin(
        parts: &'a Parts,
        claimed: &'a Claimed,
        agent: &AgentConfig,
        waits: &'a AtomicBool,
    ) -> Result<Self, Halt> {
        let limit = agent.timeout.unwrap_or(parts.means.timeout);
        let mut patience = Patience::new(limit);
        let line = loop {
            let line = patience.within(false, connect(parts, claimed, agent));
            match line.await? {
                Err(Halt::Again(_, after_ms)) if claimed.remote.is_some() => {
                    patience.pause(false, after_ms).await?;
                }
                line => break line?,
            }
        };
        let transcript = Transcript::open(parts, claimed, waits).await;
        Ok(Self {
            parts,
            claimed,
            line,
            transcript: transcript.map_err(unread)?,
            patience,
        })
    }

    /// What became of the attempt.
    pub(super) async fn run(&mut self) -> Result<Outcome, Halt> {
        if self.transcript.remote().is_some() {
            let task = self.look().await?;
            if self.was_heard(&task) {
                let said = self.transcript.take(StreamResponse::Task(task)).await?;
                return match said {
                    Some(outcome) => Ok(outcome),
                    None => self.listen(None).await,
                };
            }
            self.transcript.answering();
        }
        let events = self.send().await?;
        self.listen(Some(events)).await
    }

    /// Listens on, without having anything to say.
    pub(super) async fn follow(&mut self) -> Result<Outcome, Halt> {
        self.listen(None).await
    }

    /// Whether there is nothing to send: the agent has what the caller said, or
    /// has come to an end without it.
    fn was_heard(&self, task: &Task) -> bool {
        let status = &task.status;
        if !self.claimed.is_follow_up || status.state.is_terminal() {
            return true;
        }
        let ours = outgoing::request(self.claimed).message.message_id;
        let mut history = task.history.iter().flatten().peekable();
        if history.peek().is_some() {
            return history.any(|message| message.message_id == ours);
        }
        // It tells no history. Then what it does tells whether it heard.
        let asks = matches!(
            status.state,
            TaskState::InputRequired | TaskState::AuthRequired
        );
        let old = |message: &Message| self.transcript.has(message);
        let repeats = status.message.as_ref().is_none_or(old);
        self.claimed.tries > 1 && !(asks && repeats)
    }

    /// Sends what the caller said; what comes back may be one event.
    async fn send(&mut self) -> Result<Events, Halt> {
        let (store, remote) = (&self.parts.means.store, self.transcript.remote());
        let request = outgoing::compose(store, self.claimed, remote).await;
        let request = request.map_err(unread)?;
        if self.line.streams {
            let sent = self.line.client.send_streaming_message(&request);
            match self.patience.within(false, sent).await? {
                Ok(events) => return Ok(events),
                Err(error) if Fault::of(&error) == Fault::Unsupported => self.line.streams = false,
                Err(error) => return Err(halt(&error)),
            }
        }
        let sent = self.line.client.send_message(&request);
        let answer = match self.patience.within(false, sent).await? {
            Ok(SendMessageResponse::Task(task)) => StreamResponse::Task(task),
            Ok(SendMessageResponse::Message(message)) => StreamResponse::Message(message),
            Err(error) => return Err(halt(&error)),
        };
        Ok(Box::pin(stream::iter([Ok(answer)])))
    }

    /// Listens to `events`, and to what comes after they broke off, until there
    /// is nothing more to listen to.
    async fn listen(&mut self, mut events: Option<Events>) -> Result<Outcome, Halt> {
        loop {
            if let Some(events) = events.take()
                && let Some(outcome) = self.hear(events).await?
            {
                return Ok(outcome);
            }
            if self.transcript.remote().is_none() {
                let why = "the agent's stream ended before it said anything of the task";
                return Err(Halt::Again(why.to_owned(), None));
            }
            let waits = self.transcript.waits();
            self.patience.pause(waits, None).await?;
            let task = self.look().await?;
            if let Some(outcome) = self.transcript.take(StreamResponse::Task(task)).await? {
                return Ok(outcome);
            }
            self.transcript.flush().await?;
            if self.line.streams && !self.transcript.is_answering() {
                events = self.subscribe().await?;
            }
        }
    }

    /// Asks how the task is, again and again while the agent is away.
    async fn look(&mut self) -> Result<Task, Halt> {
        let Some(remote) = self.transcript.remote() else {
            return Err(Halt::Moved);
        };
        let request = GetTaskRequest {
            id: remote.task.clone(),
            history_length: Some(HISTORY),
            tenant: None,
        };
        loop {
            let waits = self.transcript.waits();
            let asked = self.line.client.get_task(&request);
            match self.patience.within(waits, asked).await? {
                Ok(mut task) => {
                    whole::task(&mut task);
                    return Ok(task);
                }
                Err(error) => match Fault::of(&error) {
                    Fault::Away => self.patience.pause(waits, None).await?,
                    Fault::Busy(after_ms) => self.patience.pause(waits, after_ms).await?,
                    _ => return Err(halt(&error)),
                },
            }
        }
    }

    /// A new stream; none where the agent has none, or none now.
    async fn subscribe(&mut self) -> Result<Option<Events>, Halt> {
        let Some(remote) = self.transcript.remote() else {
            return Ok(None);
        };
        let request = SubscribeToTaskRequest {
            id: remote.task.clone(),
            tenant: None,
        };
        let waits = self.transcript.waits();
        let asked = self.line.client.subscribe_to_task(&request);
        match self.patience.within(waits, asked).await? {
            Ok(events) => Ok(Some(events)),
            Err(error) => {
                // It may also have ended just now; looking tells.
                self.line.streams = Fault::of(&error).may_pass();
                Ok(None)
            }
        }
    }

    /// Takes what a stream says; `None` when it breaks off.
    async fn hear(&mut self, mut events: Events) -> Result<Option<Outcome>, Halt> {
        let (mut heard_at, before) = (Instant::now(), self.transcript.events());
        loop {
            let silent = heard_at + SILENCE;
            let wake = self.wake(silent).await?;
            match tokio::time::timeout_at(wake, events.next()).await {
                Ok(Some(Ok(event))) => {
                    heard_at = Instant::now();
                    if let Some(outcome) = self.transcript.take(tidy(event)).await? {
                        return Ok(Some(outcome));
                    }
                    if self.transcript.events() > before + 1 {
                        self.patience.refresh();
                    }
                }
                Ok(Some(Err(error))) if !Fault::of(&error).may_pass() => {
                    self.transcript.flush().await?;
                    return Err(halt(&error));
                }
                broke_off => {
                    self.transcript.flush().await?;
                    if broke_off.is_ok() || Instant::now() >= silent {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// When to stop listening for a moment: something is to be written, it is
    /// too late, or nothing came for long.
    async fn wake(&mut self, silent: Instant) -> Result<Instant, Halt> {
        let until = self.patience.until(self.transcript.waits());
        if until.is_some_and(|until| until <= Instant::now()) {
            self.transcript.flush().await?;
            return Err(self.patience.late());
        }
        let wake = [until, self.transcript.due()].into_iter().flatten();
        Ok(wake.min().unwrap_or(silent).min(silent))
    }
}

fn tidy(mut event: StreamResponse) -> StreamResponse {
    whole::event(&mut event);
    event
}

fn unread(error: StoreError) -> Halt {
    Halt::Again(format!("the task could not be read: {error}"), None)
}
