//! The coder: writes code, by a plan where there is one.

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::{
    call::Call,
    completion::{Attach, Completion},
    error::Error,
    gateway::{Delegate, Document, Gateway, Prompt},
    id::Id,
};

const INSTRUCTIONS: &str = "You are the coder of a team of two. Write the complete code that does \
    what the user asks. Where a plan is given, follow it. Answer with the code, and explain only \
    what the code cannot say.";
const MAX_TOKENS: u32 = 512;

/// `POST /api/chat`: reads the plan, writes the code, remembers it, and answers
/// with it as a `chat.completion`.
///
/// # Errors
///
/// 4xx if the call itself is wrong (422 for a plan that is not there) or the
/// gateway says it is, 429 and 5xx to be called again.
pub(crate) async fn chat(call: Call, gateway: web::Data<Gateway>) -> Result<HttpResponse, Error> {
    let person = gateway.acting(&call.token);
    let plan = match &call.input.mem_id {
        Some(mem_id) => Some(person.recall(mem_id).await?),
        None => None,
    };
    let code = write(&call, &person, plan.as_deref()).await?;
    let code_id = remember(&call, &person, &code.text).await?;
    let attach = Attach {
        plan_id: call.input.mem_id.as_ref(),
        code_id: &code_id,
    };
    Ok(HttpResponse::Ok().json(code.into_answer(&call.task, &attach)))
}

async fn write(
    call: &Call,
    person: &Delegate<'_>,
    plan: Option<&str>,
) -> Result<Completion, Error> {
    let prompt = Prompt {
        messages: call.input.prompt(INSTRUCTIONS, plan),
        model: call.input.model.as_deref(),
        stream: call.input.stream.unwrap_or(false),
        max_tokens: MAX_TOKENS,
    };
    person.chat(&prompt).await
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
