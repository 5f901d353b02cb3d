//! Ending a task before its agent does.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::support::{
    agent::{Act, Agent},
    asking::Answer,
    eventually,
    gateway::Gateway,
    scripted::{Place, Scripted},
};

async fn cancel(gateway: &Gateway, token: &str, id: &str) -> Answer {
    let path = format!("/a2a/tasks/cancel/{id}");
    gateway.tell(token, &path, &json!({})).await
}

#[actix_web::test]
async fn a_canceled_task_ends_and_its_agent_is_hung_up_on() {
    let agent = Agent::start(Act::Silence);
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    eventually("the agent works", async || {
        (agent.open() == 1).then_some(())
    })
    .await;
    let canceled = cancel(&gateway, &token, &id).await;
    assert_eq!(canceled.status, 200);
    assert_eq!(canceled.body["state"], "error");
    let result = json!({ "detail": "canceled by its owner" });
    assert_eq!(canceled.body["result"], result);
    eventually("the connection is closed", async || {
        (agent.open() == 0).then_some(())
    })
    .await;
    let kinds = gateway.kinds(&token, &id).await;
    assert_eq!(kinds, ["submitted", "working", "canceled"]);
    assert_eq!(agent.seen().len(), 1, "and it is not called again");
}

#[actix_web::test]
async fn a_task_that_has_ended_stays_as_it_ended() {
    let agent = Agent::start(Act::Raw(200, "application/json", "{\"x\":1}".into()));
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    let ended = gateway.ended(&token, &id).await;
    let refused = cancel(&gateway, &token, &id).await;
    assert_eq!(
        (refused.status, refused.detail()),
        (409, "the task has ended: done")
    );
    assert_eq!(gateway.status(&token, &id).await, ended);

    agent.act(Act::Silence);
    let id = gateway.send(&token, &task).await;
    assert_eq!(cancel(&gateway, &token, &id).await.status, 200);
    let again = cancel(&gateway, &token, &id).await;
    assert_eq!(
        (again.status, again.detail()),
        (409, "the task has ended: error")
    );
}

#[actix_web::test]
async fn an_unknown_task_cannot_be_canceled() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let id = "00000000-0000-7000-8000-000000000000";
    let answer = cancel(&gateway, &token, id).await;
    assert_eq!((answer.status, answer.detail()), (404, "unknown task"));
}

#[actix_web::test]
async fn a_waiting_task_is_canceled_before_its_agent_hears_of_it() {
    let agent = Agent::start(Act::Silence);
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[
        ("AGENTS", &agents),
        ("SHUTDOWN_GRACE", "1"),
        ("TASK_MAX_RUNNING", "1"),
    ]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let running = gateway.send(&token, &task).await;
    gateway.reaches(&token, &running, "in_progress").await;
    let waiting = gateway.send(&token, &task).await;
    assert_eq!(cancel(&gateway, &token, &waiting).await.status, 200);
    assert_eq!(cancel(&gateway, &token, &running).await.status, 200);
    let kinds = gateway.kinds(&token, &waiting).await;
    assert_eq!(kinds, ["submitted", "canceled"]);
    let next = gateway.send(&token, &task).await;
    let called = eventually("the next one is called", async || {
        let called = agent.seen();
        (called.len() > 1).then_some(called)
    })
    .await;
    let tasks: Vec<_> = called.iter().map(|s| s.header("x-attach-task")).collect();
    assert_eq!(tasks, [Some(&*running), Some(&*next)]);
}

/// A planner that hands off to `coder` and waits for it, and a coder that never
/// answers.
fn hand_off() -> (Gateway, Scripted, Agent) {
    let place = Place::default();
    let planner = Scripted::start({
        let place = place.clone();
        move |call| {
            let place = place.clone();
            async move {
                let task = json!({ "target": "coder", "input": {} });
                HttpResponse::Ok().json(place.hand_off(&call, &task).await)
            }
        }
    });
    let coder = Agent::start(Act::Silence);
    let agents = format!(
        "{},coder={}/api/chat",
        planner.named("planner"),
        coder.url()
    );
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    place.set(&gateway.url);
    (gateway, planner, coder)
}

