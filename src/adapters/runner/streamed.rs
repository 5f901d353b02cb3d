//! A chat answer that comes bit by bit: artifact updates on the way, and the
//! whole answer at the end.

use std::time::Duration;

use a2a::Part;
use reqwest::Response;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    Outcome,
    call::MAX_ANSWER,
    pen::{Halt, Pen},
};
use crate::{
    adapters::{
        clients::cause,
        store::{Finish, dialogue::Product},
    },
    domain::{
        a2a::artifact::{self, ArtifactUpdate},
        id::TaskId,
        stream::{Answer, Dialect, Ending},
        task::TaskState,
        time::UnixMillis,
    },
};

/// How long the end of a connection is waited for after that of the answer: who
/// leaves an engine before is one that hung up.
const LINGER: Duration = Duration::from_secs(1);
/// Longer than any call may take.
const FAR: Duration = Duration::from_secs(86_400);

/// Members of a request whose answer is more than a text: a stream would have to
/// be put together in ways of its own.
const MORE_THAN_TEXT: [&str; 5] = ["tools", "functions", "logprobs", "modalities", "audio"];

/// Input for the gateway's own chat that asks for a stream, unless the answer is
/// more than a text.
pub(super) fn asked(input: &str) -> Option<String> {
    let Ok(Value::Object(mut members)) = serde_json::from_str(input) else {
        return None;
    };
    let is_set = |name: &&str| {
        let value = members.get(*name);
        value.is_some_and(|value| !value.is_null() && *value != json!(false))
    };
    let several = members.get("n").is_some_and(|n| *n != json!(1));
    if MORE_THAN_TEXT.iter().any(is_set) || several {
        return None;
    }
    members.insert("stream".to_owned(), Value::Bool(true));
    let options = json!({ "include_usage": true });
    members.insert("stream_options".to_owned(), options);
    Some(Value::Object(members).to_string())
}

/// What there was to read.
pub(super) enum Heard {
    /// An answer, to its end.
    Answer(Outcome),
    /// One JSON value and no stream, whatever it was called.
    Json(Vec<u8>),
}

/// Reads along `response`, and tells of it as it comes.
pub(super) async fn follow(
    mut response: Response,
    dialect: Dialect,
    pen: &mut Pen<'_>,
) -> Result<Heard, Halt> {
    let mut answer = Answer::new(dialect, MAX_ANSWER);
    let (mut told, mut bytes) = (0, 0);
    let mut body = Some(Vec::new()).filter(|_| pen.is_plain());
    while let Some(chunk) = next(&mut response, &answer, pen).await? {
        bytes += chunk.len();
        limited(bytes)?;
        answer.push(&chunk);
        told = tell(&answer, told, pen).await?;
        body = body.filter(|_| bytes <= MAX_ANSWER);
        body.iter_mut().for_each(|body| body.extend(&chunk));
    }
    if let Some(body) = body.filter(|body| is_json(body)) {
        return Ok(Heard::Json(body));
    }
    answer.end();
    told = tell(&answer, told, pen).await?;
    checked(&answer)?;
    let mut last = update("", told > 0);
    last.last_chunk = true;
    pen.close(last).await?;
    Ok(Heard::Answer(finished(pen, &answer)))
}

fn limited(bytes: usize) -> Result<(), Halt> {
    let most = 4 * MAX_ANSWER;
    let why = || Halt::Failed(format!("the agent sent more than {most} bytes"));
    (bytes <= most).then_some(()).ok_or_else(why)
}

