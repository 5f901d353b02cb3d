//! An agent that makes no task of a message: the caller is told why, in the
//! agent's own words.

use std::time::{Duration, Instant};

use attach_gateway::domain::task::TaskState;
use serde_json::{Value, json};
use tonic::Code;

use super::{Hub, output};
use crate::support::{
    a2a::{Asker, at_once, hello},
    a2a_agent::{A2aAgent, Say, Step, events, status, task},
    file,
    gateway::Gateway,
    hub::{says, to},
    sse::Events,
};

const REFUSALS: [(i32, &str, u16, Code); 5] = [
    (
        -32005,
        "CONTENT_TYPE_NOT_SUPPORTED",
        400,
        Code::InvalidArgument,
    ),
    (-32006, "INVALID_AGENT_RESPONSE", 500, Code::Internal),
    (
        -32008,
        "EXTENSION_SUPPORT_REQUIRED",
        400,
        Code::FailedPrecondition,
    ),
    (-32602, "INVALID_PARAMS", 400, Code::InvalidArgument),
    (
        -32004,
        "UNSUPPORTED_OPERATION",
        400,
        Code::FailedPrecondition,
    ),
];

fn refusing(streams: bool, say: Say) -> A2aAgent {
    A2aAgent::with(
        move |card| card["capabilities"]["streaming"] = json!(streams),
        move |_| say.clone(),
    )
}

#[actix_web::test]
async fn a_refusal_comes_back_as_the_error_it_is_to_those_who_wait() {
    for (code, reason, status, grpc_code) in REFUSALS {
        for streams in [true, false] {
            let hub = Hub::of(refusing(streams, Say::Error(code, "not that"))).await;
            let ada = Asker::new(&hub.gateway, "ada", "helper");
            for method in ["SendMessage", "SendStreamingMessage"] {
                let answer = ada.rpc(method, hello("m")).await;
                let error = &answer["error"];
                assert_eq!(error["code"], code, "{method}: {answer}");
                assert_eq!(error["data"][0]["reason"], reason);
                assert_eq!(error["message"], "the agent refused: not that");
            }
            for path in ["/message:send", "/message:stream"] {
                let answer = ada.rest("POST", path, Some(hello("m"))).await;
                assert_eq!(answer.status, status, "{path}");
                assert_eq!(answer.body["error"]["details"][0]["reason"], reason);
            }
            let grpc = hub.gateway.hub("ada").await;
            let refused = grpc.send(to("helper", says("hi"))).await.unwrap_err();
            assert_eq!(refused.code(), grpc_code);
        }
    }
}

#[actix_web::test]
async fn a_refusal_as_the_first_event_of_a_stream_is_one_too() {
    let steps = vec![Step::Error(-32005, "no pictures")];
    let hub = Hub::of(refusing(true, Say::Stream(steps))).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    assert_eq!(ada.refused("SendMessage", hello("m")).await.0, -32005);
}

#[actix_web::test]
async fn an_answer_that_is_none_is_an_invalid_agent_response() {
    let mut nameless = task("WORKING");
    nameless["task"]["id"] = json!("");
    for streams in [true, false] {
        let odd = match streams {
            true => events([nameless.clone()]),
            false => Say::Result(nameless.clone()),
        };
        for say in [Say::Raw(200, "<html>"), odd] {
            let hub = Hub::of(refusing(streams, say)).await;
            let ada = Asker::new(&hub.gateway, "ada", "helper");
            let refused = ada.refused("SendMessage", hello("m")).await;
            assert_eq!(refused, (-32006, "INVALID_AGENT_RESPONSE".to_owned()));
            let answer = ada.rest("POST", "/message:send", Some(hello("m"))).await;
            assert_eq!(
                (answer.status, &answer.body["error"]["status"]),
                (500, &json!("INTERNAL"))
            );
        }
    }
}

#[actix_web::test]
async fn the_agents_own_trouble_is_a_task_that_failed() {
    for say in [Say::Error(-32603, "I broke"), Say::Error(-32000, "odd")] {
        let hub = Hub::of(refusing(true, say)).await;
        let ada = Asker::new(&hub.gateway, "ada", "helper");
        let sent = ada.result("SendMessage", hello("m")).await;
        let now = &sent["task"]["status"];
        assert_eq!(now["state"], "TASK_STATE_FAILED");
        let why = now["message"]["parts"][0]["text"].as_str().unwrap();
        assert!(why.starts_with("the agent refused: "), "{why}");
    }
}

#[actix_web::test]
async fn who_does_not_wait_has_a_task_that_says_why() {
    let hub = Hub::of(refusing(true, Say::Error(-32005, "no pictures"))).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    let sent = ada.result("SendMessage", at_once("m")).await;
    let id = sent["task"]["id"].as_str().unwrap().parse().unwrap();
    hub.until(id, TaskState::Rejected).await;
    let now = ada.result("GetTask", json!({ "id": id.to_string() })).await;
    assert_eq!(now["status"]["state"], "TASK_STATE_REJECTED");
    let why = &now["status"]["message"]["parts"][0]["text"];
    assert_eq!(why, "the agent refused: no pictures");
    let mark = &now["status"]["message"]["metadata"]["attach"];
    let reason = "CONTENT_TYPE_NOT_SUPPORTED";
    assert_eq!(*mark, json!({ "code": -32005, "reason": reason }));
}

