//! JSON-RPC keeps its envelope, also for what the gateway itself has to say.

use std::time::Duration;

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::support::{
    a2a::{Asker, at_once, hello},
    agent::{Act, Agent},
    asking::whole,
    eventually,
    gateway::{Gateway, SCRAPE},
    issuer::Issuer,
    scripted::{Gate, Scripted},
    served::Served,
    sse::Events,
};

fn silent(vars: &[(&str, &str)]) -> (Gateway, Agent) {
    let agent = Agent::start(Act::Silence);
    let agents = format!("coder={}/api/chat", agent.url());
    let vars = [&[("AGENTS", &*agents)], vars].concat();
    (Gateway::with(&vars), agent)
}

fn is_ours(error: &Value, code: i32, reason: &str) {
    assert_eq!(error["code"], code, "{error}");
    assert!(error["message"].is_string());
    let info = &error["data"][0];
    assert_eq!(info["@type"], "type.googleapis.com/google.rpc.ErrorInfo");
    assert_eq!(
        (&info["reason"], &info["domain"]),
        (&json!(reason), &json!("attach-gateway"))
    );
}

#[actix_web::test]
async fn an_agent_that_nobody_knows_is_no_page_that_is_not_found() {
    let (gateway, _agent) = silent(&[]);
    let ada = Asker::new(&gateway, "ada", "nobody");
    let answer = ada.rpc("GetTask", json!({ "id": "x" })).await;
    is_ours(&answer["error"], -32602, "NOT_FOUND");
}

#[actix_web::test]
async fn a_body_that_is_too_large_is_told_so_without_an_id() {
    let (gateway, _agent) = silent(&[]);
    let ada = Asker::new(&gateway, "ada", "coder");
    let answer = whole(
        ada.rpc_response("SendMessage", hello(&"x".repeat(1_000_001)), &[])
            .await,
    );
    let answer = answer.await;
    assert_eq!((answer.status, &answer.body["id"]), (200, &Value::Null));
    assert_eq!(answer.body["jsonrpc"], "2.0");
    is_ours(&answer.body["error"], -32600, "REQUEST_TOO_LARGE");
}

#[actix_web::test]
async fn too_many_waiting_tasks_say_when_to_come_back() {
    let (gateway, agent) = silent(&[
        SCRAPE,
        ("TASK_MAX_WAITING_PER_USER", "1"),
        ("TASK_MAX_RUNNING", "1"),
    ]);
    let ada = Asker::new(&gateway, "ada", "coder");
    ada.sent("works").await;
    // One that is not yet at work leaves a place among those that wait.
    eventually("the agent works", async || {
        (agent.seen().len() == 1).then_some(())
    })
    .await;
    ada.sent("waits").await;
    let refused = whole(ada.rpc_response("SendMessage", at_once("m"), &[]).await).await;
    assert_eq!((refused.status, &refused.body["id"]), (200, &json!("r-1")));
    assert_eq!(refused.header("retry-after"), Some("1"));
    let error = &refused.body["error"];
    is_ours(error, -32000, "TOO_MANY_WAITING_TASKS");
    assert_eq!(error["data"][1]["retryDelay"], "1s");
    let hello = json!({ "kind": "message", "messageId": "m", "role": "user",
        "parts": [{ "kind": "text", "text": "x" }] });
    let old = [("a2a-version", "0.3"), ("accept", "text/event-stream")];
    let params = json!({ "message": hello });
    let mut stream = Events::of(ada.rpc_response("message/stream", params, &old).await);
    let only = stream.next().await.unwrap().data;
    is_ours(&only["error"], -32000, "TOO_MANY_WAITING_TASKS");
    assert!(stream.next().await.is_none());
    let rest = ada.rest("POST", "/message:send", Some(at_once("m"))).await;
    assert_eq!((rest.status, rest.header("retry-after")), (429, Some("1")));
    // Counted as what they mean, though two of the three came with 200.
    let counted = "attach_requests_total{route=\"/agents\",status=\"429\"} 3";
    let series = gateway.scraped().await;
    assert!(series.contains(counted), "{series}");
}

#[actix_web::test]
async fn keys_that_cannot_be_had_are_told_before_anyone_knows_the_id() {
    let (gateway, _agent) = silent(&[("OIDC_ISSUER", "http://127.0.0.1:9"), ("OIDC_AUD", "a")]);
    let mut claims = gateway.issuer.claims("ada");
    claims["iss"] = json!("http://127.0.0.1:9");
    claims["aud"] = json!("a");
    let token = gateway.issuer.sign(&claims);
    let request = gateway
        .client
        .post(gateway.at("/agents/coder"))
        .bearer_auth(token);
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "GetTask", "params": {} });
    let answer = whole(request.json(&body).send().await.unwrap()).await;
    assert_eq!(
        (answer.status, &answer.body["id"]),
        (200, &Value::Null),
        "{}",
        answer.body
    );
    assert_eq!(answer.header("retry-after"), Some("5"));
    is_ours(&answer.body["error"], -32000, "KEYS_UNAVAILABLE");
}

#[actix_web::test]
async fn who_calls_and_what_they_may_is_said_by_http() {
    let (gateway, _agent) = silent(&[("REQUIRED_SCOPES", "true")]);
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "GetTask", "params": {} });
    let request = gateway.client.post(gateway.at("/agents/coder")).json(&body);
    assert_eq!(request.send().await.unwrap().status(), 401);
    let mut claims = gateway.issuer.claims("ada");
    claims["scope"] = json!("memory:read");
    let token = gateway.issuer.sign(&claims);
    let narrow = gateway.tell(&token, "/agents/coder", &body).await;
    assert_eq!(narrow.status, 403);
}

#[actix_web::test]
async fn a_caller_who_waits_while_the_gateway_goes_down_is_told_of_the_task() {
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let gate = Gate::closed();
    let agent = Scripted::start({
        let gate = gate.clone();
        move |_| {
            let gate = gate.clone();
            async move {
                gate.pass().await;
                HttpResponse::Ok().json(json!({ "n": 1 }))
            }
        }
    });
    let agents = agent.named("coder");
    let vars = [("AGENTS", &*agents), ("SHUTDOWN_GRACE", "20")];
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    let ask = |path: &str, body: Value| {
        let request = gateway
            .client
            .post(format!("{}/agents/coder{path}", gateway.url));
        let request = request
            .bearer_auth(&gateway.token)
            .header("a2a-version", "1.0");
        let request = request.json(&body).send();
        tokio::spawn(async move { whole(request.await.unwrap()).await })
    };
    let call = json!({ "jsonrpc": "2.0", "id": 7, "method": "SendMessage", "params": hello("m") });
    let (rpc, rest) = (ask("", call), ask("/message:send", hello("n")));
    eventually("the agent works", async || {
        (agent.open() == 2).then_some(())
    })
    .await;
    gateway.process.signal("TERM");
    let (rpc, rest) = (rpc.await.unwrap(), rest.await.unwrap());
    gate.open();
    assert_eq!((rpc.status, &rpc.body["id"]), (200, &json!(7)));
    is_ours(&rpc.body["error"], -32000, "SHUTTING_DOWN");
    assert_eq!((rest.status, rest.header("retry-after")), (503, Some("1")));
    let mut named = Vec::new();
    for text in [
        &rpc.body["error"]["message"],
        &rest.body["error"]["message"],
    ] {
        let text = text.as_str().unwrap();
        let id = text
            .split("task ")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap();
        named.push(id.to_owned());
    }
    let ended = gateway.process.wait(Duration::from_secs(10));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    for id in named {
        assert_eq!(gateway.ended(&id).await["state"], "done");
    }
}
