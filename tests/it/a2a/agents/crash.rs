//! The gateway is killed, and the agent goes on.

use std::path::Path;

use attach_gateway::{adapters::store::Store, domain::task::TaskState};
use serde_json::{Value, json};

use super::store_at;
use crate::support::{
    a2a_agent::{A2aAgent, Say, Step, artifact, bare, events, said, status, task},
    eventually,
    issuer::Issuer,
    scripted::Gate,
    served::Served,
};

async fn state(store: &Store, id: &str) -> TaskState {
    let id = id.parse().unwrap();
    store.task(id, None).await.unwrap().state
}

/// A gateway that sent a task to `agent`, killed once it is in `wanted`.
async fn killed(data: &Path, issuer: &Issuer, agent: &A2aAgent, wanted: &str) -> String {
    let agents = agent.named("helper");
    let gateway = Served::start(data, issuer, &[("AGENTS", &agents)]).await;
    let id = gateway
        .send(&json!({ "target": "helper", "input": {} }))
        .await;
    eventually("it is that far", async || {
        let kinds = gateway.kinds(&id).await;
        kinds.iter().any(|kind| kind == wanted).then_some(())
    })
    .await;
    gateway.process.kill();
    eventually("the agent is hung up on", async || {
        (agent.open() == 0).then_some(())
    })
    .await;
    id
}

fn so_far(state: &str) -> Value {
    let artifacts = json!([{ "artifactId": "a", "parts": [{ "text": "one, two, " }] }]);
    bare(state, Value::Null, artifacts)
}

#[actix_web::test]
async fn a_task_at_work_is_taken_up_and_nothing_is_sent_again() {
    let agent = A2aAgent::start(|asked| match &*asked.method {
        "SendStreamingMessage" => Say::Stream(vec![
            Step::Event(task("WORKING")),
            Step::Event(artifact("a", &json!({"text": "one, "}), false, false)),
            Step::Silence,
        ]),
        "GetTask" => Say::Result(so_far("WORKING")),
        _ => events([
            json!({ "task": so_far("WORKING") }),
            artifact("a", &json!({"text": "three"}), true, true),
            status("COMPLETED", Value::Null),
        ]),
    });
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let id = killed(data.path(), &issuer, &agent, "artifact").await;
    let agents = agent.named("helper");
    let gateway = Served::start(data.path(), &issuer, &[("AGENTS", &agents)]).await;
    let ended = gateway.ended(&id).await;
    assert_eq!(ended["state"], "done", "{ended}");
    let parts = &ended["result"]["artifacts"][0]["parts"];
    assert_eq!(*parts, json!([{"text": "one, two, "}, {"text": "three"}]));
    assert_eq!(agent.calls_of("SendStreamingMessage").len(), 1);
    assert_eq!(ended["attempt"], 2);
}

#[actix_web::test]
async fn a_task_that_ended_meanwhile_is_found_ended() {
    let agent = A2aAgent::start(|asked| match &*asked.method {
        "SendStreamingMessage" => {
            let first = artifact("a", &json!({"text": "one, "}), false, false);
            Say::Stream(vec![
                Step::Event(task("WORKING")),
                Step::Event(first),
                Step::Silence,
            ])
        }
        _ => Say::Result(so_far("COMPLETED")),
    });
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let id = killed(data.path(), &issuer, &agent, "artifact").await;
    let agents = agent.named("helper");
    let gateway = Served::start(data.path(), &issuer, &[("AGENTS", &agents)]).await;
    let ended = gateway.ended(&id).await;
    let parts = &ended["result"]["artifacts"][0]["parts"];
    assert_eq!(*parts, json!([{"text": "one, two, "}]));
    let methods: Vec<_> = agent
        .calls()
        .into_iter()
        .map(|asked| asked.method)
        .collect();
    assert_eq!(methods, ["SendStreamingMessage", "GetTask"]);
}

#[actix_web::test]
async fn a_task_that_waits_for_credentials_is_listened_to_again() {
    let gate = Gate::closed();
    let agent = A2aAgent::start({
        let gate = gate.clone();
        move |asked| match &*asked.method {
            "SendStreamingMessage" => Say::Stream(vec![
                Step::Event(task("WORKING")),
                Step::Event(status("AUTH_REQUIRED", said("q", "sign in"))),
                Step::Silence,
            ]),
            "GetTask" => Say::Result(bare("AUTH_REQUIRED", said("q", "sign in"), json!([]))),
            _ => Say::Stream(vec![
                Step::Gate(gate.clone()),
                Step::Event(status("WORKING", said("m", "thank you"))),
                Step::Event(status("COMPLETED", Value::Null)),
            ]),
        }
    });
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let id = killed(data.path(), &issuer, &agent, "auth-required").await;
    let agents = agent.named("helper");
    let gateway = Served::start(data.path(), &issuer, &[("AGENTS", &agents)]).await;
    eventually("it listens", async || {
        (!agent.calls_of("SubscribeToTask").is_empty()).then_some(())
    })
    .await;
    let store = store_at(data.path()).await;
    assert_eq!(state(&store, &id).await, TaskState::AuthRequired);
    gate.open();
    assert_eq!(gateway.ended(&id).await["state"], "done");
    assert_eq!(
        gateway.kinds(&id).await,
        [
            "submitted",
            "working",
            "auth-required",
            "working",
            "status",
            "completed"
        ]
    );
    assert_eq!(agent.calls_of("SendStreamingMessage").len(), 1);
}

#[actix_web::test]
async fn an_agent_that_is_away_when_the_gateway_comes_back_is_waited_for() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let play = |asked: &crate::support::a2a_agent::Asked| match &*asked.method {
        "SendStreamingMessage" => {
            let first = artifact("a", &json!({"text": "one, "}), false, false);
            Say::Stream(vec![
                Step::Event(task("WORKING")),
                Step::Event(first),
                Step::Silence,
            ])
        }
        _ => Say::Result(so_far("COMPLETED")),
    };
    let agent = A2aAgent::on(listener, |_| (), play);
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let agents = agent.named("helper");
    let id = killed(data.path(), &issuer, &agent, "artifact").await;
    drop(agent);
    let gateway = Served::start(data.path(), &issuer, &[("AGENTS", &agents)]).await;
    eventually("it is claimed again", async || {
        (gateway.status(&id).await["attempt"] == 2).then_some(())
    })
    .await;
    let agent = A2aAgent::on(std::net::TcpListener::bind(at).unwrap(), |_| (), play);
    let ended = gateway.ended(&id).await;
    assert_eq!(
        (&ended["state"], &ended["attempt"]),
        (&json!("done"), &json!(2))
    );
    assert!(agent.calls_of("SendStreamingMessage").is_empty());
}