#[actix_web::test]
async fn the_simple_face_says_it_as_ever() {
    let hub = Hub::of(refusing(true, Say::Error(-32005, "no pictures"))).await;
    let id = hub.send(json!({})).await;
    let ended = hub.until(id, TaskState::Rejected).await;
    let why = json!({ "detail": "the agent refused: no pictures" });
    assert_eq!(output(&ended), why);
    let status = hub.gateway.ended(&hub.token, &id.to_string()).await;
    assert_eq!(status["state"], "error");
}

#[actix_web::test]
async fn a_request_that_is_repeated_is_refused_again_without_the_agent() {
    let hub = Hub::of(refusing(true, Say::Error(-32602, "bad"))).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    let key = [("idempotency-key", "k-1")];
    for _ in 0..2 {
        let answer = ada.rpc_response("SendMessage", hello("m"), &key).await;
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["error"]["code"], -32602);
    }
    assert_eq!(hub.agent.calls().len(), 1);
}

fn demanding(card: &mut Value) {
    card["capabilities"]["extensions"] = json!([{ "uri": "urn:x:needed", "required": true }]);
}

#[actix_web::test]
async fn an_extension_that_the_agent_requires_holds_from_the_first_message_on() {
    let done = events([task("WORKING"), status("COMPLETED", Value::Null)]);
    for method in ["SendMessage", "SendStreamingMessage"] {
        let play = done.clone();
        let hub = Hub::of(A2aAgent::with(demanding, move |_| play.clone())).await;
        let ada = Asker::new(&hub.gateway, "ada", "helper");
        let refused = ada.refused(method, hello("m")).await;
        assert_eq!(refused, (-32008, "EXTENSION_SUPPORT_REQUIRED".to_owned()));
        assert!(hub.agent.calls().is_empty(), "{method}");
        let knows = [("a2a-extensions", "urn:x:needed")];
        let served = ada.rpc_response("SendMessage", hello("m"), &knows).await;
        assert_eq!(served.headers()["a2a-extensions"], "urn:x:needed");
        assert_eq!(hub.agent.calls().len(), 1);
    }
}

#[actix_web::test]
async fn an_agent_whose_card_does_not_come_keeps_a_message_for_a_moment_only() {
    let silent = |card: &mut Value| card["x-silent-from"] = json!(0);
    let hub = Hub::of(A2aAgent::with(silent, |_| Say::Silence)).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    let asked = Instant::now();
    let task = ada.sent("m").await;
    assert!(asked.elapsed() < Duration::from_secs(8));
    assert!(task["id"].is_string());
}

fn of_type(kind: &str) -> Value {
    json!({ "message": { "messageId": "m", "role": "ROLE_USER",
        "parts": [{ "raw": "AAAA", "mediaType": kind }] } })
}

fn painter() -> A2aAgent {
    let edit = |card: &mut Value| {
        card["defaultInputModes"] = json!(["text/plain", "application/*"]);
        card["skills"][0]["inputModes"] = json!(["image/png"]);
    };
    let done = events([task("WORKING"), status("COMPLETED", Value::Null)]);
    A2aAgent::with(edit, move |_| done.clone())
}

#[actix_web::test]
async fn a_type_that_neither_the_card_nor_a_skill_names_does_not_reach_the_agent() {
    let hub = Hub::of(painter()).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    for method in ["SendMessage", "SendStreamingMessage"] {
        let answer = ada.rpc(method, of_type("video/mp4")).await;
        let error = &answer["error"];
        assert_eq!(error["code"], -32005, "{answer}");
        let why = error["message"].as_str().unwrap();
        assert!(
            why.contains("video/mp4") && why.contains("image/png"),
            "{why}"
        );
    }
    let answer = ada.rest("POST", "/message:send", Some(of_type("video/mp4")));
    assert_eq!(answer.await.status, 400);
    assert!(hub.agent.calls().is_empty());
    for kind in ["image/png", "application/pdf", "text/plain; charset=utf-8"] {
        ada.result("SendMessage", of_type(kind)).await;
    }
    let params = hello("m");
    let mut stream = Events::of(ada.rpc_response("SendStreamingMessage", params, &[]).await);
    assert!(stream.next().await.unwrap().data["result"].is_object());
    assert_eq!(hub.agent.calls().len(), 4);
}

#[actix_web::test]
async fn what_the_configuration_says_that_an_agent_takes_counts_instead() {
    let agent = painter();
    let config = file(&format!(
        "[[agent]]\nname = \"helper\"\nkind = \"a2a\"\ninternal = true\nurl = \"{}\"\n[agent.card]\ninput_modes = [\"video/*\"]\n",
        agent.url()
    ));
    let gateway = Gateway::with(&[("ATTACH_CONFIG", config.path().to_str().unwrap())]);
    let hub = Hub::over(gateway, agent).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    ada.result("SendMessage", of_type("video/mp4")).await;
    let refused = ada.refused("SendMessage", of_type("image/png")).await;
    assert_eq!(refused.0, -32005);
    let public = hub
        .gateway
        .card("/agents/helper/.well-known/agent-card.json");
    assert_eq!(public.await["defaultInputModes"], json!(["video/*"]));
}
