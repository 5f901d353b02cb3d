//! What cannot be done is told in the protocol's words.

use serde_json::{Value, json};

use crate::support::{
    a2a::{Asker, hello, text},
    agent::{Act, Agent},
    asking::whole,
    file,
    gateway::Gateway,
};

fn plain() -> (Gateway, Agent) {
    let agent = Agent::start(Act::Raw(200, "application/json", "{}".to_owned()));
    let agents = format!("coder={}/api/chat", agent.url());
    (Gateway::with(&[("AGENTS", &agents)]), agent)
}

const NOBODYS: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

#[actix_web::test]
async fn an_unknown_task_is_not_found_by_any_operation() {
    let (gateway, _agent) = plain();
    let ada = Asker::new(&gateway, "ada", "coder");
    for id in [NOBODYS, "no id"] {
        let mut message = hello("m");
        message["message"]["taskId"] = json!(id);
        for (method, params) in [
            ("GetTask", json!({ "id": id })),
            ("CancelTask", json!({ "id": id })),
            ("SubscribeToTask", json!({ "id": id })),
            ("SendMessage", message.clone()),
            ("SendStreamingMessage", message),
        ] {
            let refused = ada.refused(method, params).await;
            assert_eq!(refused, (-32001, "TASK_NOT_FOUND".to_owned()), "{method}");
        }
        let answer = ada
            .rest("GET", &format!("/tasks/{}", id.replace(' ', "%20")), None)
            .await;
        assert_eq!(
            (answer.status, &answer.body["error"]["status"]),
            (404, &json!("NOT_FOUND"))
        );
    }
}

#[actix_web::test]
async fn an_ended_task_takes_no_message_no_watcher_and_no_cancel() {
    let (gateway, _agent) = plain();
    let ada = Asker::new(&gateway, "ada", "coder");
    let task = ada.result("SendMessage", hello("m")).await["task"].clone();
    let id = &task["id"];
    let mut message = hello("m-2");
    message["message"]["taskId"] = id.clone();
    for (method, params, code, reason) in [
        (
            "SendMessage",
            message.clone(),
            -32004,
            "UNSUPPORTED_OPERATION",
        ),
        (
            "SendStreamingMessage",
            message,
            -32004,
            "UNSUPPORTED_OPERATION",
        ),
        (
            "SubscribeToTask",
            json!({ "id": id }),
            -32004,
            "UNSUPPORTED_OPERATION",
        ),
        (
            "CancelTask",
            json!({ "id": id }),
            -32002,
            "TASK_NOT_CANCELABLE",
        ),
    ] {
        let refused = ada.refused(method, params).await;
        assert_eq!(refused, (code, reason.to_owned()), "{method}");
    }
    let path = format!("/tasks/{}:cancel", id.as_str().unwrap());
    let answer = ada.rest("POST", &path, None).await;
    let error = &answer.body["error"];
    assert_eq!(
        (answer.status, &error["status"]),
        (400, &json!("FAILED_PRECONDITION"))
    );
    assert_eq!(error["details"][0]["reason"], "TASK_NOT_CANCELABLE");
    assert_eq!(error["details"][0]["domain"], "a2a-protocol.org");
}

#[actix_web::test]
async fn a_bad_request_is_told_field_by_field_in_both_bindings() {
    let (gateway, agent) = plain();
    let ada = Asker::new(&gateway, "ada", "coder");
    let bad = json!({ "message": { "role": "ROLE_USER", "parts": [] } });
    let answer = ada.rpc("SendMessage", bad.clone()).await;
    let rest = ada.rest("POST", "/message:send", Some(bad)).await;
    assert_eq!(
        (answer["error"]["code"].as_i64(), rest.status),
        (Some(-32602), 400)
    );
    for details in [&answer["error"]["data"], &rest.body["error"]["details"]] {
        assert_eq!(
            details[0]["@type"],
            "type.googleapis.com/google.rpc.ErrorInfo"
        );
        assert_eq!(
            details[1]["@type"],
            "type.googleapis.com/google.rpc.BadRequest"
        );
        let fields = details[1]["fieldViolations"].as_array().unwrap();
        let fields: Vec<_> = fields
            .iter()
            .map(|v| v["field"].as_str().unwrap())
            .collect();
        assert_eq!(fields, ["message.messageId", "message.parts"]);
    }
    assert_eq!(agent.seen().len(), 0);
}

#[actix_web::test]
async fn nobody_speaks_for_the_agent() {
    let (gateway, _agent) = plain();
    let ada = Asker::new(&gateway, "ada", "coder");
    let mut params = hello("m");
    params["message"]["role"] = json!("ROLE_AGENT");
    assert_eq!(ada.refused("SendMessage", params.clone()).await.0, -32602);
    assert_eq!(
        ada.rest("POST", "/message:send", Some(params)).await.status,
        400
    );
}

#[actix_web::test]
async fn a_part_of_an_unknown_type_is_not_supported() {
    let (gateway, _agent) = plain();
    let ada = Asker::new(&gateway, "ada", "coder");
    for part in [
        json!({ "raw": "AAAA", "mediaType": "image/png" }),
        json!({ "text": "x", "mediaType": "application/x-odd" }),
        json!({ "url": "https://example.com/a" }),
    ] {
        let message = json!({ "messageId": "m", "role": "ROLE_USER", "parts": [part] });
        let refused = ada
            .refused("SendMessage", json!({ "message": message }))
            .await;
        assert_eq!(refused, (-32005, "CONTENT_TYPE_NOT_SUPPORTED".to_owned()));
    }
}

