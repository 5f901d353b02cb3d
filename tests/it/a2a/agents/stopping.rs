//! CancelTask: the agent is asked first.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use a2a::CancelTaskRequest;
use a2a_pb::pbconv;
use attach_gateway::domain::{id::TaskId, task::TaskState};
use serde_json::{Value, json};

use super::{Hub, asking, message};
use crate::support::{
    a2a::Asker,
    a2a_agent::{A2aAgent, Say, Step, TASK, bare, events, said, status, task},
    eventually,
    scripted::Gate,
};

/// An agent that works until `gate` is open, and answers a cancel with `word`.
fn worker(gate: &Gate, word: Say) -> A2aAgent {
    let gate = gate.clone();
    A2aAgent::start(move |asked| match &*asked.method {
        "CancelTask" => word.clone(),
        _ => Say::Stream(vec![
            Step::Event(task("WORKING")),
            Step::Gate(gate.clone()),
            Step::Event(status("COMPLETED", said("m", "done"))),
        ]),
    })
}

fn canceled() -> Say {
    Say::Result(bare("CANCELED", Value::Null, json!([])))
}

/// A task that its agent has.
async fn begun(ada: &Asker<'_>, hub: &Hub) -> TaskId {
    let id: TaskId = ada.sent("m").await["id"].as_str().unwrap().parse().unwrap();
    eventually("the agent has it", async || {
        hub.snapshot(id).await.is_attached.then_some(())
    })
    .await;
    id
}

#[actix_web::test]
async fn a_task_whose_agent_cannot_stop_goes_on_to_its_end() {
    let gate = Gate::closed();
    let hub = Hub::of(worker(&gate, Say::Error(-32002, "the die is cast"))).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    let id = begun(&ada, &hub).await;
    let answer = ada.rpc("CancelTask", json!({ "id": id.to_string() })).await;
    assert_eq!(answer["error"]["code"], -32002);
    assert_eq!(answer["error"]["data"][0]["reason"], "TASK_NOT_CANCELABLE");
    let why = answer["error"]["message"].as_str().unwrap();
    assert!(why.contains("the die is cast"), "{why}");
    let refused = ada.rest("POST", &format!("/tasks/{id}:cancel"), None).await;
    assert_eq!(refused.status, 400);
    assert_eq!(hub.snapshot(id).await.task.state, TaskState::Working);
    gate.open();
    let done = hub.completed(id).await;
    assert_eq!(message(&done)["parts"][0]["text"], "done");
}

#[actix_web::test]
async fn an_agent_that_stops_is_asked_once_with_the_callers_metadata_by_every_binding() {
    let gate = Gate::closed();
    let hub = Hub::of(worker(&gate, canceled())).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    let why = json!({ "why": "too slow", "n": 7 });
    for (nth, binding) in ["rpc", "rest", "old rpc", "old rest", "grpc"]
        .iter()
        .enumerate()
    {
        let id = begun(&ada, &hub).await;
        let asked = json!({ "id": id.to_string(), "metadata": why });
        let body = Some(json!({ "metadata": why }));
        match *binding {
            "rpc" => {
                let now = ada.result("CancelTask", asked).await;
                assert_eq!(now["status"]["state"], "TASK_STATE_CANCELED");
            }
            "rest" => {
                let path = format!("/tasks/{id}:cancel");
                assert_eq!(ada.rest("POST", &path, body).await.status, 200);
            }
            "old rpc" => {
                let old = [("a2a-version", "0.3")];
                let now = ada.rpc_response("tasks/cancel", asked, &old).await;
                let now: Value = now.json().await.unwrap();
                assert_eq!(now["result"]["status"]["state"], "canceled");
            }
            "old rest" => {
                let path = format!("/v1/tasks/{id}:cancel");
                let old = [("a2a-version", "0.3")];
                let request = hub
                    .gateway
                    .client
                    .post(ada.at(&path))
                    .bearer_auth(&ada.token);
                let request = request.header(old[0].0, old[0].1).json(&body);
                assert_eq!(request.send().await.unwrap().status(), 200);
            }
            _ => {
                let grpc = hub.gateway.hub("ada").await;
                let asked: CancelTaskRequest = serde_json::from_value(asked).unwrap();
                let mut asked = pbconv::to_proto_cancel_task_request(&asked);
                asked.tenant = "helper".to_owned();
                let request = grpc.request(asked);
                grpc.client.clone().cancel_task(request).await.unwrap();
            }
        }
        assert_eq!(hub.snapshot(id).await.task.state, TaskState::Canceled);
        eventually("it is hung up on", async || {
            (hub.agent.open() == 0).then_some(())
        })
        .await;
        let told = hub.agent.calls_of("CancelTask");
        assert_eq!(told.len(), nth + 1, "{binding}: told once");
        let last = told.last().unwrap();
        assert_eq!(last.params["id"], TASK, "{binding}");
        assert_eq!(last.params["metadata"], why, "{binding}");
        assert_eq!(last.header("x-attach-task"), id.to_string());
    }
}

