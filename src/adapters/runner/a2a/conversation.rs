//! One attempt: send or not, then listen until the task ends or waits for its
//! caller.

use std::{sync::Arc, time::Duration};

use a2a::{
    A2AError, GetTaskRequest, Message, Role, SendMessageResponse, StreamResponse,
    SubscribeToTaskRequest, Task, TaskState,
};
use a2a_client::BoxStream;
use futures_util::{StreamExt, stream};
use tokio::{
    sync::SemaphorePermit,
    time::{Instant, timeout},
};

use super::{
    Line, TELL, connect, halt, outgoing, patience::Patience, refusal, transcript::Transcript,
};
use crate::{
    adapters::{
        a2a::{client::fault::Fault, whole},
        runner::{Outcome, Parts, Signs, pen::Halt},
        store::{Claimed, StoreError, dialogue::Depth},
    },
    config::AgentConfig,
    domain::{self, a2a::message::Request},
};

/// How long a stream may be silent before the agent is asked whether it is still
/// there.
const SILENCE: Duration = Duration::from_secs(60);
/// How long an agent may take to say how a task is, or to begin a stream of it.
/// There may be no other limit while it waits for somebody.
const PROMPT: Duration = Duration::from_secs(30);
/// Messages that are asked for with a task: enough to find our own among them.
const HISTORY: i32 = 50;

type Events = BoxStream<'static, Result<StreamResponse, A2AError>>;

pub(super) struct Conversation<'a> {
    parts: &'a Parts,
    claimed: &'a Arc<Claimed>,
    signs: &'a Signs,
    request: Request,
    line: Line,
    transcript: Transcript<'a>,
    patience: Patience,
    /// A place among those that are listened to while they wait.
    place: Option<SemaphorePermit<'a>>,
}

impl<'a> Conversation<'a> {
    /// For an attempt that was just claimed. An agent that has taken the task
    /// before is waited for.
    pub(super) async fn begin(
        parts: &'a Parts,
        claimed: &'a Arc<Claimed>,
        agent: &AgentConfig,
        signs: &'a Signs,
    ) -> Result<Self, Halt> {
        let request = outgoing::request(claimed);
        let limit = agent.timeout.unwrap_or(parts.means.timeout);
        let mut patience = Patience::new(limit);
        let line = loop {
            let line = patience.within(false, connect(parts, claimed, &request, agent));
            match line.await? {
                Err(Halt::Again(_, after_ms)) if claimed.remote.is_some() => {
                    patience.pause(false, after_ms).await?;
                }
                line => break line?,
            }
        };
        let transcript = Transcript::open(parts, claimed, signs).await;
        Ok(Self {
            parts,
            claimed,
            signs,
            request,
            line,
            transcript: transcript.map_err(unread)?,
            patience,
            place: None,
        })
    }

    /// What became of the attempt.
    pub(super) async fn run(&mut self) -> Result<Outcome, Halt> {
        if self.transcript.remote().is_some() {
            let task = self.look().await?;
            if self.was_heard(&task) {
                let said = self.transcript.found(task).await?;
                return match said {
                    Some(outcome) => Ok(outcome),
                    None => self.listen(None).await,
                };
            }
            self.transcript.answering();
        } else {
            self.signs.set_unnamed(true);
        }
        let events = match self.send().await? {
            Ok(events) => Some(events),
            Err(error) => match self.unanswered(&error).await? {
                Some(outcome) => return Ok(outcome),
                None => None,
            },
        };
        self.listen(events).await
    }

    /// Listens on, without having anything to say.
    pub(super) async fn follow(&mut self) -> Result<Outcome, Halt> {
        self.may_stay();
        self.listen(None).await
    }

    /// Cancels the agent's task `remote`, which it named too late, if it is one
    /// that nobody wants any more.
    pub(super) async fn call_off(&self, remote: String) {
        let depth = Depth {
            history: 0,
            artifacts: false,
        };
        let (store, id) = (&self.parts.means.store, self.claimed.attempt.task);
        let state = match store.snapshot(id, None, depth).await {
            Ok(now) => now.task.state,
            Err(error) => {
                return tracing::warn!(task = %id, %error, "its agent is not told to stop");
            }
        };
        use domain::task::TaskState::{Canceled, Failed};
        if matches!(state, Canceled | Failed) {
            let told = timeout(TELL, self.line.cancel(self.claimed, remote)).await;
            if told.is_err() {
                tracing::info!(task = %id, "its agent could not be told to stop in time");
            }
        }
    }

    /// Whether there is nothing to send: the agent has what the caller said, or
    /// has come to an end without it.
    fn was_heard(&self, task: &Task) -> bool {
        let status = &task.status;
        if self.claimed.answer.is_none() || status.state.is_terminal() {
            return true;
        }
        if !self.claimed.may_be_sent() {
            return false;
        }
        let history = task.history.as_deref().unwrap_or_default();
        if !history.is_empty() {
            // The caller may have used the id before, which the agent has heard.
            let ours = &self.request.message.message_id;
            let is_ours = |said: &&Message| said.role == Role::User && said.message_id == *ours;
            let heard = history.iter().filter(is_ours).count();
            return heard >= self.transcript.times_asked(ours).max(1);
        }
        // It tells no history. Then what it does tells whether it heard.
        let old = |message: &Message| self.transcript.has(message);
        let repeats = status.message.as_ref().is_none_or(old);
        !(asks(task) && repeats)
    }

