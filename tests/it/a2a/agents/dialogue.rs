//! Agents that ask: for input, and for credentials.

use attach_gateway::domain::task::TaskState;
use serde_json::{Value, json};

use super::{Hub, artifacts, asking, message};
use crate::support::{
    a2a_agent::{A2aAgent, Asked, Say, Step, TASK, artifact, bare, events, said, status, task},
    eventually,
    scripted::Gate,
};

fn is_answer(asked: &Asked) -> bool {
    asked.message()["taskId"] == TASK
}

/// The task as it asks, without telling a history.
fn asks() -> Value {
    bare("INPUT_REQUIRED", said("q1", "which one?"), json!([]))
}

#[actix_web::test]
async fn a_question_waits_for_the_caller_and_the_answer_goes_to_the_same_task() {
    let agent = A2aAgent::start(|asked| match &*asked.method {
        "GetTask" => Say::Result(asks()),
        _ if is_answer(asked) => events([
            // As some agents do: the task as it was, before they take the answer.
            json!({ "task": asks() }),
            status("WORKING", Value::Null),
            artifact("a", &json!({"text": "second"}), true, true),
            status("COMPLETED", said("m2", "bye")),
        ]),
        _ => events([
            task("WORKING"),
            artifact("a", &json!({"text": "first, "}), false, false),
            status("INPUT_REQUIRED", said("q1", "which one?")),
        ]),
    });
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    let paused = hub.until(id, TaskState::InputRequired).await;
    assert_eq!(message(&paused)["parts"][0]["text"], "which one?");
    assert_eq!(artifacts(&paused)[0]["parts"][0]["text"], "first, ");
    let status = hub
        .gateway
        .get(&hub.token, &format!("/a2a/tasks/status/{id}"))
        .await;
    assert_eq!(
        status.json::<Value>().await.unwrap()["state"],
        "in_progress"
    );
    eventually("the attempt is over", async || {
        (hub.agent.open() == 0).then_some(())
    })
    .await;

    hub.follow_up(id, "answer", "the blue one").await;
    let done = hub.completed(id).await;
    assert_eq!(super::text(&done), "first, second");
    assert_eq!(
        hub.kinds(id).await,
        [
            "submitted",
            "working",
            "artifact",
            "input-required",
            "message",
            "working",
            "artifact",
            "completed"
        ]
    );
    let sends = hub.agent.calls_of("SendStreamingMessage");
    assert_eq!(sends.len(), 2);
    assert_eq!(sends[1].message()["messageId"], "answer");
    assert_eq!(sends[1].message()["contextId"], "remote-context");
    assert_eq!(sends[1].header("x-attach-attempt"), "2");
    let said: Vec<Value> = done
        .history
        .iter()
        .map(|raw| serde_json::from_str(raw.get()).unwrap())
        .collect();
    let ids: Vec<_> = said
        .iter()
        .map(|message| message["messageId"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["q1", "answer"], "in order, each once");
}

#[actix_web::test]
async fn an_agent_may_ask_as_often_as_it_likes() {
    let agent = A2aAgent::with(
        |card| card["capabilities"] = json!({}),
        |asked| match &*asked.method {
            "GetTask" => Say::Result(asks()),
            _ if asked.nth == 6 => Say::Result(task("COMPLETED")),
            _ => {
                let question = said(&format!("q{}", asked.nth), "and?");
                Say::Result(json!({ "task": bare("INPUT_REQUIRED", question, json!([])) }))
            }
        },
    );
    let hub = Hub::with(agent, &[("TASK_MAX_ATTEMPTS", "2")]).await;
    let id = hub.send(json!({})).await;
    for nth in 0..6 {
        eventually("it asks", async || {
            let now = hub.snapshot(id).await;
            let asks = now.task.state == TaskState::InputRequired;
            (asks && message(&now)["messageId"] == format!("q{nth}")).then_some(())
        })
        .await;
        hub.follow_up(id, &format!("a{nth}"), "more").await;
    }
    hub.completed(id).await;
    let sends = hub.agent.calls_of("SendMessage");
    let ids: Vec<_> = sends
        .iter()
        .skip(1)
        .map(|sent| sent.message()["messageId"].clone())
        .collect();
    assert_eq!(json!(ids), json!(["a0", "a1", "a2", "a3", "a4", "a5"]));
}

#[actix_web::test]
async fn an_answer_that_comes_too_late_finds_the_end() {
    let agent = A2aAgent::start(|asked| match &*asked.method {
        "GetTask" => Say::Result(bare("FAILED", said("m", "nobody answered"), json!([]))),
        _ => events([task("INPUT_REQUIRED")]),
    });
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    hub.until(id, TaskState::InputRequired).await;
    hub.follow_up(id, "answer", "blue").await;
    let failed = hub.failed(id).await;
    assert_eq!(failed.task.detail.as_deref(), Some("nobody answered"));
    assert_eq!(hub.agent.calls_of("SendStreamingMessage").len(), 1);
}

#[actix_web::test]
async fn an_agent_that_gets_credentials_elsewhere_goes_on_by_itself() {
    let gate = Gate::closed();
    let agent = A2aAgent::start({
        let gate = gate.clone();
        move |_| {
            Say::Stream(vec![
                Step::Event(task("WORKING")),
                Step::Event(status("AUTH_REQUIRED", said("q1", "sign in there"))),
                Step::Gate(gate.clone()),
                Step::Event(status("AUTH_REQUIRED", said("q2", "still waiting"))),
                Step::Event(status("WORKING", said("m1", "thank you"))),
                Step::Event(artifact("a", &json!({"text": "x"}), false, true)),
                Step::Event(status("COMPLETED", Value::Null)),
            ])
        }
    });
    let hub = Hub::with(agent, &[("TASK_MAX_RUNNING", "1"), ("TASK_TIMEOUT", "2")]).await;
    let id = hub.send(json!({})).await;
    hub.until(id, TaskState::AuthRequired).await;
    let other = hub.send(json!({})).await;
    hub.until(other, TaskState::AuthRequired).await;
    eventually("longer than a call may take", async || {
        let now = hub.snapshot(id).await;
        let waited = attach_gateway::domain::time::UnixMillis::now().0 - now.task.updated_at.0;
        assert_eq!(now.task.state, TaskState::AuthRequired);
        (waited > 2500).then_some(())
    })
    .await;
    gate.open();
    hub.completed(id).await;
    hub.completed(other).await;
    assert_eq!(
        hub.kinds(id).await,
        [
            "submitted",
            "working",
            "auth-required",
            "status",
            "working",
            "status",
            "artifact",
            "completed"
        ]
    );
    assert_eq!(hub.agent.calls().len(), 2, "one call a task was enough");
}

#[actix_web::test]
async fn an_answer_takes_the_place_of_one_who_only_listened() {
    let agent = A2aAgent::start(|asked| match &*asked.method {
        "GetTask" => Say::Result(bare("AUTH_REQUIRED", said("q1", "sign in"), json!([]))),
        _ if is_answer(asked) => events([status("COMPLETED", Value::Null)]),
        _ => Say::Stream(vec![
            Step::Event(status("AUTH_REQUIRED", said("q1", "sign in"))),
            Step::Silence,
        ]),
    });
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    hub.until(id, TaskState::AuthRequired).await;
    hub.follow_up(id, "answer", "done").await;
    hub.completed(id).await;
    eventually("nobody listens any more", async || {
        (hub.agent.open() == 0).then_some(())
    })
    .await;
    assert_eq!(hub.agent.calls_of("SendStreamingMessage").len(), 2);
}

#[actix_web::test]
async fn an_answer_that_the_agent_has_is_not_sent_again() {
    for has_history in [true, false] {
        let agent = A2aAgent::start(move |asked| match (&*asked.method, asked.nth) {
            ("GetTask", 0) => Say::Result(asks()),
            ("GetTask", _) => {
                let mut task = bare("COMPLETED", Value::Null, json!([]));
                if has_history {
                    task["history"] = json!([asking("answer", "blue")["message"]]);
                }
                Say::Result(task)
            }
            ("SubscribeToTask", _) => Say::Error(-32004, "not now"),
            // It takes the answer, and the connection breaks.
            _ if is_answer(asked) => {
                Say::Stream(vec![Step::Event(status("WORKING", Value::Null)), Step::Cut])
            }
            _ => events([json!({ "task": asks() })]),
        });
        let hub = Hub::of(agent).await;
        let id = hub.send(json!({})).await;
        hub.until(id, TaskState::InputRequired).await;
        hub.follow_up(id, "answer", "blue").await;
        hub.completed(id).await;
        assert_eq!(hub.agent.calls_of("SendStreamingMessage").len(), 2);
    }
}

#[actix_web::test]
async fn an_answer_may_have_the_id_of_the_question_it_began_with() {
    let agent = A2aAgent::start(|asked| match (&*asked.method, asked.nth) {
        ("GetTask", _) => {
            // It has heard this id once, and not what is now said under it.
            let mut task = asks();
            task["history"] = json!([asking("m", "paint it")["message"]]);
            Say::Result(task)
        }
        (_, 0) => events([json!({ "task": asks() })]),
        (_, 1) => Say::Raw(503, "away"),
        _ => events([status("COMPLETED", Value::Null)]),
    });
    let hub = Hub::of(agent).await;
    let id = hub
        .say("helper", &json!({}), &asking("m", "paint it"))
        .await;
    hub.until(id, TaskState::InputRequired).await;
    hub.follow_up(id, "m", "blue").await;
    hub.completed(id).await;
    let sends = hub.agent.calls_of("SendStreamingMessage");
    let keys: Vec<_> = sends
        .iter()
        .map(|sent| sent.header("idempotency-key"))
        .collect();
    assert_eq!(keys.len(), 3);
    assert_eq!(keys[0], id.to_string());
    assert_ne!(keys[1], keys[0], "another message");
    assert_eq!(keys[2], keys[1], "the same, again");
    assert_eq!(sends[2].message()["parts"][0]["text"], "blue");
}

#[actix_web::test]
async fn an_agent_that_went_on_by_itself_needs_no_answer() {
    for (code, later) in [(-32004, "WORKING"), (-32602, "COMPLETED")] {
        let agent = A2aAgent::start(move |asked| match (&*asked.method, asked.nth) {
            ("GetTask", 0) => Say::Result(bare("WORKING", Value::Null, json!([]))),
            ("GetTask", _) => Say::Result(bare(later, Value::Null, json!([]))),
            ("SubscribeToTask", _) => events([status("COMPLETED", said("m", "it is done"))]),
            _ if is_answer(asked) => Say::Error(code, "it needs nothing"),
            _ => Say::Stream(vec![
                Step::Event(status("AUTH_REQUIRED", said("q1", "sign in"))),
                Step::Silence,
            ]),
        });
        let hub = Hub::of(agent).await;
        let id = hub.send(json!({})).await;
        hub.until(id, TaskState::AuthRequired).await;
        hub.follow_up(id, "answer", "signed in").await;
        let done = hub.completed(id).await;
        assert_eq!(done.task.attempt, 2);
    }
}

#[actix_web::test]
async fn an_agent_that_asks_on_and_takes_no_answer_has_failed() {
    let agent = A2aAgent::start(|asked| match &*asked.method {
        "GetTask" => Say::Result(asks()),
        _ if is_answer(asked) => Say::Error(-32004, "no answers"),
        _ => events([json!({ "task": asks() })]),
    });
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    hub.until(id, TaskState::InputRequired).await;
    hub.follow_up(id, "answer", "blue").await;
    let failed = hub.failed(id).await;
    let why = failed.task.detail.unwrap();
    assert_eq!(why, "the agent refused: no answers");
}
