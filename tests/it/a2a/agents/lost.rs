//! Streams that break off: nothing is sent twice, nothing is lost.

use serde_json::{Value, json};

use super::{Hub, text};
use crate::support::a2a_agent::{A2aAgent, Say, Step, artifact, bare, events, said, status, task};

fn piece(text: &str, append: bool) -> Value {
    artifact("a", &json!({ "text": text }), append, false)
}

fn so_far(text: &str, state: &str) -> Value {
    let artifacts = json!([{ "artifactId": "a", "parts": [{ "text": text }] }]);
    bare(state, said("m1", "working"), artifacts)
}

#[actix_web::test]
async fn a_stream_that_breaks_off_is_taken_up_where_the_agent_is() {
    for end in [Step::Cut, Step::Bytes(String::new())] {
        let agent = A2aAgent::start(move |asked| match &*asked.method {
            "SendStreamingMessage" => Say::Stream(vec![
                Step::Event(task("WORKING")),
                Step::Event(status("WORKING", said("m1", "working"))),
                Step::Event(piece("one, ", false)),
                end.clone(),
            ]),
            "GetTask" => Say::Result(so_far("one, two, ", "WORKING")),
            _ => events([
                json!({ "task": so_far("one, two, ", "WORKING") }),
                piece("three", true),
                status("COMPLETED", Value::Null),
            ]),
        });
        let hub = Hub::of(agent).await;
        let id = hub.send(json!({})).await;
        let done = hub.completed(id).await;
        assert_eq!(text(&done), "one, two, three");
        assert_eq!(
            hub.kinds(id).await,
            [
                "submitted",
                "working",
                "status",
                "artifact",
                "artifact",
                "artifact",
                "completed"
            ],
            "what the agent repeats is not written again"
        );
        assert_eq!(hub.agent.calls_of("SendStreamingMessage").len(), 1);
        assert_eq!(done.task.attempt, 1);
    }
}

#[actix_web::test]
async fn a_stream_cut_after_any_event_comes_to_the_same_end() {
    let script = [
        task("WORKING"),
        piece("a", false),
        piece("b", true),
        status("WORKING", said("m1", "working")),
        piece("c", true),
        status("COMPLETED", said("m2", "done")),
    ];
    for cut in 1..=script.len() {
        let agent = A2aAgent::start({
            let script = script.clone();
            move |asked| {
                let text: String = "abc"
                    .chars()
                    .take(match cut {
                        0 | 1 => 0,
                        2 => 1,
                        3 | 4 => 2,
                        _ => 3,
                    })
                    .collect();
                let state = if cut == script.len() {
                    "COMPLETED"
                } else {
                    "WORKING"
                };
                let now = match text.is_empty() {
                    true => bare(state, Value::Null, json!([])),
                    false => so_far(&text, state),
                };
                match &*asked.method {
                    "SendStreamingMessage" => {
                        let told = script.iter().take(cut).cloned().map(Step::Event);
                        Say::Stream(told.chain([Step::Cut]).collect())
                    }
                    "GetTask" => Say::Result(now),
                    _ => events(
                        [json!({ "task": now })]
                            .into_iter()
                            .chain(script[cut..].to_vec()),
                    ),
                }
            }
        });
        let hub = Hub::of(agent).await;
        let id = hub.send(json!({})).await;
        let done = hub.completed(id).await;
        assert_eq!(super::text(&done), "abc", "cut after {cut}");
        let said = hub.kinds(id).await;
        let said = said.iter().filter(|kind| *kind == "status").count();
        assert_eq!(said, 1, "cut after {cut}");
        assert_eq!(hub.agent.calls_of("SendStreamingMessage").len(), 1);
    }
}

#[actix_web::test]
async fn an_agent_that_cannot_be_subscribed_to_is_polled() {
    let agent = A2aAgent::start(|asked| match &*asked.method {
        "SendStreamingMessage" => Say::Stream(vec![Step::Event(task("WORKING")), Step::Cut]),
        "GetTask" if asked.nth < 3 => Say::Result(bare("WORKING", Value::Null, json!([]))),
        "GetTask" => Say::Result(so_far("end", "COMPLETED")),
        _ => Say::Error(-32004, "no streams here"),
    });
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    hub.completed(id).await;
    assert_eq!(hub.agent.calls_of("SubscribeToTask").len(), 1, "it said no");
}

#[actix_web::test]
async fn an_agent_that_is_away_or_in_trouble_for_a_moment_is_asked_again() {
    let agent = A2aAgent::start(|asked| match (&*asked.method, asked.nth) {
        ("SendStreamingMessage", _) => Say::Stream(vec![Step::Event(task("WORKING")), Step::Cut]),
        ("GetTask", 0) => Say::Raw(503, "away"),
        ("GetTask", 1) => Say::Later(429, 1),
        ("GetTask", 2) => Say::Error(-32603, "a bad moment"),
        ("GetTask", 3) => Say::Raw(403, "who are you"),
        ("GetTask", 4) => Say::Raw(404, "not found"),
        _ => Say::Result(so_far("end", "COMPLETED")),
    });
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    let done = hub.completed(id).await;
    assert_eq!(done.task.attempt, 1, "the attempt waits for it");
}

#[actix_web::test]
async fn a_stream_that_says_nothing_at_all_is_a_failed_try() {
    let agent = A2aAgent::start(|asked| match asked.nth {
        0 => Say::Stream(vec![Step::Cut]),
        _ => events([task("WORKING"), status("COMPLETED", Value::Null)]),
    });
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    let done = hub.completed(id).await;
    assert_eq!(done.task.attempt, 2);
    let sends = hub.agent.calls_of("SendStreamingMessage");
    let same = |sent: &crate::support::a2a_agent::Asked| {
        let key = sent.header("idempotency-key").to_owned();
        (sent.message()["messageId"].clone(), key)
    };
    assert_eq!(
        same(&sends[0]),
        same(&sends[1]),
        "the agent can tell that it is one"
    );
}