async fn child_of(gateway: &Gateway, token: &str, parent: &str) -> Value {
    let path = format!("/a2a/tasks?parent={parent}");
    eventually("the child is there", async || {
        let list = gateway.ask(token, &path).await.body;
        list["tasks"].get(0).cloned()
    })
    .await
}

#[actix_web::test]
async fn the_children_end_with_their_parent() {
    let (gateway, planner, coder) = hand_off();
    let token = gateway.token("ada");
    let task = json!({ "target": "planner", "input": {} });
    let parent = gateway.send(&token, &task).await;
    let child = child_of(&gateway, &token, &parent).await;
    let child = child["task_id"].as_str().unwrap();
    eventually("the coder works", async || {
        (coder.open() == 1).then_some(())
    })
    .await;
    assert_eq!(cancel(&gateway, &token, &parent).await.status, 200);
    for id in [&parent, child] {
        let status = gateway.status(&token, id).await;
        assert_eq!(status["state"], "error", "{status}");
        assert_eq!(gateway.kinds(&token, id).await.last().unwrap(), "canceled");
    }
    eventually("both agents are hung up on", async || {
        (planner.open() == 0 && coder.open() == 0).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn a_canceled_child_leaves_its_parent_to_its_agent() {
    let (gateway, _planner, coder) = hand_off();
    let token = gateway.token("ada");
    let task = json!({ "target": "planner", "input": {} });
    let parent = gateway.send(&token, &task).await;
    let child = child_of(&gateway, &token, &parent).await;
    let child = child["task_id"].as_str().unwrap().to_owned();
    assert_eq!(cancel(&gateway, &token, &child).await.status, 200);
    let ended = gateway.ended(&token, &parent).await;
    assert_eq!(ended["state"], "done", "the agent said so: {ended}");
    assert_eq!(ended["result"]["state"], "error");
    eventually("the coder is hung up on", async || {
        (coder.open() == 0).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn a_refused_cancel_leaves_the_children_alone() {
    let place = Place::default();
    let planner = Scripted::start({
        let place = place.clone();
        move |call| {
            let place = place.clone();
            async move {
                let task = json!({ "target": "coder", "input": {} });
                let (_, accepted) = place.post(&call, "/a2a/tasks/send", &task).await;
                HttpResponse::Ok().json(accepted)
            }
        }
    });
    let coder = Agent::start(Act::Silence);
    let agents = format!(
        "{},coder={}/api/chat",
        planner.named("planner"),
        coder.url()
    );
    let gateway = Gateway::with(&[("AGENTS", &agents), ("SHUTDOWN_GRACE", "1")]);
    place.set(&gateway.url);
    let token = gateway.token("ada");
    let task = json!({ "target": "planner", "input": {} });
    let parent = gateway.send(&token, &task).await;
    let ended = gateway.ended(&token, &parent).await;
    let child = ended["result"]["task_id"].as_str().unwrap().to_owned();
    eventually("the coder works", async || {
        (coder.open() == 1).then_some(())
    })
    .await;
    assert_eq!(cancel(&gateway, &token, &parent).await.status, 409);
    let status = gateway.status(&token, &child).await;
    assert_eq!(status["state"], "in_progress", "{status}");
    assert_eq!(coder.open(), 1);
}

#[actix_web::test]
async fn an_agents_token_dies_with_its_task() {
    let gateway_of = Place::default();
    let agent = Scripted::start(move |_| std::future::pending());
    let gateway = Gateway::with(&[("AGENTS", &agent.named("coder"))]);
    gateway_of.set(&gateway.url);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    let call = eventually("the agent is called", async || {
        agent.calls().first().cloned()
    })
    .await;
    let (status, _) = gateway_of.get(&call, "/mem/events").await;
    assert_eq!(status, 200);
    assert_eq!(cancel(&gateway, &token, &id).await.status, 200);
    let (status, _) = gateway_of.get(&call, "/mem/events").await;
    assert_eq!(status, 401);
}
