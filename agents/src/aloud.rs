//! The answer of the simple face: one JSON, or the same as a stream of chat
//! chunks for whoever accepts one.

use std::{convert::Infallible, future::ready};

use a2a::{Part, StreamResponse};
use axum::{
    Json,
    body::Body,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures_util::{Stream, StreamExt, stream};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::{
    call::Call,
    completion::text_of,
    error::Error,
    face::{Event, Teller, telling},
    id::Id,
};

/// The artifact that is the answer of either agent.
pub(crate) const ANSWER: &str = "code";

/// What comes of a call, bit by bit.
enum Step {
    Told(Event),
    Done(Result<Value, Error>),
}

/// What was said so far.
struct Aloud {
    id: String,
    text: String,
    /// Whether the answer began anew: what was said cannot be taken back.
    is_lost: bool,
}

/// Does `work` and answers with what it gives, a `chat.completion`. Where the
/// call is heard, its text is said while it is written, and `attach` at the end.
/// Up to the first word a failure has its status; after it the stream ends with
/// an error, and the next attempt is answered in one piece.
pub(crate) async fn answer<F, Fut>(call: Call, work: F) -> Response
where
    F: FnOnce(Call, Teller) -> Fut,
    Fut: Future<Output = Result<Value, Error>> + Send + 'static,
{
    if !call.is_heard {
        return in_one_piece(work(call, Teller::silent()).await);
    }
    let mut aloud = Aloud::new(&call.task);
    let (end, ended) = oneshot::channel();
    let mut told = telling(|tell| {
        let work = work(call, Teller::over(tell));
        async { drop(end.send(work.await)) }
    });
    while let Some(event) = told.next().await {
        if let Some(first) = aloud.told(event) {
            let end = stream::once(done(ended)).map(Step::Done);
            let rest = told.map(Step::Told).chain(end);
            let rest = rest.filter_map(move |step| ready(aloud.say(step)));
            return spoken(stream::once(ready(first)).chain(rest));
        }
    }
    in_one_piece(done(ended).await)
}

/// What came of work that is over: nothing is told after it.
async fn done(ended: oneshot::Receiver<Result<Value, Error>>) -> Result<Value, Error> {
    let (step, problem) = ("do the work", "it was given up".to_owned());
    let given_up = Error::Unexpected { step, problem };
    ended.await.unwrap_or(Err(given_up))
}

fn in_one_piece(done: Result<Value, Error>) -> Response {
    done.map(Json).into_response()
}

fn spoken(events: impl Stream<Item = String> + Send + 'static) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store"),
    ];
    let body = Body::from_stream(events.map(Ok::<_, Infallible>));
    (headers, body).into_response()
}

impl Aloud {
    fn new(task: &Id) -> Self {
        Self {
            id: format!("chatcmpl-{task}"),
            text: String::new(),
            is_lost: false,
        }
    }

    /// The events that a step is, if it is any.
    fn say(&mut self, step: Step) -> Option<String> {
        match step {
            Step::Told(event) => self.told(event),
            Step::Done(Ok(answer)) => Some(self.whole(&answer)),
            Step::Done(Err(error)) => Some(failed(&error.to_string())),
        }
    }

    fn told(&mut self, event: Event) -> Option<String> {
        let Ok(StreamResponse::ArtifactUpdate(update)) = event else {
            return None;
        };
        if update.artifact.artifact_id != ANSWER {
            return None;
        }
        self.is_lost |= update.append != Some(true) && !self.text.is_empty();
        let texts = update.artifact.parts.iter().filter_map(Part::as_text);
        let text: String = texts.collect();
        if self.is_lost || text.is_empty() {
            return None;
        }
        self.text.push_str(&text);
        Some(self.chunk(json!({ "delta": { "content": text } }), &Value::Null))
    }

    /// What is left to say of the whole `answer`, and that it is all.
    fn whole(&self, answer: &Value) -> String {
        let text = text_of(answer).unwrap_or_default();
        let Some(rest) = text.strip_prefix(&self.text) else {
            return failed("the answer became another one while it was written");
        };
        let reason = answer.pointer("/choices/0/finish_reason");
        let reason = reason.and_then(Value::as_str).unwrap_or("stop");
        let last = json!({ "delta": { "content": rest }, "finish_reason": reason });
        format!("{}data: [DONE]\n\n", self.chunk(last, answer))
    }

    /// An event with `choice`, and with what there is beside it in `answer`.
    fn chunk(&self, mut choice: Value, answer: &Value) -> String {
        choice["index"] = json!(0);
        let mut chunk = json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": answer.get("created").unwrap_or(&json!(0)),
            "model": answer.get("model").unwrap_or(&json!("")),
            "choices": [choice],
        });
        for name in ["usage", "attach"] {
            if let Some(value) = answer.get(name) {
                chunk[name] = value.clone();
            }
        }
        event(&chunk)
    }
}

fn failed(why: &str) -> String {
    tracing::warn!(error = why, "call failed after its first word");
    event(&json!({ "error": { "message": why } }))
}

fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}
