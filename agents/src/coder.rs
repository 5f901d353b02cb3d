//! The coder: writes code, by a plan where there is one.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::{
    call::Call,
    completion::{Attach, Completion},
    error::Error,
    face::{Draft, Profile, Teller},
    gateway::{Delegate, Document, Gateway, Prompt},
    id::Id,
};

const INSTRUCTIONS: &str = "You are the coder of a team of two. Write the complete code that does \
    what the user asks. Where a plan is given, follow it. Answer with the code, and explain only \
    what the code cannot say.";
const MAX_TOKENS: u32 = 512;

/// What the coder's card says.
pub(crate) const PROFILE: Profile = Profile {
    name: "coder",
    description: "Writes code, by a plan where there is one.",
    skill: "Write code",
    tags: &["code"],
    input_modes: &["text/plain", "application/json"],
    output_modes: &["text/plain"],
    is_guarded: true,
    required_extension: None,
};

/// What a call leads to.
struct Written {
    code: Completion,
    code_id: Id,
}

/// `POST /api/chat`: reads the plan, writes the code, remembers it, and answers
/// with it as a `chat.completion`.
///
/// # Errors
///
/// 4xx if the call itself is wrong (422 for a plan that is not there) or the
/// gateway says it is, 429 and 5xx to be called again.
pub(crate) async fn chat(
    State(gateway): State<Arc<Gateway>>,
    call: Call,
) -> Result<Json<Value>, Error> {
    let Written { code, code_id } = work(&gateway, &call, &Teller::silent()).await?;
    Ok(Json(code.into_answer(&call.task, &attach(&call, &code_id))))
}

/// The same over A2A: the code is the artifact `code`, told as it is written.
/// Gives the documents that were read and written.
///
/// # Errors
///
/// As [`chat`].
pub(crate) async fn told(
    gateway: Arc<Gateway>,
    call: Call,
    teller: Teller,
) -> Result<Value, Error> {
    let written = work(&gateway, &call, &teller).await?;
    Ok(json!({ "attach": attach(&call, &written.code_id) }))
}

async fn work(gateway: &Gateway, call: &Call, teller: &Teller) -> Result<Written, Error> {
    let person = gateway.acting(&call.token);
    let plan = match &call.input.mem_id {
        Some(mem_id) => Some(person.recall(mem_id).await?),
        None => None,
    };
    let code = write(call, &person, plan.as_deref(), teller).await?;
    let code_id = remember(call, &person, &code.text).await?;
    Ok(Written { code, code_id })
}

fn attach<'a>(call: &'a Call, code_id: &'a Id) -> Attach<'a> {
    Attach {
        plan_id: call.input.mem_id.as_ref(),
        code_id,
    }
}

async fn write(
    call: &Call,
    person: &Delegate<'_>,
    plan: Option<&str>,
    teller: &Teller,
) -> Result<Completion, Error> {
    let model = person.model(call.input.model.as_deref()).await;
    let prompt = Prompt {
        messages: call.input.prompt(INSTRUCTIONS, plan),
        model: &model,
        stream: call.input.stream.unwrap_or(false),
        max_tokens: MAX_TOKENS,
    };
    let text = format!("writing code with {model}");
    let asked = teller.beginning(&text, person.ask(&prompt)).await?;
    asked.read(Draft::new(teller, "code")).await
}

async fn remember(call: &Call, person: &Delegate<'_>, code: &str) -> Result<Id, Error> {
    let request = call.input.request();
    let metadata = json!({ "request": request, "plan_id": call.input.mem_id });
    let document = Document::new("code", &request, code, metadata);
    let key = call.key("code-document");
    let code_id = person.remember(&document, &key).await?;
    tracing::info!(task = %call.task, %code_id, "code written");
    Ok(code_id)
}