#[actix_web::test]
async fn an_agent_that_is_in_trouble_or_slow_does_not_keep_its_task_alive_and_is_told_again() {
    for (word, at_most) in [
        (Say::Raw(500, ""), 4),
        (Say::Error(-32603, "I broke"), 4),
        (Say::Raw(200, "<html>"), 4),
        (Say::Silence, 8),
    ] {
        let gate = Gate::closed();
        let hub = Hub::of(worker(&gate, word.clone())).await;
        let ada = Asker::new(&hub.gateway, "ada", "helper");
        let id = begun(&ada, &hub).await;
        let asked = Instant::now();
        let now = ada
            .result("CancelTask", json!({ "id": id.to_string() }))
            .await;
        assert!(asked.elapsed() < Duration::from_secs(at_most), "{word:?}");
        assert_eq!(now["status"]["state"], "TASK_STATE_CANCELED");
        eventually("it is told again", async || {
            (hub.agent.calls_of("CancelTask").len() == 2).then_some(())
        })
        .await;
    }
}

#[actix_web::test]
async fn what_the_agent_says_at_its_end_is_what_the_caller_reads() {
    let gate = Gate::closed();
    let agent = A2aAgent::start({
        let gate = gate.clone();
        move |asked| match &*asked.method {
            "CancelTask" => {
                gate.open();
                canceled()
            }
            _ => Say::Stream(vec![
                Step::Event(task("WORKING")),
                Step::Gate(gate.clone()),
                Step::Event(status("CANCELED", said("m", "half of it is done"))),
            ]),
        }
    });
    let hub = Hub::of(agent).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    let id = begun(&ada, &hub).await;
    let now = ada
        .result("CancelTask", json!({ "id": id.to_string() }))
        .await;
    assert_eq!(now["status"]["state"], "TASK_STATE_CANCELED");
    let text = &now["status"]["message"]["parts"][0]["text"];
    assert_eq!(text, "half of it is done");
    let again = ada
        .refused("CancelTask", json!({ "id": id.to_string() }))
        .await;
    assert_eq!(again.0, -32002);
}

#[actix_web::test]
async fn an_agent_that_takes_note_is_not_hung_up_on() {
    let gate = Gate::closed();
    let agent = A2aAgent::start({
        let gate = gate.clone();
        move |asked| match &*asked.method {
            "CancelTask" => Say::Result(bare("WORKING", Value::Null, json!([]))),
            _ => Say::Stream(vec![
                Step::Event(task("WORKING")),
                Step::Gate(gate.clone()),
                Step::Event(status("CANCELED", Value::Null)),
            ]),
        }
    });
    let hub = Hub::of(agent).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    let id = begun(&ada, &hub).await;
    let now = ada
        .result("CancelTask", json!({ "id": id.to_string() }))
        .await;
    assert_eq!(now["status"]["state"], "TASK_STATE_WORKING");
    gate.open();
    hub.until(id, TaskState::Canceled).await;
}

#[actix_web::test]
async fn a_task_that_waits_for_its_caller_is_asked_about_like_any_other() {
    for (word, state) in [
        (canceled(), TaskState::Canceled),
        (Say::Error(-32002, "no"), TaskState::InputRequired),
    ] {
        let agent = A2aAgent::start(move |asked| match &*asked.method {
            "CancelTask" => word.clone(),
            _ => events([task("WORKING"), status("INPUT_REQUIRED", said("q", "?"))]),
        });
        let hub = Hub::of(agent).await;
        let ada = Asker::new(&hub.gateway, "ada", "helper");
        let id = hub.say("helper", &json!({}), &asking("m", "x")).await;
        hub.until(id, TaskState::InputRequired).await;
        ada.rpc("CancelTask", json!({ "id": id.to_string() })).await;
        assert_eq!(hub.snapshot(id).await.task.state, state);
    }
}

