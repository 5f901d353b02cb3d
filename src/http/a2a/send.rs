//! SendMessage and SendStreamingMessage: a message becomes a task, or goes on
//! with one.

use a2a::{A2AError, Message, SendMessageConfiguration, SendMessageRequest, Task};
use uuid::Uuid;

use super::{
    Call, Following, Refusal,
    follow::{Closes, HISTORY},
};
use crate::{
    actors::feed::Watch,
    adapters::{
        a2a::wire,
        secret::{hex, sha256},
        store::{
            Submitted,
            dialogue::{FollowUp, Snapshot, Standing},
        },
    },
    config::AgentKind,
    domain::{
        a2a::{
            error::{invalid, task_not_found},
            message::Request,
        },
        id::TaskId,
        json::is_shallow,
        task::IdempotencyKey,
        time::UnixMillis,
    },
    http::{error::ApiError, tasks::accept},
};

/// The longest context id, in bytes.
const MAX_CONTEXT: usize = 256;
/// How long an answer that should come at once waits for the agent's first word.
const FIRST_WORD: std::time::Duration = std::time::Duration::from_secs(2);

/// How long a message waits for the card of an agent that was never seen.
const MEETING: std::time::Duration = std::time::Duration::from_secs(3);

/// What a message came to.
pub enum Sent {
    /// A task.
    Task(Box<Task>),
    /// The agent's whole answer.
    Message(Box<Message>),
}

impl Call {
    /// Takes a message. The answer waits until the task has ended or its agent
    /// asks something, unless `returnImmediately` is set; on `Ok` the message is
    /// on disk.
    ///
    /// # Errors
    ///
    /// What the specification says of the request; the gateway's own limits.
    pub async fn send(&self, request: SendMessageRequest) -> Result<Sent, Refusal> {
        let asked = request.configuration.clone();
        let history = history(asked.as_ref().and_then(|c| c.history_length))?;
        let at_once = asked.and_then(|c| c.return_immediately).unwrap_or(false);
        let id = self.accept(request).await?;
        let mut watch = self.watch(id).await?;
        let seen = if at_once {
            let settled = self.settled(&mut watch, id, history);
            match tokio::time::timeout(FIRST_WORD, settled).await {
                Ok(seen) => seen?,
                Err(_) => self.snapshot(id, history).await?,
            }
        } else {
            self.paused_or_ended(&mut watch, id).await?;
            self.taken(self.snapshot(id, history).await?)?
        };
        Ok(match wire::direct(&seen) {
            Some(message) => Sent::Message(Box::new(message)),
            None => Sent::Task(Box::new(wire::task(&seen, true))),
        })
    }

    /// The same as a stream: first the task, or the agent's whole answer.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); the agent does not stream.
    pub async fn stream(&self, request: SendMessageRequest) -> Result<Following, Refusal> {
        self.wants_streaming()?;
        let asked = request.configuration.as_ref();
        let history = history(asked.and_then(|c| c.history_length))?;
        let id = self.accept(request).await?;
        let mut watch = self.watch(id).await?;
        let seen = self.taken(self.settled(&mut watch, id, history).await?)?;
        Ok(self.following(watch, &seen, None, Closes::WhenAsked))
    }

    /// # Errors
    ///
    /// The agent made no task of the message, in its own words.
    fn taken(&self, seen: Snapshot) -> Result<Snapshot, A2AError> {
        let speaks = self.agent.kind == AgentKind::A2a;
        match speaks.then(|| wire::refused(&seen)).flatten() {
            Some(error) => Err(error),
            None => Ok(seen),
        }
    }

    /// Waits on the state alone: what the task holds is read once, when it rests.
    ///
    /// # Errors
    ///
    /// The gateway goes down first.
    async fn paused_or_ended(&self, watch: &mut Watch, id: TaskId) -> Result<(), Refusal> {
        loop {
            let state = self.standing(id).await?.state;
            let rests = state.is_terminal() || state.is_interrupted();
            if rests {
                return Ok(());
            }
            if self.state.is_draining() || !watch.changed().await {
                return Err(ApiError::Left(id).into());
            }
        }
    }

    /// Where a task of the caller's at this agent stands.
    pub(super) async fn standing(&self, id: TaskId) -> Result<Standing, Refusal> {
        let owner = Some(&self.caller.identity.owner);
        let found = self.state.store.standing(id, owner).await?;
        match found.target == self.agent.name {
            true => Ok(found),
            false => Err(task_not_found().into()),
        }
    }

    /// Writes the message down, and has it answered.
    async fn accept(&self, request: SendMessageRequest) -> Result<TaskId, Refusal> {
        if self.state.is_draining() {
            return Err(ApiError::Draining.into());
        }
        self.meet().await;
        self.knows_extensions()?;
        self.takes_types(&request.message)?;
        self.gives_types(request.configuration.as_ref())?;
        let asked = request.message.task_id.clone().filter(|id| !id.is_empty());
        match asked {
            Some(id) => self.go_on(&id, request).await,
            None => self.begin(request).await,
        }
    }

