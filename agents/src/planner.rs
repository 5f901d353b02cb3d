//! The planner: writes a plan, lets the coder carry it out.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    aloud::{self, ANSWER},
    call::Call,
    completion::text_of,
    error::Error,
    face::{Draft, Profile, Teller},
    gateway::{Delegate, Document, Followed, Gateway, Outcome, Prompt},
    id::Id,
};

const INSTRUCTIONS: &str = "You are the planner of a team of two. Write a short numbered plan, \
    seven steps at most, for the coder who will do what the user asks. Say what to build and in \
    which order, and which special cases to mind. Do not write the code itself.";
const MAX_TOKENS: u32 = 256;

/// What the planner's card says.
pub(crate) const PROFILE: Profile = Profile {
    name: "planner",
    description: "Plans what is asked for, and has the coder carry it out, who reuses earlier \
        answers when asked to.",
    skill: "Plan and code",
    tags: &["plan", "code"],
    input_modes: &["text/plain", "application/json"],
    output_modes: &["text/plain"],
    is_guarded: true,
    required_extension: None,
    knows_callers: false,
};

/// What a call leads to.
struct Finished {
    answer: Value,
    /// What was told of the answer while it was written.
    followed: Followed,
    plan_id: Id,
    coder_task_id: Id,
}

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
    #[serde(skip_serializing_if = "Option::is_none")]
    reuse: Option<bool>,
}

/// `POST /api/chat`: plans, remembers the plan, hands it to the coder, waits,
/// and answers what the coder answered.
///
/// # Errors
///
/// 4xx if the call itself is wrong or the gateway says it is, 429 and 503 to be
/// called again, 424 if the coder failed.
pub(crate) async fn chat(State(gateway): State<Arc<Gateway>>, call: Call) -> Response {
    aloud::answer(call, async move |call, teller| {
        work(&gateway, &call, &teller).await?.into_answer()
    })
    .await
}

/// The same over A2A: the plan and the coder's code are the artifacts `plan` and
/// `code`, the latter told while the coder writes it. Gives the documents and the task they came of.
///
/// # Errors
///
/// As [`chat`].
pub(crate) async fn told(
    gateway: Arc<Gateway>,
    call: Call,
    teller: Teller,
) -> Result<Value, Error> {
    let finished = work(&gateway, &call, &teller).await?;
    let Followed { text, is_whole, .. } = &finished.followed;
    let code = text_of(&finished.answer).unwrap_or_else(|| text.clone());
    if code.is_empty() {
        let problem = "its answer is neither a chat answer nor an artifact";
        return Err(Error::CoderFailed(problem.to_owned()));
    }
    if code != *text || !is_whole {
        Draft::new(&teller, ANSWER).ended(&code).await;
    }
    Ok(json!({ "attach": finished.attach() }))
}

async fn work(gateway: &Gateway, call: &Call, teller: &Teller) -> Result<Finished, Error> {
    let person = gateway.acting(call);
    let plan_id = plan(call, &person, teller).await?;
    let coder_task_id = hand_off(call, &person, &plan_id).await?;
    let handed = format!("handed to the coder as task {coder_task_id}");
    teller.working(&handed).await;
    let followed = if teller.is_heard() {
        person.follow(&coder_task_id, teller, ANSWER).await
    } else {
        Followed::default()
    };
    match person.outcome(&coder_task_id).await? {
        Outcome::Done(answer) => Ok(Finished {
            answer,
            followed,
            plan_id,
            coder_task_id,
        }),
        Outcome::Failed(reason) => Err(Error::CoderFailed(reason)),
    }
}

/// Writes a plan to memory. Called again, the model may well think of another
/// plan, but the first is the one that stands: it is its id that comes back.
async fn plan(call: &Call, person: &Delegate<'_>, teller: &Teller) -> Result<Id, Error> {
    let model = person.model(call.input.model.as_deref()).await;
    let prompt = Prompt {
        messages: call.input.prompt(INSTRUCTIONS, &[]),
        model: &model,
        stream: call.streams(),
        max_tokens: MAX_TOKENS,
    };
    let text = format!("planning with {model}");
    let asked = teller.beginning(&text, person.ask(&prompt)).await?;
    let plan = asked.read(Draft::private()).await?.text;
    let request = call.input.request();
    let metadata = json!({ "request": request });
    let document = Document::new(PROFILE.name, "plan", &request, &plan, metadata);
    let plan_id = person.remember(&document, &call.key("plan")).await?.id;
    tracing::info!(task = %call.task, %plan_id, "plan written");
    if teller.is_of_task() {
        // Told is the plan that stands, which the coder will read as well.
        let standing = person.recall(&plan_id).await?;
        Draft::new(teller, "plan").ended(&standing).await;
    }
    Ok(plan_id)
}

async fn hand_off(call: &Call, person: &Delegate<'_>, plan_id: &Id) -> Result<Id, Error> {
    let input = CoderInput {
        mem_id: plan_id,
        messages: &call.input.messages,
        model: call.input.model.as_deref(),
        stream: call.input.stream,
        reuse: call.input.reuse,
    };
    let coder_task_id = person.hand_off("coder", &input, &call.key("code")).await?;
    tracing::info!(task = %call.task, %coder_task_id, "handed off to the coder");
    Ok(coder_task_id)
}

impl Finished {
    /// The coder's answer, with where everything is.
    fn into_answer(self) -> Result<Value, Error> {
        let attach = self.attach();
        let mut answer = self.answer;
        let Some(members) = answer.as_object_mut() else {
            let problem = "its answer is no object".to_owned();
            return Err(Error::CoderFailed(problem));
        };
        members.insert("attach".to_owned(), attach);
        Ok(answer)
    }

    fn attach(&self) -> Value {
        let coders = &self.answer["attach"];
        json!({
            "plan_id": self.plan_id,
            "code_id": coders["code_id"],
            "reused": coders["reused"],
            "coder_task_id": self.coder_task_id,
        })
    }
}
