//! What an agent says is written down as it comes, and nothing else.

use attach_gateway::domain::task::TaskState;
use serde_json::{Value, json};

use super::{Hub, artifacts, asking, message, output};
use crate::support::{
    a2a_agent::{A2aAgent, CONTEXT, Say, Step, TASK, artifact, bare, events, said, status, task},
    eventually,
    scripted::Gate,
};

#[actix_web::test]
async fn a_stream_becomes_states_messages_and_artifacts_in_order() {
    let gate = Gate::closed();
    let agent = A2aAgent::start({
        let gate = gate.clone();
        move |_| {
            Say::Stream(vec![
                Step::Event(task("SUBMITTED")),
                Step::Event(status("WORKING", said("m1", "thinking"))),
                Step::Event(artifact("a", &json!({"text": "he"}), false, false)),
                Step::Gate(gate.clone()),
                Step::Event(artifact("a", &json!({"text": "llo"}), true, true)),
                Step::Event(artifact("b", &json!({"data": {"count": 42}}), false, true)),
                Step::Event(status("COMPLETED", said("m2", "done"))),
            ])
        }
    });
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({"ask": "hello"})).await;
    eventually("the first piece is there before the rest", async || {
        let now = hub.snapshot(id).await;
        (artifacts(&now)[0]["parts"][0]["text"] == "he").then_some(())
    })
    .await;
    let now = hub.snapshot(id).await;
    assert!(now.is_attached);
    assert_eq!(message(&now)["parts"][0]["text"], "thinking");
    gate.open();
    let done = hub.completed(id).await;
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
        ]
    );
    let all = artifacts(&done);
    assert_eq!(all[0]["parts"], json!([{"text": "he"}, {"text": "llo"}]));
    assert_eq!(all[1]["parts"], json!([{"data": {"count": 42}}]));
    let last = message(&done);
    assert_eq!(last["messageId"], "m2");
    assert_eq!(last["taskId"], id.to_string(), "in our words");
    assert_eq!(last["contextId"], done.task.context);
    assert_eq!(output(&done)["artifacts"], all);
    assert_eq!(output(&done)["message"]["messageId"], "m2");
}

#[actix_web::test]
async fn a_direct_message_is_the_whole_answer_by_both_ways_of_sending() {
    for streaming in [true, false] {
        let answer = json!({ "message": said("m1", "hi") });
        let agent = A2aAgent::with(
            |card| card["capabilities"]["streaming"] = json!(streaming),
            move |asked| match &*asked.method {
                "SendStreamingMessage" => events([answer.clone()]),
                _ => Say::Result(answer.clone()),
            },
        );
        let hub = Hub::of(agent).await;
        let id = hub.send(json!({"ask": "hello"})).await;
        let done = hub.completed(id).await;
        assert!(done.is_direct && !done.is_attached);
        assert_eq!(message(&done)["parts"], json!([{"text": "hi"}]));
        assert_eq!(output(&done)["message"]["messageId"], "m1");
        assert_eq!(artifacts(&done), json!([]));
        assert_eq!(hub.kinds(id).await, ["submitted", "working", "completed"]);
        assert_eq!(hub.agent.calls().len(), 1);
    }
}

#[actix_web::test]
async fn an_agent_that_does_not_stream_is_asked_again_and_again() {
    let agent = A2aAgent::with(
        |card| card["capabilities"] = json!({}),
        |asked| {
            Say::Result(match (&*asked.method, asked.nth) {
                ("SendMessage", _) => task("SUBMITTED"),
                (_, 0) => bare("WORKING", said("m1", "one moment"), json!([])),
                (_, 1) => bare("WORKING", said("m1", "one moment"), json!([])),
                _ => {
                    let data = json!([{ "artifactId": "a", "parts": [{"data": {"n": 1.5}}] }]);
                    let mut task = bare("COMPLETED", Value::Null, data);
                    task["history"] = json!([
                        { "messageId": "u", "role": "ROLE_USER", "parts": [{"text": "x"}] },
                        said("m1", "one moment"), said("m2", "nearly there"),
                    ]);
                    task
                }
            })
        },
    );
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({"ask": "hello"})).await;
    let done = hub.completed(id).await;
    assert_eq!(
        hub.kinds(id).await,
        [
            "submitted",
            "working",
            "status",
            "artifact",
            "status",
            "completed"
        ],
        "what is said is said once, also what was said between two looks"
    );
    assert_eq!(
        output(&done),
        json!({"n": 1.5}),
        "one data part is the result"
    );
    let sent = &hub.agent.calls_of("SendMessage")[0];
    assert_eq!(sent.params["configuration"]["returnImmediately"], true);
    assert_eq!(hub.agent.calls_of("GetTask").len(), 3);
}