    /// The agent did not take what was sent. One that went on without waiting for
    /// the answer, or has ended, is no failure: what it does counts.
    async fn unanswered(&mut self, error: &A2AError) -> Result<Option<Outcome>, Halt> {
        if self.transcript.remote().is_none() {
            return Err(refusal(error));
        }
        if !matches!(Fault::of(error), Fault::Unsupported | Fault::Refused) {
            return Err(halt(error));
        }
        let task = self.look().await?;
        if asks(&task) {
            return Err(halt(error));
        }
        self.transcript.unanswered();
        self.transcript.found(task).await
    }

    /// Sends what the caller said; what comes back may be one event. The inner
    /// error is the agent's refusal.
    async fn send(&mut self) -> Result<Result<Events, A2AError>, Halt> {
        let (store, remote) = (&self.parts.means.store, self.transcript.remote());
        let request = outgoing::compose(store, self.claimed, &self.request, remote).await;
        let request = request.map_err(unread)?;
        if self.line.streams {
            let sent = self.line.client.send_streaming_message(&request);
            match self.patience.within(false, sent).await? {
                Err(error) if Fault::of(&error) == Fault::Unsupported => {}
                sent => return Ok(sent),
            }
        }
        let sent = self.line.client.send_message(&request);
        let answer = match self.patience.within(false, sent).await? {
            Ok(SendMessageResponse::Task(task)) => StreamResponse::Task(task),
            Ok(SendMessageResponse::Message(message)) => StreamResponse::Message(message),
            Err(error) => return Ok(Err(error)),
        };
        // It was the stream that it did not like.
        self.line.streams = false;
        Ok(Ok(Box::pin(stream::iter([Ok(answer)]))))
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
            if let Some(outcome) = self.transcript.found(task).await? {
                return Ok(outcome);
            }
            self.transcript.flush().await?;
            if !self.may_stay() {
                return Ok(Outcome::Told);
            }
            if self.line.streams && !self.transcript.is_answering() {
                events = self.subscribe().await?;
            }
        }
    }

    /// Whether the agent is listened to on. Of those that wait for somebody only
    /// so many are at the same time; the row of the others stays as it is, and
    /// they are looked at in turn.
    fn may_stay(&mut self) -> bool {
        if !self.transcript.waits() {
            self.place = None;
            return true;
        }
        if self.place.is_none() {
            self.place = self.parts.listeners.try_acquire().ok();
        }
        self.place.is_some()
    }

    /// Asks how the task is, again and again while the agent is away or in
    /// trouble. Only an agent that does not know the task, or answers nonsense,
    /// ends it.
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
            let asked = timeout(PROMPT, self.line.client.get_task(&request));
            let after_ms = match self.patience.within(waits, asked).await? {
                Ok(Ok(mut task)) => {
                    whole::task(&mut task);
                    return Ok(task);
                }
                Ok(Err(error)) => match Fault::of(&error) {
                    Fault::Away | Fault::Refused => None,
                    Fault::Busy(after_ms) => after_ms,
                    _ => return Err(halt(&error)),
                },
                Err(_) => None,
            };
            if !self.may_stay() {
                return Err(Halt::Moved);
            }
            self.patience.pause(waits, after_ms).await?;
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
        let asked = timeout(PROMPT, self.line.client.subscribe_to_task(&request));
        match self.patience.within(waits, asked).await? {
            Ok(Ok(events)) => Ok(Some(events)),
            Ok(Err(error)) => {
                // It may also have ended just now; looking tells.
                self.line.streams = Fault::of(&error).may_pass();
                Ok(None)
            }
            Err(_) => Ok(None),
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
                    if !self.may_stay() {
                        self.transcript.flush().await?;
                        return Ok(Some(Outcome::Told));
                    }
                    if self.transcript.events() > before + 1 {
                        self.patience.refresh();
                    }
                }
                Ok(Some(Err(error))) if self.is_final(&error) => {
                    self.transcript.flush().await?;
                    return match (self.transcript.is_answering(), self.transcript.remote()) {
                        (true, _) => self.unanswered(&error).await,
                        (false, Some(_)) => Err(halt(&error)),
                        (false, None) => Err(refusal(&error)),
                    };
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

    /// Whether an error on a stream ends the attempt: also one that may pass, of
    /// an agent that has not taken the task.
    fn is_final(&self, error: &A2AError) -> bool {
        self.transcript.remote().is_none() || !Fault::of(error).may_pass()
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

/// Whether the agent waits for its caller.
fn asks(task: &Task) -> bool {
    matches!(
        task.status.state,
        TaskState::InputRequired | TaskState::AuthRequired
    )
}

fn tidy(mut event: StreamResponse) -> StreamResponse {
    whole::event(&mut event);
    event
}

fn unread(error: StoreError) -> Halt {
    Halt::Again(format!("the task could not be read: {error}"), None)
}
