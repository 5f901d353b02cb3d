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
    error::Error,
    face::{Event, Teller, telling},
    id::Id,
};

/// Text in one event, in bytes, at most.
const MOST_BYTES: usize = 16 * 1024;
/// The artifact that is the answer of either agent.
pub(crate) const ANSWER: &str = "code";

/// What comes of a call, bit by bit.
#[expect(clippy::large_enum_variant, reason = "one at a time, and kept nowhere")]
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
        Some(self.words(&text))
    }

    /// What is left to say of the whole `answer`, and that it is all.
    fn whole(&self, answer: &Value) -> String {
        let Some(text) = only_text(answer) else {
            return failed("the answer is more than a text");
        };
        let Some(rest) = text.strip_prefix(&self.text) else {
            return failed("the answer became another one while it was written");
        };
        let reason = answer.pointer("/choices/0/finish_reason");
        let reason = reason.and_then(Value::as_str).unwrap_or("stop");
        let last = json!({ "delta": {}, "finish_reason": reason });
        let (rest, last) = (self.words(rest), self.chunk(last, answer));
        format!("{rest}{last}data: [DONE]\n\n")
    }

    /// The events that say `text`, none of them too large to be read at once.
    fn words(&self, text: &str) -> String {
        let mut rest = text;
        let mut events = String::new();
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(rest.floor_char_boundary(MOST_BYTES));
            events += &self.chunk(json!({ "delta": { "content": piece } }), &Value::Null);
            rest = more;
        }
        events
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

/// The text of a chat answer that is nothing else.
fn only_text(answer: &Value) -> Option<&str> {
    let [choice] = answer["choices"].as_array()?.as_slice() else {
        return None;
    };
    let message = choice["message"].as_object()?;
    let mut names = message.keys();
    let is_text = names.all(|name| name == "role" || name == "content");
    message["content"].as_str().filter(|_| is_text)
}

fn failed(why: &str) -> String {
    tracing::warn!(error = why, "call failed after its first word");
    event(&json!({ "error": { "message": why } }))
}

fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_many_events_and_the_same_text() {
        let mut aloud = Aloud::new(&Id::try_from("t".to_owned()).unwrap());
        let text = "ä€😀".repeat(10_000);
        aloud.text = text[..9].to_owned();
        let said = aloud.whole(&json!({ "choices": [{ "message": { "content": text } }] }));
        let events: Vec<_> = said.split_terminator("\n\n").collect();
        assert!(events.iter().all(|event| event.len() < 2 * MOST_BYTES));
        let data = events.iter().map(|event| &event["data: ".len()..]);
        let chunks = data.filter_map(|data| serde_json::from_str::<Value>(data).ok());
        let words = chunks.map(|chunk| {
            let words = &chunk["choices"][0]["delta"]["content"];
            words.as_str().unwrap_or_default().to_owned()
        });
        assert_eq!(words.collect::<String>(), text[9..]);
    }

    #[test]
    fn an_answer_that_is_more_than_a_text_is_not_said() {
        let text = json!({ "message": { "role": "assistant", "content": "hi" } });
        assert_eq!(only_text(&json!({ "choices": [text] })), Some("hi"));
        let called = json!({ "message": { "content": "hi", "tool_calls": [] } });
        for more in [
            json!({ "choices": [text, text] }),
            json!({ "choices": [called] }),
            json!({ "artifacts": [{ "parts": [{ "text": "hi" }] }] }),
        ] {
            assert_eq!(only_text(&more), None, "{more}");
            assert!(
                Aloud::new(&Id::try_from("t".to_owned()).unwrap())
                    .whole(&more)
                    .contains("error")
            );
        }
    }
}