#[actix_web::test]
async fn what_an_agent_handed_on_ends_with_the_task_that_it_stops_itself() {
    let gate = Gate::closed();
    let agent = A2aAgent::start({
        let gate = gate.clone();
        move |asked| match &*asked.method {
            "CancelTask" => {
                gate.open();
                canceled()
            }
            _ => Say::Stream(vec![
                Step::Event(task("WORKING")),
                Step::Gate(gate.clone()),
                Step::Event(status("CANCELED", Value::Null)),
            ]),
        }
    });
    let hub = Hub::of(agent).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    let id = begun(&ada, &hub).await;
    // What the agent does with the token it was called with.
    let calls = hub.agent.calls_of("SendStreamingMessage");
    let token = calls[0].header("authorization").strip_prefix("Bearer ");
    let child = json!({ "target": "helper", "input": {} });
    let child = hub.gateway.send(token.unwrap(), &child).await;
    ada.result("CancelTask", json!({ "id": id.to_string() }))
        .await;
    let child = hub.snapshot(child.parse().unwrap()).await;
    assert_eq!(child.task.state, TaskState::Canceled);
}

#[actix_web::test]
async fn what_an_agent_handed_on_ends_with_the_task_that_it_stops_later() {
    let gate = Gate::closed();
    let agent = A2aAgent::start({
        let gate = gate.clone();
        let begun = Arc::new(AtomicBool::new(false));
        move |asked| match &*asked.method {
            "CancelTask" => Say::Result(bare("WORKING", Value::Null, json!([]))),
            _ if begun.swap(true, Ordering::SeqCst) => {
                Say::Stream(vec![Step::Event(task("WORKING")), Step::Silence])
            }
            _ => Say::Stream(vec![
                Step::Event(task("WORKING")),
                Step::Gate(gate.clone()),
                Step::Event(status("CANCELED", Value::Null)),
            ]),
        }
    });
    let hub = Hub::of(agent).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    let id = begun(&ada, &hub).await;
    let calls = hub.agent.calls_of("SendStreamingMessage");
    let token = calls[0].header("authorization").strip_prefix("Bearer ");
    let child = json!({ "target": "helper", "input": {} });
    let child: TaskId = hub
        .gateway
        .send(token.unwrap(), &child)
        .await
        .parse()
        .unwrap();
    eventually("the child is at work", async || {
        hub.snapshot(child).await.is_attached.then_some(())
    })
    .await;
    let noted = json!({ "id": id.to_string() });
    let now = ada.result("CancelTask", noted).await;
    assert_eq!(now["status"]["state"], "TASK_STATE_WORKING");
    assert_eq!(hub.snapshot(child).await.task.state, TaskState::Working);
    gate.open();
    hub.until(id, TaskState::Canceled).await;
    // In the same transaction: there is nothing to wait for.
    assert_eq!(hub.snapshot(child).await.task.state, TaskState::Canceled);
    eventually("the agent of the child is told", async || {
        let told = hub.agent.calls_of("CancelTask");
        let child = child.to_string();
        let told = told.iter().any(|one| one.header("x-attach-task") == child);
        told.then_some(())
    })
    .await;
}

#[actix_web::test]
async fn a_silent_agent_is_asked_about_one_task_once_and_about_few_at_a_time() {
    let gate = Gate::closed();
    let hub = Hub::of(worker(&gate, Say::Silence)).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    let mut tasks = Vec::new();
    for _ in 0..6 {
        tasks.push(begun(&ada, &hub).await);
    }
    // Those who are only told say nothing of why.
    let why = json!({ "why": "enough" });
    let asked_about = || {
        let calls = hub.agent.calls_of("CancelTask");
        let asked = calls.iter().filter(|one| one.params["metadata"] == why);
        let asked = asked.map(|one| one.header("x-attach-task").to_owned());
        asked.collect::<Vec<_>>()
    };
    let cancels = tasks.iter().map(|id| {
        let asked = json!({ "id": id.to_string(), "metadata": why });
        ada.result("CancelTask", asked)
    });
    let again = async {
        let first = eventually("it is asked", async || asked_about().pop()).await;
        let asked = json!({ "id": first, "metadata": why });
        let now = ada.result("CancelTask", asked).await;
        assert_eq!(now["status"]["state"], "TASK_STATE_WORKING");
    };
    let (ended, ()) = futures_util::join!(futures_util::future::join_all(cancels), again);
    for now in ended {
        assert_eq!(now["status"]["state"], "TASK_STATE_CANCELED");
    }
    let mut asked = asked_about();
    asked.sort_unstable();
    asked.dedup();
    assert_eq!((asked.len(), asked_about().len()), (4, 4));
}

#[actix_web::test]
async fn a_caller_who_leaves_in_the_middle_has_still_canceled() {
    let gate = Gate::closed();
    let hub = Hub::of(worker(&gate, Say::Silence)).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    let id = begun(&ada, &hub).await;
    let cancel = ada.rpc_response("CancelTask", json!({ "id": id.to_string() }), &[]);
    let left = tokio::time::timeout(Duration::from_millis(300), cancel).await;
    assert!(left.is_err(), "the agent says nothing");
    hub.until(id, TaskState::Canceled).await;
}
