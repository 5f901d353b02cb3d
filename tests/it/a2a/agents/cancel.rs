//! A caller who wants no more: the agent is told.

use attach_gateway::domain::task::TaskState;
use serde_json::{Value, json};

use super::Hub;
use crate::support::{
    a2a_agent::{A2aAgent, Asked, Say, Step, TASK, events, said, status, task},
    eventually,
    scripted::Gate,
};

fn helper(state: &'static str, cancel: Say) -> A2aAgent {
    A2aAgent::start(move |asked| match &*asked.method {
        "CancelTask" => cancel.clone(),
        _ if state == "INPUT_REQUIRED" => events([task("WORKING"), status(state, said("q", "?"))]),
        _ => Say::Stream(vec![
            Step::Event(task("WORKING")),
            Step::Event(status(state, said("q", "?"))),
            Step::Silence,
        ]),
    })
}

async fn cancel(hub: &Hub, id: impl std::fmt::Display) {
    let path = format!("/a2a/tasks/cancel/{id}");
    let answer = hub.gateway.post(&hub.token, &path, &json!({})).await;
    assert_eq!(answer.status(), 200);
}

async fn told(hub: &Hub) -> Asked {
    eventually("the agent is told", async || {
        hub.agent.calls_of("CancelTask").pop()
    })
    .await
}

#[actix_web::test]
async fn the_agent_of_a_canceled_task_is_told_whether_it_works_or_waits() {
    for (word, state) in [
        ("WORKING", TaskState::Working),
        ("INPUT_REQUIRED", TaskState::InputRequired),
        ("AUTH_REQUIRED", TaskState::AuthRequired),
    ] {
        let ended = Say::Result(task("CANCELED")["task"].clone());
        let hub = Hub::of(helper(word, ended)).await;
        let id = hub.send(json!({})).await;
        eventually("it is that far", async || {
            let now = hub.snapshot(id).await;
            (now.task.state == state && now.message.is_some()).then_some(())
        })
        .await;
        cancel(&hub, id).await;
        let told = told(&hub).await;
        assert_eq!(told.params["id"], TASK);
        assert_eq!(told.header("x-attach-task"), id.to_string());
        assert!(told.header("authorization").starts_with("Bearer "));
        eventually("it is hung up on", async || {
            (hub.agent.open() == 0).then_some(())
        })
        .await;
        let canceled = hub.snapshot(id).await;
        assert_eq!(canceled.task.state, TaskState::Canceled);
    }
}

#[actix_web::test]
async fn an_agent_that_does_not_listen_keeps_nobody_waiting() {
    for deaf in [
        Say::Silence,
        Say::Error(-32002, "too late"),
        Say::Raw(500, ""),
    ] {
        let hub = Hub::of(helper("WORKING", deaf)).await;
        let id = hub.send(json!({})).await;
        eventually("it works", async || {
            hub.snapshot(id).await.message.map(|_| ())
        })
        .await;
        let asked = std::time::Instant::now();
        cancel(&hub, id).await;
        assert!(asked.elapsed() < std::time::Duration::from_secs(5));
        told(&hub).await;
        let next = hub.send(json!({})).await;
        eventually("the next one is worked on", async || {
            hub.snapshot(next).await.message.map(|_| ())
        })
        .await;
    }
}

#[actix_web::test]
async fn an_agent_whose_task_ended_by_itself_is_told_nothing() {
    let agent = A2aAgent::start(|_| events([task("WORKING"), status("COMPLETED", Value::Null)]));
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    hub.completed(id).await;
    let path = format!("/a2a/tasks/cancel/{id}");
    let refused = hub.gateway.post(&hub.token, &path, &json!({})).await;
    assert_eq!(refused.status(), 409);
    let next = hub.send(json!({})).await;
    hub.completed(next).await;
    assert!(hub.agent.calls_of("CancelTask").is_empty());
}

#[actix_web::test]
async fn an_agent_that_names_its_task_too_late_is_told_then() {
    let gate = Gate::closed();
    let agent = A2aAgent::start({
        let gate = gate.clone();
        move |asked| match &*asked.method {
            "CancelTask" => Say::Result(task("CANCELED")["task"].clone()),
            _ => Say::Stream(vec![
                Step::Gate(gate.clone()),
                Step::Event(task("WORKING")),
                Step::Silence,
            ]),
        }
    });
    let hub = Hub::with(agent, &[("TASK_MAX_RUNNING", "1")]).await;
    let id = hub.send(json!({})).await;
    eventually("it is asked", async || {
        hub.agent.calls_of("SendStreamingMessage").pop()
    })
    .await;
    cancel(&hub, id).await;
    let next = hub.send(json!({})).await;
    eventually("the next has its place", async || {
        (hub.agent.calls_of("SendStreamingMessage").len() == 2).then_some(())
    })
    .await;
    gate.open();
    let asked = told(&hub).await;
    assert_eq!(asked.params["id"], TASK);
    assert_eq!(hub.snapshot(id).await.task.state, TaskState::Canceled);
    cancel(&hub, next).await;
    eventually("nobody listens any more", async || {
        (hub.agent.open() == 0).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn an_agent_that_does_not_listen_holds_up_no_other() {
    let deaf = helper("WORKING", Say::Silence);
    let agent = helper("WORKING", Say::Result(task("CANCELED")["task"].clone()));
    let agents = format!("{},{}", agent.named("helper"), deaf.named("deaf"));
    let gateway = crate::support::gateway::Gateway::with(&[("AGENTS", &agents)]);
    let hub = Hub::over(gateway, agent).await;
    let mut ids = vec![hub.send(json!({})).await.to_string()];
    for _ in 0..20 {
        let task = json!({ "target": "deaf", "input": {} });
        ids.push(hub.gateway.send(&hub.token, &task).await);
    }
    for id in &ids {
        eventually("it works", async || {
            let now = hub.snapshot(id.parse().unwrap()).await;
            now.message.map(|_| ())
        })
        .await;
    }
    for id in ids.iter().rev() {
        cancel(&hub, id).await;
    }
    let asked = std::time::Instant::now();
    told(&hub).await;
    assert!(asked.elapsed() < std::time::Duration::from_secs(5));
}
