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
            dialogue::{FollowUp, Standing},
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
            self.snapshot(id, history).await?
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
        let seen = self.settled(&mut watch, id, history).await?;
        Ok(self.following(watch, &seen, None, Closes::WhenAsked))
    }

    /// Waits on the state alone: what the task holds is read once, when it rests.
    async fn paused_or_ended(&self, watch: &mut Watch, id: TaskId) -> Result<(), Refusal> {
        loop {
            let state = self.standing(id).await?.state;
            let rests = state.is_terminal() || state.is_interrupted();
            if rests || self.state.is_draining() || !watch.changed().await {
                return Ok(());
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
        self.knows_extensions()?;
        self.takes_types(&request.message)?;
        self.gives_types(request.configuration.as_ref())?;
        let asked = request.message.task_id.clone().filter(|id| !id.is_empty());
        match asked {
            Some(id) => self.go_on(&id, request).await,
            None => self.begin(request).await,
        }
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
        let state = self.state.clone();
        let taken = tokio::spawn(async move {
            let taken = state.store.follow_up(&said, UnixMillis::now()).await;
            state.supervisor.wake();
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

    /// # Errors
    ///
    /// A part is of a type that the agent's card does not name.
    fn takes_types(&self, message: &Message) -> Result<(), A2AError> {
        // An A2A agent says so itself.
        if self.agent.kind == AgentKind::A2a {
            return Ok(());
        }
        let modes = &self.agent.card.input_modes;
        let types = message.parts.iter().filter_map(|p| p.media_type.as_deref());
        let unknown = types.filter(|kind| !modes.iter().any(|mode| covers(mode, kind)));
        match unknown.into_iter().next() {
            None => Ok(()),
            Some(kind) => Err(not_supported("take", kind, modes)),
        }
    }

    /// # Errors
    ///
    /// The caller can use none of the types that the agent's card names.
    fn gives_types(&self, asked: Option<&SendMessageConfiguration>) -> Result<(), A2AError> {
        let accepted = asked.and_then(|c| c.accepted_output_modes.as_deref());
        let accepted = accepted.unwrap_or_default();
        // An A2A agent says so itself.
        if self.agent.kind == AgentKind::A2a || accepted.is_empty() {
            return Ok(());
        }
        let modes = &self.agent.card.output_modes;
        let meets = |one: &String| modes.iter().any(|m| covers(one, m) || covers(m, one));
        match accepted.iter().any(meets) {
            true => Ok(()),
            false => Err(not_supported("give", &accepted.join(", "), modes)),
        }
    }
}

fn accepted(asked: SendMessageConfiguration) -> Option<Vec<String>> {
    asked.accepted_output_modes
}

fn not_supported(verb: &str, kind: &str, modes: &[String]) -> A2AError {
    let modes = modes.join(", ");
    let text = format!("the agent does not {verb} {kind}; it {verb}s {modes}");
    A2AError::new(a2a::error_code::CONTENT_TYPE_NOT_SUPPORTED, text)
}

/// `text/*`, and the `text` of older clients, covers `text/plain; charset=utf-8`.
fn covers(mode: &str, kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match mode.split_once('/') {
        Some((_, "*")) if mode == "*/*" => true,
        Some((family, "*")) => kind.split('/').next() == Some(family),
        None if kind.contains('/') => kind.split('/').next() == Some(mode),
        _ => mode.eq_ignore_ascii_case(kind),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_covers_its_type_and_a_star_its_family() {
        for (mode, kind, yes) in [
            ("text/plain", "text/plain; charset=utf-8", true),
            ("text/*", "text/markdown", true),
            ("*/*", "image/png", true),
            ("text/plain", "image/png", false),
            ("image/*", "text/plain", false),
            ("text", "text/plain", true),
            ("text", "image/png", false),
        ] {
            assert_eq!(covers(mode, kind), yes, "{mode} {kind}");
        }
    }
}
