//! The coder: writes code, by a plan where there is one, and from earlier answers
//! where it is asked to reuse them.

mod sources;

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde_json::{Value, json};

use self::sources::Sources;
use crate::{
    aloud::{self, ANSWER},
    call::Call,
    completion::{Attach, Completion},
    error::Error,
    face::{Draft, Profile, Teller},
    gateway::{Delegate, Document, Gateway, Kept, Prompt},
    id::Id,
};

const INSTRUCTIONS: &str = "You are the coder of a team of two. Write the complete code that does \
    what the user asks. Where a plan is given, follow it. Answer with the code, and explain only \
    what the code cannot say.";
const MAX_TOKENS: u32 = 512;
/// The kind of the document that the code is.
const CODE: &str = "code";

/// What the coder's card says.
pub(crate) const PROFILE: Profile = Profile {
    name: "coder",
    description: "Writes code, by a plan where there is one. Asked to reuse, it searches the \
        person's memory for earlier code on the same subject, and cites it.",
    skill: "Write code",
    tags: &["code", "reuse"],
    input_modes: &["text/plain", "application/json"],
    output_modes: &["text/plain"],
    is_guarded: true,
    required_extension: None,
    knows_callers: false,
};

/// What a call leads to.
struct Written {
    code: Completion,
    code_id: Id,
    reused: Vec<Id>,
}

/// `POST /api/chat`: reads the plan and earlier answers, writes the code,
/// remembers it, and answers with it as a `chat.completion`.
///
/// # Errors
///
/// 4xx if the call itself is wrong (422 for a plan that is not there) or the
/// gateway says it is, 429 and 5xx to be called again.
pub(crate) async fn chat(State(gateway): State<Arc<Gateway>>, call: Call) -> Response {
    aloud::answer(call, async move |call, teller| {
        let written = work(&gateway, &call, &teller).await?;
        let attach = attach(&call, &written.code_id, &written.reused);
        Ok(written.code.into_answer(&call.task, &attach))
    })
    .await
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
    let attach = attach(&call, &written.code_id, &written.reused);
    Ok(json!({ "attach": attach }))
}

fn attach<'a>(call: &'a Call, code_id: &'a Id, reused: &'a [Id]) -> Attach<'a> {
    Attach {
        plan_id: call.input.mem_id.as_ref(),
        code_id,
        reused,
    }
}

async fn work(gateway: &Gateway, call: &Call, teller: &Teller) -> Result<Written, Error> {
    let person = gateway.acting(call);
    let sources = Sources::read(call, &person).await?;
    let code = write(call, &person, &sources, teller).await?;
    let Kept { id, is_new } = remember(call, &person, &code.text, &sources).await?;
    let written = Written {
        code,
        code_id: id,
        reused: sources.reused().to_vec(),
    };
    match is_new {
        true => Ok(written),
        false => written.restored(&person, teller).await,
    }
}

async fn write(
    call: &Call,
    person: &Delegate<'_>,
    sources: &Sources,
    teller: &Teller,
) -> Result<Completion, Error> {
    let model = person.model(call.input.model.as_deref()).await;
    let prompt = Prompt {
        messages: call.input.prompt(INSTRUCTIONS, &sources.material()),
        model: &model,
        stream: call.streams(),
        max_tokens: MAX_TOKENS,
    };
    let text = sources.told(&model);
    let asked = teller.beginning(&text, person.ask(&prompt)).await?;
    asked.read(Draft::new(teller, ANSWER)).await
}

async fn remember(
    call: &Call,
    person: &Delegate<'_>,
    code: &str,
    sources: &Sources,
) -> Result<Kept, Error> {
    let request = call.input.request();
    let metadata = json!({
        "request": request,
        "plan_id": call.input.mem_id,
        "reused": sources.reused(),
    });
    let document = Document::new(PROFILE.name, CODE, &request, code, metadata);
    let kept = person
        .remember(&document, &call.key("code-document"))
        .await?;
    tracing::info!(task = %call.task, code_id = %kept.id, "code written");
    Ok(kept)
}

impl Written {
    /// What an earlier attempt wrote under the same key. It is what stands in
    /// memory and is cited, so it is the answer as well.
    async fn restored(self, person: &Delegate<'_>, teller: &Teller) -> Result<Self, Error> {
        let standing = person.standing(&self.code_id).await?;
        let reused = serde_json::from_value(standing.metadata["reused"].clone());
        if standing.text != self.code.text {
            Draft::new(teller, ANSWER).ended(&standing.text).await;
        }
        let mut code = self.code;
        code.text = standing.text;
        Ok(Self {
            code,
            reused: reused.unwrap_or_default(),
            ..self
        })
    }
}