#[actix_web::test]
async fn json_rpc_itself_is_held_to_its_rules() {
    let (gateway, _agent) = plain();
    let ada = Asker::new(&gateway, "ada", "coder");
    let good = json!({ "jsonrpc": "2.0", "id": 7, "method": "GetTask", "params": { "id": "x" } });
    let without = |member: &str| {
        let mut request = good.clone();
        request.as_object_mut().unwrap().remove(member);
        request.to_string()
    };
    let with = |member: &str, value: Value| {
        let mut request = good.clone();
        request[member] = value;
        request.to_string()
    };
    for (body, code, id) in [
        ("{".to_owned(), -32700, json!(null)),
        ("[]".to_owned(), -32600, json!(null)),
        (without("id"), -32600, json!(null)),
        (with("id", json!({})), -32600, json!(null)),
        (with("id", json!(1.5)), -32600, json!(null)),
        (without("jsonrpc"), -32600, json!(7)),
        (with("jsonrpc", json!("1.0")), -32600, json!(7)),
        (without("method"), -32600, json!(7)),
        (with("method", json!("Explode")), -32601, json!(7)),
        (with("params", json!([])), -32602, json!(7)),
        (without("params"), -32602, json!(7)),
        (with("id", json!("a\"b")), -32001, json!("a\"b")),
        (good.to_string(), -32001, json!(7)),
    ] {
        let request = gateway.client.post(ada.at("/")).bearer_auth(&ada.token);
        let request = request.header("a2a-version", "1.0").body(body.clone());
        let answer = whole(request.send().await.unwrap()).await;
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!(answer.body["jsonrpc"], "2.0");
        assert_eq!(
            (&answer.body["error"]["code"], &answer.body["id"]),
            (&json!(code), &id),
            "{body}"
        );
    }
}

#[actix_web::test]
async fn what_a_card_does_not_offer_is_refused_by_its_own_error() {
    let (_unused, agent) = plain();
    let config = file(&format!(
        "[[agent]]\nname = \"coder\"\nurl = \"{}/api/chat\"\ninternal = true\n[agent.card]\nstreaming = false\npush_notifications = false\nextended_card = false\n[[agent.card.extension]]\nuri = \"urn:x:needed\"\nrequired = true\n",
        agent.url()
    ));
    let gateway = Gateway::with(&[("ATTACH_CONFIG", config.path().to_str().unwrap())]);
    let ada = Asker::new(&gateway, "ada", "coder");
    let push = json!({ "taskId": NOBODYS, "url": "https://example.com/hook" });
    let key = json!({ "taskId": NOBODYS, "id": "c" });
    for (method, params, code) in [
        ("SendMessage", hello("m"), -32008),
        ("SendStreamingMessage", hello("m"), -32004),
        ("SubscribeToTask", json!({ "id": NOBODYS }), -32004),
        ("CreateTaskPushNotificationConfig", push, -32003),
        ("GetTaskPushNotificationConfig", key.clone(), -32003),
        (
            "ListTaskPushNotificationConfigs",
            json!({ "taskId": NOBODYS }),
            -32003,
        ),
        ("DeleteTaskPushNotificationConfig", key, -32003),
        ("GetExtendedAgentCard", json!({}), -32004),
    ] {
        assert_eq!(ada.refused(method, params).await.0, code, "{method}");
    }
    let knows = [("a2a-extensions", "urn:x:other, urn:x:needed")];
    let answer = ada.rpc_response("SendMessage", hello("m"), &knows).await;
    assert_eq!(answer.headers()["a2a-extensions"], "urn:x:needed");
    let answer = whole(answer).await;
    assert_eq!(
        answer.body["result"]["task"]["status"]["state"],
        "TASK_STATE_COMPLETED"
    );
}

#[actix_web::test]
async fn who_calls_is_asked_before_anything_is_said_of_a_task() {
    let (gateway, _agent) = plain();
    let request = gateway.client.post(gateway.at("/agents/coder"));
    let answer = whole(request.json(&json!({})).send().await.unwrap()).await;
    assert_eq!(answer.status, 401);
    assert!(
        answer
            .header("www-authenticate")
            .unwrap()
            .starts_with("Bearer")
    );
    assert_eq!(answer.body["error"]["status"], "UNAUTHENTICATED");
    let answer = gateway
        .ask(&gateway.token("ada"), "/agents/nobody/tasks")
        .await;
    assert_eq!(
        (answer.status, answer.detail()),
        (404, "no agent has this name; see /agents")
    );
}

#[actix_web::test]
async fn a_message_to_a_task_at_work_is_refused_and_changes_nothing() {
    let agent = Agent::start(Act::Silence);
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let ada = Asker::new(&gateway, "ada", "coder");
    let task = ada.sent("m").await;
    let mut message = text("m-2", "hurry");
    message["taskId"] = task["id"].clone();
    let refused = ada
        .refused("SendMessage", json!({ "message": message }))
        .await;
    assert_eq!(refused.0, -32004);
    let seen = ada.result("GetTask", json!({ "id": task["id"] })).await;
    assert_eq!(seen["history"].as_array().unwrap().len(), 1);
    let canceled = ada.result("CancelTask", json!({ "id": task["id"] })).await;
    assert_eq!(canceled["status"]["state"], "TASK_STATE_CANCELED");
}
