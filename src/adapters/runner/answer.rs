//! What an agent's answer means for the task.

use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Serialize;
use serde_json::{Value, value::RawValue};

use super::{Outcome, Setback, call::Reply};
use crate::{
    adapters::store::Finish,
    domain::{header::retry_after_ms, json::is_shallow, task::TaskState, time::UnixMillis},
};

/// What the gateway's own chat says when its quota refused the call.
pub(super) const LIMITED_BY: &str = "x-attach-limited-by";

/// Input for the gateway's own chat: the result of a task is one JSON, so a
/// stream is not asked for.
pub(super) fn whole(input: &str) -> String {
    let Ok(Value::Object(mut members)) = serde_json::from_str(input) else {
        return input.to_owned();
    };
    match members.get("stream") {
        None | Some(Value::Bool(false)) => input.to_owned(),
        Some(_) => {
            members.insert("stream".to_owned(), Value::Bool(false));
            members.remove("stream_options");
            Value::Object(members).to_string()
        }
    }
}

/// What `reply`, which came at `now`, means.
pub(super) fn outcome(reply: Reply, now: UnixMillis) -> Outcome {
    let status = reply.status.as_u16();
    let json = serde_json::from_slice::<&RawValue>(&reply.body).ok();
    match (reply.status.is_success(), json) {
        (true, Some(json)) if !is_shallow(json.get()) => failed(
            "the agent's answer is nested too deeply".to_owned(),
            status,
            None,
        ),
        (true, Some(json)) => {
            let output = json.get().to_owned();
            Outcome::Finished(Finish::new(TaskState::Completed, output, None))
        }
        (true, None) => failed("the agent's answer is not JSON".to_owned(), status, None),
        (false, json) => {
            let detail = format!("agent answered {status}");
            let fail = failed(detail, status, json);
            if may_try_again(status) {
                again(fail, &reply.headers, now)
            } else {
                fail
            }
        }
    }
}

fn may_try_again(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..)
}

/// A failure that is not final. When it is our own quota that said no, the
/// agent did not fail: the attempt does not count.
fn again(fail: Outcome, headers: &HeaderMap, now: UnixMillis) -> Outcome {
    let Outcome::Finished(Finish { output, detail, .. }) = fail else {
        return fail;
    };
    let by = headers.get(LIMITED_BY);
    let asked = headers.get(RETRY_AFTER).and_then(|v| v.to_str().ok());
    Outcome::Again(Setback {
        detail: detail.unwrap_or_default(),
        output,
        after_ms: asked.and_then(|value| retry_after_ms(value, now)),
        counted: by.is_none_or(|by| by != "gateway"),
    })
}

fn failed(detail: String, status: u16, body: Option<&RawValue>) -> Outcome {
    let body = body.filter(|body| is_shallow(body.get()));
    let failure = Failure {
        detail: &detail,
        status,
        body,
    };
    let output = serde_json::to_string(&failure).unwrap_or_else(|_| "{}".to_owned());
    Outcome::Finished(Finish::new(TaskState::Failed, output, Some(detail)))
}

/// The result of a task whose agent failed; `body` is what it wrote, as it wrote
/// it.
#[derive(Serialize)]
struct Failure<'a> {
    detail: &'a str,
    status: u16,
    body: Option<&'a RawValue>,
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::*;

    fn reply(status: u16, body: &str, headers: &[(&'static str, &str)]) -> Outcome {
        let headers = headers
            .iter()
            .map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap()));
        let reply = Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers.collect(),
            body: body.as_bytes().to_vec(),
        };
        outcome(reply, UnixMillis(784_111_770_000))
    }

    #[test]
    fn the_result_is_the_exact_json_the_agent_wrote() {
        let Outcome::Finished(end) = reply(200, " {\"a\": 1.0,\"b\":[ ]} ", &[]) else {
            panic!()
        };
        assert_eq!(
            (end.state, &*end.output),
            (TaskState::Completed, "{\"a\": 1.0,\"b\":[ ]}")
        );
    }

    #[test]
    fn an_answer_that_is_no_json_and_a_refusal_are_failures() {
        for (status, body) in [(200, "<html>"), (200, ""), (404, "{\"x\":1}"), (302, "")] {
            let Outcome::Finished(end) = reply(status, body, &[]) else {
                panic!("{status}")
            };
            assert_eq!(end.state, TaskState::Failed);
        }
        let Outcome::Finished(end) = reply(404, "{\"x\":1}", &[]) else {
            panic!()
        };
        let output: Value = serde_json::from_str(&end.output).unwrap();
        assert_eq!(output["body"]["x"], 1);
        assert_eq!(output["detail"], "agent answered 404");
    }

    #[test]
    fn no_answer_is_too_odd_to_be_recorded() {
        let deep = "[".repeat(1001) + &"]".repeat(1001);
        for (status, body) in [(404, "1e999"), (404, &*deep), (200, &*deep)] {
            let Outcome::Finished(end) = reply(status, body, &[]) else {
                panic!("{status}")
            };
            assert_eq!(end.state, TaskState::Failed);
            assert!(is_shallow(&end.output) && end.output.contains("\"detail\""));
        }
    }

    #[test]
    fn what_may_pass_is_tried_again_when_the_agent_says() {
        for status in [408, 429, 500, 503] {
            let again = reply(status, "{}", &[("retry-after", "7")]);
            let Outcome::Again(again) = again else {
                panic!("{status}")
            };
            assert_eq!((again.after_ms, again.counted), (Some(7000), true));
        }
        let dated = reply(
            503,
            "{}",
            &[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")],
        );
        assert!(matches!(dated, Outcome::Again(it) if it.after_ms == Some(7000)));
        let ours = reply(429, "{}", &[("x-attach-limited-by", "gateway")]);
        assert!(matches!(ours, Outcome::Again(it) if !it.counted));
    }

    #[test]
    fn a_task_for_the_own_chat_asks_for_no_stream() {
        assert_eq!(
            whole(r#"{"stream":true,"a":1}"#),
            r#"{"a":1,"stream":false}"#
        );
        assert_eq!(whole(r#"{ "a" : 1 }"#), r#"{ "a" : 1 }"#);
    }
}