    /// Has the card of an agent that was never seen fetched, for a moment: it says
    /// what the agent requires of its callers.
    async fn meet(&self) {
        let (cards, name) = (&self.state.agent_cards, &self.agent.name);
        if self.agent.kind != AgentKind::A2a || cards.known(name).is_some() {
            return;
        }
        let (cards, name) = (cards.clone(), name.clone());
        // Goes on when the moment is over: the next caller may have use of it.
        let fetch = tokio::spawn(async move { cards.named(&name).await.is_ok() });
        let _ = tokio::time::timeout(MEETING, fetch).await;
    }

    /// A new task, in the context that was named or in one of its own.
    async fn begin(&self, request: SendMessageRequest) -> Result<TaskId, Refusal> {
        let context = request.message.context_id.clone().filter(|c| !c.is_empty());
        if context.as_ref().is_some_and(|c| c.len() > MAX_CONTEXT) {
            let why = format!("write at most {MAX_CONTEXT} bytes");
            return Err(invalid("message.contextId", why).into());
        }
        let input = self.input(&request, context.as_deref()).await?;
        let key = self.key.as_ref().map(|key| IdempotencyKey {
            digest: digest(&self.agent.name, &request),
            key: key.clone(),
        });
        let (caller, target) = (&self.caller, self.agent.name.clone());
        let mut task = accept::new_task(&self.state, caller, target, input, key).await?;
        if caller.task().is_none() {
            task.context = Uuid::now_v7().to_string();
        }
        task.context = context.unwrap_or(task.context);
        task.webhook = self.prepared(task.id, &request)?;
        task.request = Some(self.request(request, task.id, &task.context)?);
        Ok(match accept::accept(&self.state, task).await? {
            Submitted::New(id) | Submitted::Existing(id) => id,
        })
    }

    /// The answer to what an agent asked.
    async fn go_on(&self, id: &str, request: SendMessageRequest) -> Result<TaskId, Refusal> {
        let id: TaskId = id.parse().map_err(|_| task_not_found())?;
        let context = &self.standing(id).await?.context;
        let other = |named: &String| !named.is_empty() && named != context;
        if request.message.context_id.as_ref().is_some_and(other) {
            return Err(invalid("message.contextId", "it is not the task's context").into());
        }
        let key = self.key.as_ref().map(|key| IdempotencyKey {
            digest: digest(&self.agent.name, &request),
            key: key.clone(),
        });
        let said = FollowUp {
            id,
            owner: self.caller.identity.owner.clone(),
            webhook: self.prepared(id, &request)?,
            request: self.request(request, id, context)?,
            key,
        };
        let (state, target) = (self.state.clone(), self.agent.name.clone());
        let taken = tokio::spawn(async move {
            let taken = state.store.follow_up(&said, UnixMillis::now()).await;
            state.wake(&target);
            taken
        });
        taken.await.map_err(ApiError::internal)??;
        Ok(id)
    }

    /// What the attempt sends, as its row keeps it.
    ///
    /// # Errors
    ///
    /// It is nested deeper than every reader of it can read.
    fn request(
        &self,
        request: SendMessageRequest,
        id: TaskId,
        context: &str,
    ) -> Result<String, A2AError> {
        let asked = request.configuration;
        let mut message = request.message;
        message.task_id = Some(id.to_string());
        message.context_id = Some(context.to_owned());
        let request = Request {
            message,
            accepted_output_modes: asked.and_then(accepted).unwrap_or_default(),
            metadata: request.metadata.map(|all| all.into_iter().collect()),
            extensions: self.extensions.clone(),
        };
        let request = serde_json::to_string(&request).unwrap_or_default();
        match is_shallow(&request) {
            true => Ok(request),
            false => Err(invalid("message", "nested more than 100 levels deep")),
        }
    }
}

fn accepted(asked: SendMessageConfiguration) -> Option<Vec<String>> {
    asked.accepted_output_modes
}

/// What makes a repeated request the same one.
fn digest(agent: &str, request: &SendMessageRequest) -> String {
    // As a value: its objects are sorted, those of the types are not.
    let request = serde_json::to_value(request).unwrap_or_default();
    hex(&sha256(format!("{agent}\n{request}").as_bytes()))
}

/// Messages of a history to show.
///
/// # Errors
///
/// Less than none.
pub(super) fn history(asked: Option<i32>) -> Result<u32, A2AError> {
    match asked {
        None => Ok(HISTORY),
        Some(n) => u32::try_from(n)
            .map(|n| n.min(1000))
            .map_err(|_| invalid("historyLength", "write 0 or more")),
    }
}