/// Whether `answer` is one, now that no more of it comes.
fn checked(answer: &Answer) -> Result<(), Halt> {
    let why = match answer.ending() {
        Ending::Unfinished => "the agent's stream broke off",
        Ending::Failed => "the agent's stream ended with an error",
        Ending::Finished if answer.has_gaps() => {
            "the agent's stream has an event of more than 64 KiB"
        }
        Ending::Finished => return Ok(()),
    };
    Err(Halt::Again(why.to_owned(), None))
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

/// The next bytes; what is held is written when it is due meanwhile. Nothing once
/// the `answer` is over, however the connection ends then.
async fn next(
    response: &mut Response,
    answer: &Answer,
    pen: &mut Pen<'_>,
) -> Result<Option<Vec<u8>>, Halt> {
    let over_at = answer.is_over().then(|| Instant::now() + LINGER);
    loop {
        let due = pen
            .due()
            .or(over_at)
            .unwrap_or_else(|| Instant::now() + FAR);
        match tokio::time::timeout_at(due, response.chunk()).await {
            Ok(Ok(chunk)) => return Ok(chunk.map(|bytes| bytes.to_vec())),
            Ok(Err(_)) if answer.ending() == Ending::Finished => return Ok(None),
            Ok(Err(error)) => {
                pen.flush().await?;
                return Err(Halt::Again(cause(&error), None));
            }
            Err(_) if over_at.is_some_and(|at| at <= Instant::now()) => return Ok(None),
            Err(_) => pen.flush().await?,
        }
    }
}

/// Tells of the text that came since `told` bytes of it; how many there are now.
async fn tell(answer: &Answer, told: usize, pen: &mut Pen<'_>) -> Result<usize, Halt> {
    let text = answer.text();
    if text.len() > told {
        pen.artifact(update(&text[told..], told > 0)).await?;
    }
    Ok(text.len())
}

fn update(text: &str, append: bool) -> ArtifactUpdate {
    ArtifactUpdate {
        artifact: artifact::answer(Part::text(text)),
        append,
        last_chunk: false,
        metadata: None,
    }
}

fn finished(pen: &Pen<'_>, answer: &Answer) -> Outcome {
    let output = completion(pen.attempt.task, answer).to_string();
    let mut end = Finish::new(TaskState::Completed, output, None);
    end.artifacts = Product::Artifacts(pen.known().to_json());
    Outcome::Finished(end)
}

/// The chat completion that would have come at once.
fn completion(task: TaskId, answer: &Answer) -> Value {
    let mut whole = json!({
        "id": task,
        "object": "chat.completion",
        "created": UnixMillis::now().0 / 1000,
        "model": answer.model(),
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": answer.text() },
            "finish_reason": answer.reason().unwrap_or("stop"),
        }],
    });
    if let Some(attach) = answer.attach() {
        whole["attach"] = attach;
    }
    if let Some(usage) = answer.usage() {
        let (input, output) = (usage.input.unwrap_or(0), usage.output.unwrap_or(0));
        whole["usage"] = json!({
            "prompt_tokens": input,
            "completion_tokens": output,
            "total_tokens": input + output,
        });
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_asked_for_where_the_answer_is_a_text() {
        let asked_json = |input: &str| -> Option<Value> {
            asked(input).map(|json| serde_json::from_str(&json).unwrap())
        };
        let streaming = asked_json(r#"{"messages":[],"tools":null,"n":1}"#).unwrap();
        assert_eq!(streaming["stream"], true);
        assert_eq!(streaming["stream_options"]["include_usage"], true);
        for more in [
            r#"{"tools":[]}"#,
            r#"{"n":2}"#,
            r#"{"logprobs":true}"#,
            "[]",
        ] {
            assert_eq!(asked_json(more), None, "{more}");
        }
    }

    #[test]
    fn the_whole_answer_has_text_model_reason_and_usage() {
        let body = concat!(
            "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"he\"}}]}\n\n",
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"y\"},\"finish_reason\":\"length\"}]}\n\n",
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2},\"attach\":{\"plan_id\":\"p\"}}\n\n",
            "data: [DONE]\n\n",
        );
        let mut answer = Answer::new(Dialect::Sse, MAX_ANSWER);
        answer.push(body.as_bytes());
        let output = completion(TaskId::fresh(), &answer);
        assert_eq!(output["choices"][0]["message"]["content"], "hey");
        assert_eq!(output["choices"][0]["finish_reason"], "length");
        assert_eq!(output["model"], "m");
        assert_eq!(output["usage"]["total_tokens"], 5);
        assert_eq!(output["attach"], json!({ "plan_id": "p" }));
    }
}
