//! What bounds a task: time, places, depth, queue and age.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::support::{
    agent::{Act, Agent},
    eventually,
    gateway::Gateway,
    scripted::{Gate, Place, Scripted},
};

#[actix_web::test]
async fn an_agent_that_takes_too_long_is_hung_up_on() {
    let agent = Agent::start(Act::Silence);
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[
        ("AGENTS", &agents),
        ("TASK_TIMEOUT", "1"),
        ("TASK_MAX_ATTEMPTS", "2"),
    ]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    let ended = gateway.ended(&token, &id).await;
    assert_eq!(
        (&ended["state"], &ended["attempt"]),
        (&json!("error"), &json!(2))
    );
    let result = json!({ "detail": "the agent did not answer within 1 s" });
    assert_eq!(ended["result"], result);
    eventually("the connections are closed", async || {
        (agent.open() == 0).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn no_more_than_the_places_run_at_once() {
    let gate = Gate::closed();
    let agent = Scripted::start({
        let gate = gate.clone();
        move |_| {
            let gate = gate.clone();
            async move {
                gate.pass().await;
                HttpResponse::Ok().json(json!({}))
            }
        }
    });
    let agents = agent.named("coder");
    let gateway = Gateway::with(&[("AGENTS", &agents), ("TASK_MAX_RUNNING", "3")]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let mut ids = Vec::new();
    for _ in 0..10 {
        ids.push(gateway.send(&token, &task).await);
    }
    eventually("three run", async || (agent.open() == 3).then_some(())).await;
    let waiting = gateway.ask(&token, "/a2a/tasks?state=queued").await.body;
    assert_eq!(waiting["tasks"].as_array().unwrap().len(), 7);
    assert_eq!(agent.calls().len(), 3);
    gate.open();
    for id in &ids {
        assert_eq!(gateway.ended(&token, id).await["state"], "done");
    }
    let called = agent.calls();
    let mut order: Vec<_> = called.iter().map(|call| call.task().to_owned()).collect();
    order[..3].sort();
    assert_eq!(order[..3], ids[..3], "the oldest first");
    assert_eq!(order.len(), 10);
}

/// An agent that hands off to itself as often as it may.
fn nesting() -> (Scripted, Place) {
    let place = Place::default();
    let agent = Scripted::start({
        let place = place.clone();
        move |call| {
            let place = place.clone();
            async move {
                let task = json!({ "target": "nester", "input": {} });
                HttpResponse::Ok().json(place.hand_off(&call, &task).await)
            }
        }
    });
    (agent, place)
}

#[actix_web::test]
async fn one_place_is_enough_for_a_parent_that_waits_for_its_child() {
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
    let coder = Agent::start(Act::Raw(200, "application/json", "{\"code\":1}".into()));
    let agents = format!(
        "{},coder={}/api/chat",
        planner.named("planner"),
        coder.url()
    );
    let gateway = Gateway::with(&[("AGENTS", &agents), ("TASK_MAX_RUNNING", "1")]);
    place.set(&gateway.url);
    let token = gateway.token("ada");
    let task = json!({ "target": "planner", "input": {} });
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(gateway.send(&token, &task).await);
    }
    for id in ids {
        let ended = gateway.ended(&token, &id).await;
        assert_eq!(ended["state"], "done", "{ended}");
        assert_eq!(ended["result"]["result"], json!({ "code": 1 }));
    }
}

#[actix_web::test]
async fn hand_offs_in_a_row_are_counted_and_bounded() {
    let (agent, place) = nesting();
    let agents = agent.named("nester");
    let gateway = Gateway::with(&[
        ("AGENTS", &agents),
        ("TASK_MAX_DEPTH", "3"),
        ("TASK_MAX_RUNNING", "1"),
    ]);
    place.set(&gateway.url);
    let token = gateway.token("ada");
    let task = json!({ "target": "nester", "input": {} });
    let id = gateway.send(&token, &task).await;
    let ended = gateway.ended(&token, &id).await;
    assert_eq!(ended["state"], "done", "{ended}");
    let mut depth = 0;
    let mut result: &Value = &ended["result"];
    while result.get("refused").is_none() {
        result = &result["result"];
        depth += 1;
        assert!(depth < 10, "{ended}");
    }
    assert_eq!(depth, 3, "one task and three under it");
    assert_eq!(result["refused"], 422);
    let detail = result["detail"].as_str().unwrap();
    assert!(detail.contains("TASK_MAX_DEPTH"), "{detail}");
    assert_eq!(agent.calls().len(), 4);
}

#[actix_web::test]
async fn one_persons_queue_is_bounded_and_nobody_elses() {
    let agent = Agent::start(Act::Silence);
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[
        ("SHUTDOWN_GRACE", "1"),
        ("AGENTS", &agents),
        ("TASK_MAX_RUNNING", "1"),
        ("TASK_MAX_WAITING_PER_USER", "2"),
    ]);
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let task = json!({ "target": "coder", "input": {} });
    let running = gateway.send(&ada, &task).await;
    gateway.reaches(&ada, &running, "in_progress").await;
    gateway.send(&ada, &task).await;
    gateway.send(&ada, &task).await;
    let refused = gateway.tell(&ada, "/a2a/tasks/send", &task).await;
    assert_eq!(
        (refused.status, refused.detail()),
        (429, "too many waiting tasks")
    );
    assert_eq!(refused.header("retry-after"), Some("1"));
    let list = gateway.ask(&ada, "/a2a/tasks").await.body;
    assert_eq!(list["tasks"].as_array().unwrap().len(), 3, "none was kept");
    gateway.send(&bob, &task).await;

    let path = format!("/a2a/tasks/cancel/{running}");
    assert_eq!(gateway.tell(&ada, &path, &json!({})).await.status, 200);
    eventually("there is room again", async || {
        let answer = gateway.tell(&ada, "/a2a/tasks/send", &task).await;
        (answer.status == 200).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn ended_tasks_are_forgotten_after_a_while_and_others_are_not() {
    let agent = Agent::start(Act::Raw(200, "application/json", "{}".into()));
    let silent = Agent::start(Act::Silence);
    let agents = format!(
        "coder={}/api/chat,poet={}/api/chat",
        agent.url(),
        silent.url()
    );
    let gateway = Gateway::with(&[("AGENTS", &agents), ("SHUTDOWN_GRACE", "1")]);
    let token = gateway.token("ada");
    let old = gateway
        .send(&token, &json!({ "target": "coder", "input": {} }))
        .await;
    let unfinished = gateway
        .send(&token, &json!({ "target": "poet", "input": {} }))
        .await;
    let ended = gateway.ended(&token, &old).await;
    let (engine, issuer, data) = gateway.stop();
    let updated = ended["updated"].as_f64().unwrap();
    eventually("the task is two seconds old", async || {
        let now = attach_gateway::domain::time::UnixMillis::now().secs_f64();
        (now > updated + 2.0).then_some(())
    })
    .await;
    let vars = [
        ("AGENTS", &*agents),
        ("TASK_TTL", "1s"),
        ("SHUTDOWN_GRACE", "1"),
    ];
    let gateway = Gateway::over(engine, issuer, data, &vars);
    let token = gateway.token("ada");
    eventually("the old task is gone", async || {
        let path = format!("/a2a/tasks/status/{old}");
        (gateway.ask(&token, &path).await.status == 404).then_some(())
    })
    .await;
    let path = format!("/a2a/tasks/status/{unfinished}");
    assert_eq!(gateway.ask(&token, &path).await.status, 200);
}