#[actix_web::test]
async fn the_end_is_the_agents_own() {
    for (word, state, default) in [
        ("FAILED", TaskState::Failed, "the agent failed"),
        (
            "REJECTED",
            TaskState::Rejected,
            "the agent did not take the task",
        ),
        (
            "CANCELED",
            TaskState::Canceled,
            "the agent canceled the task",
        ),
    ] {
        let agent = A2aAgent::start(move |asked| {
            let words = asked.message()["parts"][0]["data"]["words"].as_bool();
            let message = match words.unwrap() {
                true => said("m1", "no way"),
                false => Value::Null,
            };
            events([task("WORKING"), status(word, message)])
        });
        let hub = Hub::of(agent).await;
        for (words, why) in [(true, "no way"), (false, default)] {
            let id = hub.send(json!({ "words": words })).await;
            let ended = hub.until(id, state).await;
            assert_eq!(output(&ended), json!({ "detail": why }));
            assert_eq!(ended.task.detail.as_deref(), Some(why));
            assert_eq!(message(&ended)["parts"][0]["text"] == "no way", words);
        }
        assert!(hub.agent.calls_of("CancelTask").is_empty());
    }
}

#[actix_web::test]
async fn metadata_adds_up() {
    let agent = A2aAgent::start(|_| {
        let mut first = task("WORKING");
        first["task"]["metadata"] = json!({"a": 1, "b": 1});
        let mut next = status("WORKING", said("m1", "on it"));
        next["statusUpdate"]["metadata"] = json!({"b": 2, "c": {"d": [1, 2.5]}});
        events([first, next, status("COMPLETED", Value::Null)])
    });
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    let done = hub.completed(id).await;
    let metadata = done.metadata.unwrap();
    let metadata: Value = serde_json::from_str(metadata.get()).unwrap();
    assert_eq!(metadata, json!({"a": 1, "b": 2, "c": {"d": [1, 2.5]}}));
}

#[actix_web::test]
async fn numbers_are_written_as_they_were() {
    let data = json!({"whole": 42, "none": 0, "less": -7, "part": 0.5, "big": 9007199254740991i64});
    let agent = A2aAgent::start({
        let data = data.clone();
        move |_| {
            let part = json!({ "data": data.clone() });
            let end = status("COMPLETED", Value::Null);
            events([task("WORKING"), artifact("a", &part, false, true), end])
        }
    });
    let hub = Hub::of(agent).await;
    let id = hub.send(data.clone()).await;
    let done = hub.completed(id).await;
    assert_eq!(done.task.output.unwrap().get(), data.to_string());
    let sent = hub.agent.calls().remove(0);
    assert_eq!(
        sent.message()["parts"][0]["data"].to_string(),
        data.to_string()
    );
}

#[actix_web::test]
async fn a_thousand_pieces_are_few_rows_and_the_same_text() {
    let agent = A2aAgent::start(|_| {
        let piece = |n: usize| artifact("a", &json!({"text": format!("{n},")}), n > 0, n == 999);
        let pieces = (0..1000).map(piece);
        let end = status("COMPLETED", Value::Null);
        events([task("WORKING")].into_iter().chain(pieces).chain([end]))
    });
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    let done = hub.completed(id).await;
    let all: String = (0..1000).map(|n| format!("{n},")).collect();
    assert_eq!(super::text(&done), all);
    assert_eq!(artifacts(&done)[0]["parts"].as_array().unwrap().len(), 1000);
    let lines = hub.store.lines(id, 0, 100_000).await.unwrap();
    let told: Vec<_> = lines
        .iter()
        .filter(|line| line.kind == "artifact")
        .collect();
    assert!(told.len() < 200, "{} rows", told.len());
    let span = told.last().unwrap().at.0 - told[0].at.0;
    assert!(
        told.len() as i64 <= 3 + span / 40,
        "{} in {span} ms",
        told.len()
    );
    let mut text = String::new();
    for (nth, line) in told.iter().enumerate() {
        let update: Value = serde_json::from_str(line.data.as_ref().unwrap().get()).unwrap();
        assert_eq!(update["append"] == true, nth > 0);
        assert_eq!(update["lastChunk"] == true, nth == told.len() - 1);
        for part in update["artifact"]["parts"].as_array().unwrap() {
            text += part["text"].as_str().unwrap();
        }
    }
    assert_eq!(text, all, "what watchers add up is the same");
}

#[actix_web::test]
async fn parts_stay_as_the_agent_cut_them() {
    let two = json!([{"text": "one"}, {"text": "two"}]);
    let parts = two.clone();
    let agent = A2aAgent::start(move |_| {
        let artifacts = json!([{ "artifactId": "a", "parts": parts.clone() }]);
        let more = artifact("a", &json!({"text": "three"}), true, true);
        let whole = json!({ "task": bare("WORKING", Value::Null, artifacts) });
        events([whole, more, status("COMPLETED", Value::Null)])
    });
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    let done = hub.completed(id).await;
    let three = json!([two[0], two[1], {"text": "three"}]);
    assert_eq!(artifacts(&done)[0]["parts"], three);
}

