//! The planner: writes a plan, lets the coder carry it out.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    call::Call,
    error::Error,
    gateway::{Delegate, Document, Gateway, Outcome, Prompt},
    id::Id,
};

const INSTRUCTIONS: &str = "You are the planner of a team of two. Write a short numbered plan, \
    seven steps at most, for the coder who will do what the user asks. Say what to build and in \
    which order, and which special cases to mind. Do not write the code itself.";
const MAX_TOKENS: u32 = 256;

/// What the coder is sent. It follows from the planner's own input and the
/// plan's id alone: another attempt at the task sends the same bytes under the
/// same key, and the gateway gives back the task it already has.
#[derive(Serialize)]
struct CoderInput<'a> {
    mem_id: &'a Id,
    messages: &'a [Value],
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
}

/// `POST /api/chat`: plans, remembers the plan, hands it to the coder, waits,
/// and answers what the coder answered.
///
/// # Errors
///
/// 4xx if the call itself is wrong or the gateway says it is, 429 and 503 to be
/// called again, 424 if the coder failed.
pub(crate) async fn chat(call: Call, gateway: web::Data<Gateway>) -> Result<HttpResponse, Error> {
    let person = gateway.acting(&call.token);
    let plan_id = plan(&call, &person).await?;
    let coder_task_id = hand_off(&call, &person, &plan_id).await?;
    match person.outcome(&coder_task_id).await? {
        Outcome::Done(answer) => answered(answer, &plan_id, &coder_task_id),
        Outcome::Failed(reason) => Err(Error::CoderFailed(reason)),
    }
}

/// Writes a plan to memory. Called again, the model may well think of another
/// plan, but the first is the one that stands: it is its id that comes back.
async fn plan(call: &Call, person: &Delegate<'_>) -> Result<Id, Error> {
    let prompt = Prompt {
        messages: call.input.prompt(INSTRUCTIONS, None),
        model: call.input.model.as_deref(),
        stream: call.input.stream.unwrap_or(false),
        max_tokens: MAX_TOKENS,
    };
    let plan = person.chat(&prompt).await?.text;
    let request = call.input.request();
    let metadata = json!({ "request": request });
    let document = Document::new("plan", &request, &plan, metadata);
    let plan_id = person.remember(&document, &call.key("plan")).await?;
    tracing::info!(task = %call.task, %plan_id, "plan written");
    Ok(plan_id)
}

async fn hand_off(call: &Call, person: &Delegate<'_>, plan_id: &Id) -> Result<Id, Error> {
    let input = CoderInput {
        mem_id: plan_id,
        messages: &call.input.messages,
        model: call.input.model.as_deref(),
        stream: call.input.stream,
    };
    let coder_task_id = person.hand_off("coder", &input, &call.key("code")).await?;
    tracing::info!(task = %call.task, %coder_task_id, "handed off to the coder");
    Ok(coder_task_id)
}

fn answered(mut answer: Value, plan_id: &Id, coder_task_id: &Id) -> Result<HttpResponse, Error> {
    let code_id = answer["attach"]["code_id"].clone();
    let Some(members) = answer.as_object_mut() else {
        let problem = "its answer is no object".to_owned();
        return Err(Error::CoderFailed(problem));
    };
    let attach = json!({
        "plan_id": plan_id, "code_id": code_id, "coder_task_id": coder_task_id,
    });
    members.insert("attach".to_owned(), attach);
    Ok(HttpResponse::Ok().json(answer))
}
