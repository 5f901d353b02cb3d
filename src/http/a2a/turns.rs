//! What a plain agent is given: the message, after what was said before in its
//! context.

use std::collections::HashSet;

use a2a::{PartContent, Role, SendMessageRequest};
use serde_json::{Value, json};

use super::{Call, Refusal};
use crate::{
    adapters::{
        a2a::wire,
        store::dialogue::{Depth, Recent, Snapshot},
    },
    config::AgentKind,
    domain::{
        a2a::message::{NotText, input_of, text_of},
        id::TaskId,
        json::is_shallow,
        task::TaskState,
    },
};

/// Tasks of a context whose questions and answers go with the next question.
const TURNS: u32 = 10;
/// Room for what stands around the messages of a request, in bytes.
const AROUND: usize = 1024;

impl Call {
    /// The input of a new task. For an A2A agent it is only what people are
    /// shown; it gets the message itself.
    ///
    /// # Errors
    ///
    /// A plain agent cannot take a part.
    pub(super) async fn input(
        &self,
        request: &SendMessageRequest,
        context: Option<&str>,
    ) -> Result<String, Refusal> {
        let message = &request.message;
        if self.agent.kind == AgentKind::A2a {
            let texts = message.parts.iter().filter_map(text_of);
            let text = texts.collect::<Vec<_>>().join("\n");
            return Ok(json!({ "messages": [turn("user", &text)] }).to_string());
        }
        // What is asked now goes in any case; what came before, where there is room.
        let turns = match input_of(message, &[]) {
            Ok(alone) => {
                self.before(request, context, alone.to_string().len())
                    .await?
            }
            Err(_) => Vec::new(),
        };
        let input = input_of(message, &turns).map_err(|NotText(at)| {
            let text = format!("the agent takes text and data; message.parts[{at}] is neither");
            a2a::A2AError::new(a2a::error_code::CONTENT_TYPE_NOT_SUPPORTED, text)
        })?;
        let input = input.to_string();
        match is_shallow(&input) {
            true => Ok(input),
            false => {
                let why = "nested more than 100 levels deep";
                Err(crate::domain::a2a::error::invalid("message.parts", why).into())
            }
        }
    }

    /// What was said before, the oldest first, beside a message of `own` bytes.
    /// The oldest falls away where all of it is too much: an agent takes bodies up
    /// to a size, too, and the gateway's own chat up to `MAX_REQUEST_BYTES`.
    async fn before(
        &self,
        request: &SendMessageRequest,
        context: Option<&str>,
        own: usize,
    ) -> Result<Vec<Value>, Refusal> {
        let most = self.state.max_request_bytes;
        let mut room = Room((most / 2).min(most.saturating_sub(own + AROUND)));
        let said = match context {
            Some(context) => self.said_before(context, room.0).await?,
            None => Vec::new(),
        };
        let known: HashSet<TaskId> = said.iter().map(|seen| seen.task.id).collect();
        let mut newest_first = room.take(said.iter());
        newest_first.extend(self.referenced(request, known, &mut room).await);
        newest_first.reverse();
        Ok(newest_first.into_iter().flatten().collect())
    }

    /// Tasks of the context, the newest first.
    async fn said_before(&self, context: &str, most: usize) -> Result<Vec<Snapshot>, Refusal> {
        let wanted = Recent {
            owner: self.caller.identity.owner.clone(),
            target: self.agent.name.clone(),
            leaves_out_direct: false,
            context: Some(context.to_owned()),
            state: Some(TaskState::Completed),
            since: None,
            after: None,
            limit: TURNS,
            max_bytes: most,
            is_counted: false,
            depth: DEPTH,
        };
        Ok(self.state.store.recent(&wanted).await?.tasks)
    }

    /// Results of the tasks that the message refers to, but for those `known`: the
    /// last named first, as they are the last before the message.
    async fn referenced(
        &self,
        request: &SendMessageRequest,
        mut known: HashSet<TaskId>,
        room: &mut Room,
    ) -> Vec<Vec<Value>> {
        let named = request.message.reference_task_ids.iter().flatten();
        // Another's, or one that is gone, says nothing.
        let named = named.filter_map(|id| id.parse::<TaskId>().ok());
        let named: Vec<_> = named.filter(|id| known.insert(*id)).collect();
        let mut found = Vec::new();
        for id in named.into_iter().take(TURNS as usize).rev() {
            if room.0 == 0 {
                break;
            }
            let owner = Some(&self.caller.identity.owner);
            if let Ok(seen) = self.state.store.snapshot(id, owner, DEPTH).await {
                let taken = room.take([&seen].into_iter());
                if taken.is_empty() {
                    break;
                }
                found.extend(taken);
            }
        }
        found
    }
}

/// Bytes that are left for what was said before.
struct Room(usize);

impl Room {
    /// The turns of each of `tasks`, up to the first that no longer fits: then
    /// nothing fits any more, as a talk with a hole in it misleads.
    fn take<'a>(&mut self, tasks: impl Iterator<Item = &'a Snapshot>) -> Vec<Vec<Value>> {
        let mut taken = Vec::new();
        for seen in tasks {
            let turns = turns_of(seen);
            let size = turns.iter().map(|turn| turn.to_string().len() + 1).sum();
            let Some(left) = self.0.checked_sub(size) else {
                self.0 = 0;
                break;
            };
            self.0 = left;
            taken.push(turns);
        }
        taken
    }
}

const DEPTH: Depth = Depth {
    history: 20,
    artifacts: true,
};

fn turns_of(seen: &Snapshot) -> Vec<Value> {
    let task = wire::task(seen, true);
    let said = task.history.into_iter().flatten();
    let mut turns: Vec<Value> = said
        .map(|message| {
            let role = match message.role {
                Role::Agent => "assistant",
                _ => "user",
            };
            let texts = message.parts.iter().filter_map(asked);
            turn(role, &texts.collect::<Vec<_>>().join("\n"))
        })
        .collect();
    let parts = task.artifacts.into_iter().flatten().flat_map(|a| a.parts);
    let answer: Vec<String> = parts.filter_map(|part| text_of(&part)).collect();
    turns.push(turn("assistant", &answer.join("\n")));
    turns
}

/// What was asked: of a chat request its last message.
fn asked(part: &a2a::Part) -> Option<String> {
    if let PartContent::Data(data) = &part.content
        && let Some(messages) = data.get("messages").and_then(Value::as_array)
    {
        let last = messages.last()?.get("content")?;
        return last.as_str().map(str::to_owned);
    }
    text_of(part)
}

fn turn(role: &str, content: &str) -> Value {
    json!({ "role": role, "content": content })
}
