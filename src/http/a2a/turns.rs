//! What a plain agent is given: the message, after what was said before in its
//! context.

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
        let mut turns = self.referenced(request).await?;
        if let Some(context) = context {
            turns.extend(self.said_before(context).await?);
        }
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

    /// Questions and answers of the context, the oldest first.
    async fn said_before(&self, context: &str) -> Result<Vec<Value>, Refusal> {
        let wanted = Recent {
            owner: self.caller.identity.owner.clone(),
            target: self.agent.name.clone(),
            context: Some(context.to_owned()),
            state: Some(TaskState::Completed),
            since: None,
            after: None,
            limit: TURNS,
            depth: DEPTH,
        };
        let (tasks, _) = self.state.store.recent(&wanted).await?;
        Ok(tasks.iter().rev().flat_map(turns_of).collect())
    }

    /// Results of the tasks that the message refers to.
    async fn referenced(&self, request: &SendMessageRequest) -> Result<Vec<Value>, Refusal> {
        let named = request.message.reference_task_ids.iter().flatten();
        let mut turns = Vec::new();
        for id in named.take(TURNS as usize) {
            // Another's, or one that is gone, says nothing.
            let Ok(id) = id.parse::<TaskId>() else {
                continue;
            };
            let owner = Some(&self.caller.identity.owner);
            if let Ok(seen) = self.state.store.snapshot(id, owner, DEPTH).await {
                turns.extend(turns_of(&seen));
            }
        }
        Ok(turns)
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
