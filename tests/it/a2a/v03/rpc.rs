//! JSON-RPC of 0.3.

use serde_json::{Value, json};

use super::world::{CHAT, NOBODYS, Old, answering, at_once, hello, waiting};
use crate::support::{asking::whole, gateway::Gateway, scripted::Gate};

#[actix_web::test]
async fn a_message_is_answered_with_its_task_once_that_has_ended() {
    let (gateway, agent) = answering(CHAT);
    let ada = Old::new(&gateway, "ada");
    let task = ada.result("message/send", hello("m-1")).await;
    assert_eq!(
        (&task["kind"], &task["status"]["state"]),
        (&json!("task"), &json!("completed"))
    );
    assert_eq!(
        task["artifacts"][0]["parts"],
        json!([{ "kind": "text", "text": "fn sort()" }])
    );
    assert_eq!(
        task["history"],
        json!([{
            "kind": "message", "messageId": "m-1", "role": "user",
            "taskId": task["id"], "contextId": task["contextId"],
            "parts": [{ "kind": "text", "text": "hello" }],
        }])
    );
    let posted: Value = serde_json::from_slice(&agent.seen()[0].body).unwrap();
    assert_eq!(posted["messages"][0]["content"], "hello");
}

#[actix_web::test]
async fn one_that_does_not_block_is_answered_at_once() {
    let gate = Gate::closed();
    let (gateway, _agent) = waiting(&gate);
    let ada = Old::new(&gateway, "ada");
    let task = ada.result("message/send", at_once("m")).await;
    let state = task["status"]["state"].as_str().unwrap();
    assert!(matches!(state, "submitted" | "working"), "{state}");
}

#[actix_web::test]
async fn files_and_data_reach_the_agent_and_are_shown_again() {
    let (gateway, agent) = answering(r#"[1,2]"#);
    let ada = Old::new(&gateway, "ada");
    let mut params = hello("m");
    let file = json!({ "bytes": "dGNr", "mimeType": "text/plain", "name": "t.txt" });
    params["message"]["parts"] = json!([
        { "kind": "file", "file": file, "metadata": { "a": 1 } },
        { "kind": "data", "data": { "n": 7 } },
    ]);
    let task = ada.result("message/send", params.clone()).await;
    let posted: Value = serde_json::from_slice(&agent.seen()[0].body).unwrap();
    assert_eq!(posted["messages"][0]["content"], "tck\n{\"n\":7}");
    assert_eq!(task["history"][0]["parts"], params["message"]["parts"]);
    // Data is an object in 0.3.
    assert_eq!(
        task["artifacts"][0]["parts"],
        json!([{ "kind": "data", "data": { "value": [1, 2] } }])
    );
}

#[actix_web::test]
async fn a_task_is_got_with_all_its_history_for_0_and_for_nothing() {
    let (gateway, _agent) = answering(CHAT);
    let ada = Old::new(&gateway, "ada");
    let mut params = hello("m");
    params["configuration"] = json!({ "historyLength": 0 });
    let task = ada.result("message/send", params).await;
    assert_eq!(task["history"][0]["messageId"], "m");
    for asked in [json!(null), json!(0), json!(5)] {
        let params = json!({ "id": task["id"], "historyLength": asked });
        assert_eq!(ada.result("tasks/get", params).await, task, "{asked}");
    }
    let params = json!({ "id": task["id"], "historyLength": -1 });
    assert_eq!(ada.refused("tasks/get", params).await.0, -32602);
}

#[actix_web::test]
async fn a_task_is_canceled_once() {
    let gate = Gate::closed();
    let (gateway, _agent) = waiting(&gate);
    let ada = Old::new(&gateway, "ada");
    let id = ada.sent("m").await;
    let task = ada.result("tasks/cancel", json!({ "id": id })).await;
    assert_eq!(
        (&task["kind"], &task["status"]["state"]),
        (&json!("task"), &json!("canceled"))
    );
    assert_eq!(task["status"]["message"]["kind"], "message");
    let refused = ada.refused("tasks/cancel", json!({ "id": id })).await;
    assert_eq!(refused, (-32002, "TASK_NOT_CANCELABLE".to_owned()));
}

#[actix_web::test]
async fn the_method_and_the_version_say_together_what_is_meant() {
    let (gateway, _agent) = answering(CHAT);
    let ada = Old::new(&gateway, "ada");
    let (old, new, none) = ("tasks/get", "GetTask", "tasks/explode");
    for (method, version, code) in [
        (old, None, -32001),
        (old, Some(""), -32001),
        (old, Some("0.3"), -32001),
        (old, Some("0.3.0"), -32001),
        (old, Some("1.0"), -32601),
        (old, Some("2.0"), -32009),
        (new, None, -32009),
        (new, Some("0.3"), -32009),
        (new, Some("1.0"), -32001),
        (none, None, -32601),
        (none, Some("0.3"), -32601),
        ("tasks/list", None, -32601),
    ] {
        let headers: Vec<_> = version.iter().map(|said| ("a2a-version", *said)).collect();
        let answer = ada.rpc_with(method, json!({ "id": NOBODYS }), &headers);
        let answer = whole(answer.await).await;
        let got = &answer.body["error"]["code"];
        assert_eq!(got, code, "{method} in {version:?}");
    }
}

#[actix_web::test]
async fn it_can_be_turned_off() {
    let gateway = Gateway::with(&[("A2A_V03", "off"), ("AGENTS", "coder=http://127.0.0.1:9/x")]);
    let ada = Old::new(&gateway, "ada");
    for method in ["message/send", "tasks/get", "tasks/resubscribe"] {
        let refused = ada.refused(method, hello("m")).await;
        assert_eq!(refused, (-32601, "METHOD_NOT_FOUND".to_owned()), "{method}");
    }
    for (method, path) in [
        ("POST", "/message:send"),
        ("GET", "/tasks"),
        ("GET", "/tasks/t"),
        ("GET", "/card"),
    ] {
        let answer = ada.rest(method, path, None).await;
        let status = &answer.body["error"]["status"];
        assert_eq!(
            (answer.status, status),
            (404, &json!("NOT_FOUND")),
            "{path}"
        );
    }
}
