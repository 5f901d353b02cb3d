//! The HTTP+JSON binding.

use serde_json::{Value, json};

use crate::support::{
    a2a::{Asker, hello},
    agent::{Act, Agent},
    asking::whole,
    gateway::Gateway,
    sse::Events,
};

fn plain() -> (Gateway, Agent) {
    let agent = Agent::start(Act::Raw(200, "application/json", "{}".to_owned()));
    let agents = format!("coder={}/api/chat", agent.url());
    (Gateway::with(&[("AGENTS", &agents)]), agent)
}

#[actix_web::test]
async fn every_operation_has_its_path_also_behind_the_agents_name() {
    let (gateway, _agent) = plain();
    let ada = Asker::new(&gateway, "ada", "coder");
    for prefix in ["", "/coder"] {
        let sent = ada
            .rest("POST", &format!("{prefix}/message:send"), Some(hello("m")))
            .await;
        assert_eq!(sent.status, 200);
        let id = sent.body["task"]["id"].as_str().unwrap();
        let got = ada
            .rest("GET", &format!("{prefix}/tasks/{id}"), None)
            .await
            .body;
        assert_eq!(got, sent.body["task"]);
        let listed = ada
            .rest("GET", &format!("{prefix}/tasks?pageSize=1"), None)
            .await
            .body;
        assert_eq!(listed["tasks"][0]["id"], *id);
        let path = format!("{prefix}/message:stream");
        let events = Events::of(
            ada.rest_response("POST", &path, Some(hello("m")), &[])
                .await,
        );
        let told = events.rest().await;
        assert!(told[0].data.get("task").is_some());
        let last = &told.last().unwrap().data["statusUpdate"];
        assert_eq!(last["status"]["state"], "TASK_STATE_COMPLETED");
        let path = format!("{prefix}/tasks/{id}:cancel");
        assert_eq!(ada.rest("POST", &path, Some(json!({}))).await.status, 400);
    }
}

#[actix_web::test]
async fn an_answer_has_the_type_of_the_request_and_else_the_protocols() {
    let (gateway, _agent) = plain();
    let ada = Asker::new(&gateway, "ada", "coder");
    let kind = async |headers: &[(&str, &str)]| {
        let answer = ada.rest_response("GET", "/tasks", None, headers).await;
        answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(kind(&[]).await, "application/a2a+json");
    assert_eq!(kind(&[("accept", "*/*")]).await, "application/a2a+json");
    assert_eq!(
        kind(&[("accept", "application/json")]).await,
        "application/json"
    );
    assert_eq!(
        kind(&[("content-type", "application/json; charset=utf-8")]).await,
        "application/json"
    );
    let request = gateway
        .client
        .post(ada.at("/message:send"))
        .bearer_auth(&ada.token);
    let request = request.header("a2a-version", "1.0");
    let request = request.header("content-type", "application/a2a+json; charset=utf-8");
    let answer = request.body(hello("m").to_string()).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/a2a+json");
    assert_eq!(answer.status(), 200);
}

#[actix_web::test]
async fn a_body_that_is_none_is_refused_and_a_route_that_is_none_is_not_there() {
    let (gateway, _agent) = plain();
    let ada = Asker::new(&gateway, "ada", "coder");
    for body in ["", "{", "[]", "3"] {
        let request = gateway
            .client
            .post(ada.at("/message:send"))
            .bearer_auth(&ada.token);
        let request = request.header("a2a-version", "1.0").body(body);
        let answer = whole(request.send().await.unwrap()).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.body["error"]["status"], "INVALID_ARGUMENT");
    }
    let answer = ada.rest("PUT", "/tasks", None).await;
    assert_eq!(
        (answer.status, &answer.body["error"]["status"]),
        (404, &json!("NOT_FOUND"))
    );
    let large = json!({ "message": { "messageId": "x".repeat(1_000_001) } });
    let answer = ada.rest("POST", "/message:send", Some(large)).await;
    assert_eq!(answer.status, 413);
    assert!(answer.body["error"]["message"].is_string());
}

#[actix_web::test]
async fn a_task_that_runs_is_watched_by_post_and_by_get() {
    let agent = Agent::start(Act::Silence);
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let ada = Asker::new(&gateway, "ada", "coder");
    let id = ada.sent("m").await["id"].as_str().unwrap().to_owned();
    for method in ["GET", "POST"] {
        let path = format!("/tasks/{id}:subscribe");
        let mut events = Events::of(ada.rest_response(method, &path, None, &[]).await);
        let first: Value = events.next().await.unwrap().data;
        assert_eq!(first["task"]["id"], *id);
    }
}