#[actix_web::test]
async fn artifacts_that_take_turns_are_few_rows() {
    let agent = A2aAgent::start(|_| {
        let turns = (0..1000).map(|n| {
            let id = if n % 2 == 0 { "a" } else { "b" };
            artifact(id, &json!({"text": "x"}), n > 1, false)
        });
        let end = status("COMPLETED", Value::Null);
        events([task("WORKING")].into_iter().chain(turns).chain([end]))
    });
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    let done = hub.completed(id).await;
    for artifact in artifacts(&done).as_array().unwrap() {
        assert_eq!(artifact["parts"].as_array().unwrap().len(), 500);
    }
    let kinds = hub.kinds(id).await;
    let rows = kinds.iter().filter(|kind| *kind == "artifact").count();
    assert!(rows < 400, "{rows} rows");
}

#[actix_web::test]
async fn events_of_another_task_are_no_part_of_this_one() {
    let agent = A2aAgent::start(|_| {
        let mut other = status("FAILED", said("x", "not mine"));
        other["statusUpdate"]["taskId"] = json!("another");
        let mut piece = artifact("z", &json!({"text": "not mine"}), false, true);
        piece["artifactUpdate"]["taskId"] = json!("another");
        events([
            task("WORKING"),
            other,
            piece,
            status("COMPLETED", Value::Null),
        ])
    });
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    let done = hub.completed(id).await;
    assert_eq!(artifacts(&done), json!([]));
}

#[actix_web::test]
async fn the_message_goes_on_as_it_is_and_the_context_by_the_agents_name() {
    let agent = A2aAgent::start(|_| events([task("WORKING"), status("COMPLETED", Value::Null)]));
    let hub = Hub::of(agent).await;
    let mut request = asking("caller's own id", "hello");
    request["message"]["metadata"] = json!({"k": 1});
    request["metadata"] = json!({"r": 2});
    request["acceptedOutputModes"] = json!(["text/plain"]);
    request["extensions"] = json!(["https://example.com/a", "urn:b"]);
    let first = hub
        .say_in(Some("talk"), "helper", &json!({}), &request)
        .await;
    hub.completed(first).await;
    request["message"]["referenceTaskIds"] = json!([first.to_string(), "nobody's"]);
    let second = hub
        .say_in(Some("talk"), "helper", &json!({}), &request)
        .await;
    hub.completed(second).await;
    let calls = hub.agent.calls();
    let sent = &calls[0];
    assert_eq!(sent.message()["messageId"], "caller's own id");
    assert_eq!(sent.message()["metadata"].to_string(), r#"{"k":1}"#);
    assert_eq!(sent.params["metadata"].to_string(), r#"{"r":2}"#);
    let modes = &sent.params["configuration"]["acceptedOutputModes"];
    assert_eq!(*modes, json!(["text/plain"]));
    assert_eq!(
        sent.header("a2a-extensions"),
        "https://example.com/a, urn:b"
    );
    assert_eq!(sent.header("a2a-version"), "1.0");
    for absent in ["taskId", "contextId"] {
        let value = &sent.message()[absent];
        assert!(value.is_null() || value == "", "{absent}: {value}");
    }
    let sent = &calls[1];
    assert_eq!(sent.message()["contextId"], CONTEXT);
    assert_eq!(sent.message()["referenceTaskIds"], json!([TASK]));
}

#[actix_web::test]
async fn the_agent_learns_for_whom_it_works_by_our_token_alone() {
    let agent = A2aAgent::start(|_| events([task("WORKING"), status("COMPLETED", Value::Null)]));
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({"n": 1})).await;
    hub.completed(id).await;
    let call = hub.agent.calls().remove(0);
    assert_eq!(call.header("x-attach-user"), "ada");
    assert_eq!(call.header("x-attach-issuer"), hub.gateway.issuer.url());
    assert_eq!(call.header("x-attach-task"), id.to_string());
    assert_eq!(call.header("x-attach-attempt"), "1");
    assert!(!call.header("x-attach-session").is_empty());
    assert_eq!(call.header("idempotency-key"), id.to_string());
    let token = call
        .header("authorization")
        .strip_prefix("Bearer ")
        .unwrap();
    assert_ne!(token, hub.token);
    let claims = crate::support::key::read(token, 1);
    assert_eq!(claims["sub"], "ada");
    assert_eq!(claims["act"]["sub"], "helper");
    assert_eq!(claims["task_id"], id.to_string());
    assert_eq!(call.message()["messageId"], id.to_string());
    assert_eq!(call.message()["parts"], json!([{"data": {"n": 1}}]));
}
