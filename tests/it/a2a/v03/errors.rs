//! What cannot be done is told in 0.3's words.

use serde_json::{Value, json};

use super::world::{CHAT, NOBODYS, Old, answering, hello, rest_hello, waiting};
use crate::support::{
    agent::{Act, Agent},
    asking::whole,
    file,
    gateway::Gateway,
    scripted::Gate,
};

fn to_task(mut params: Value, id: &str) -> Value {
    params["message"]["taskId"] = json!(id);
    params
}

fn every_webhook_method(task: &str) -> [(&'static str, Value); 5] {
    let config = json!({ "url": "https://example.com/hook" });
    let key = json!({ "id": task, "pushNotificationConfigId": "c" });
    [
        (
            "tasks/pushNotificationConfig/set",
            json!({ "taskId": task, "pushNotificationConfig": config }),
        ),
        ("tasks/pushNotificationConfig/get", key.clone()),
        ("tasks/pushNotificationConfig/get", json!({ "id": task })),
        ("tasks/pushNotificationConfig/list", json!({ "id": task })),
        ("tasks/pushNotificationConfig/delete", key),
    ]
}

#[actix_web::test]
async fn an_unknown_task_and_anothers_are_not_found_by_any_method() {
    let gate = Gate::closed();
    let (gateway, _agent) = waiting(&gate);
    let (ada, bob) = (Old::new(&gateway, "ada"), Old::new(&gateway, "bob"));
    let adas = ada.sent("m").await;
    for id in [&*adas, NOBODYS, "no id"] {
        for (method, params) in [
            ("tasks/get", json!({ "id": id })),
            ("tasks/cancel", json!({ "id": id })),
            ("tasks/resubscribe", json!({ "id": id })),
            ("message/send", to_task(hello("m"), id)),
            ("message/stream", to_task(hello("m"), id)),
        ] {
            let refused = bob.refused(method, params).await;
            assert_eq!(refused, (-32001, "TASK_NOT_FOUND".to_owned()), "{method}");
        }
        let id = id.replace(' ', "%20");
        for (method, path, body) in [
            ("GET", format!("/tasks/{id}"), None),
            ("POST", format!("/tasks/{id}:cancel"), None),
            ("GET", format!("/tasks/{id}:subscribe"), None),
            (
                "POST",
                "/message:send".to_owned(),
                Some(to_task(rest_hello("m"), &id)),
            ),
        ] {
            let answer = bob.rest(method, &path, body).await;
            let kind = &answer.body["type"];
            assert_eq!((answer.status, kind), (404, &json!("TaskNotFoundError")));
        }
    }
    assert_eq!(bob.rest("GET", "/tasks", None).await.body["totalSize"], 0);
}

#[actix_web::test]
async fn an_ended_task_takes_no_message() {
    let (gateway, _agent) = answering(CHAT);
    let ada = Old::new(&gateway, "ada");
    let task = ada.result("message/send", hello("m")).await;
    let id = task["id"].as_str().unwrap();
    for method in ["message/send", "message/stream"] {
        let refused = ada.refused(method, to_task(hello("m"), id)).await;
        assert_eq!(refused, (-32004, "UNSUPPORTED_OPERATION".to_owned()));
    }
}

#[actix_web::test]
async fn who_waits_for_events_gets_the_error_as_one() {
    let (gateway, _agent) = answering(CHAT);
    let ada = Old::new(&gateway, "ada");
    let params = || to_task(hello("m"), NOBODYS);
    let (events, json) = ("text/event-stream", "application/json");
    for (method, accepts, kind) in [
        ("message/stream", &[events][..], events),
        ("message/stream", &["*/*", events], events),
        ("message/stream", &["*/*"], json),
        ("message/send", &[events], json),
    ] {
        let headers: Vec<_> = accepts.iter().map(|one| ("accept", *one)).collect();
        let answer = ada.rpc_with(method, params(), &headers).await;
        assert_eq!(answer.headers()["content-type"], kind, "{method}");
        let text = answer.text().await.unwrap();
        let text = text.strip_prefix("data: ").unwrap_or(&text);
        let told: Value = serde_json::from_str(text.trim_end()).unwrap();
        assert_eq!(
            (&told["error"]["code"], &told["id"]),
            (&json!(-32001), &json!("r-1"))
        );
    }
}

#[actix_web::test]
async fn bad_params_are_told_by_the_names_the_caller_wrote() {
    let (gateway, agent) = answering(CHAT);
    let ada = Old::new(&gateway, "ada");
    let fields = |details: &Value| -> Vec<String> {
        let told = details[1]["fieldViolations"].as_array().unwrap().iter();
        told.map(|one| one["field"].as_str().unwrap().to_owned())
            .collect()
    };
    let bad = json!({
        "message": { "role": "user", "parts": [{ "kind": "file", "file": { "bytes": "!" } }] },
        "configuration": { "blocking": 1 },
    });
    let error = ada.rpc("message/send", bad).await["error"].clone();
    assert_eq!(error["code"], -32602);
    assert_eq!(
        fields(&error["data"]),
        [
            "message.messageId",
            "message.parts[0].file.bytes",
            "configuration.blocking"
        ]
    );
    let bad = json!({ "message": { "role": "ROLE_USER", "content": [] } });
    let answer = ada.rest("POST", "/message:send", Some(bad)).await;
    assert_eq!(
        (answer.status, &answer.body["type"]),
        (400, &json!("InvalidParamsError"))
    );
    assert_eq!(
        fields(&answer.body["error"]["details"]),
        ["message.messageId", "message.content"]
    );
    assert_eq!(answer.body["message"], answer.body["error"]["message"]);
    // Also where it is found out later.
    let mut long = hello("m");
    long["message"]["contextId"] = json!("x".repeat(257));
    assert_eq!(ada.refused("message/send", long).await.0, -32602);
    for (method, params) in [
        ("message/send", json!([])),
        ("tasks/get", json!({})),
        ("tasks/cancel", json!({ "id": 7 })),
        ("tasks/resubscribe", json!({})),
    ] {
        assert_eq!(ada.refused(method, params).await.0, -32602, "{method}");
    }
    assert_eq!(agent.seen().len(), 0);
}

#[actix_web::test]
async fn a_part_of_an_unknown_type_is_not_supported() {
    let (gateway, _agent) = answering(CHAT);
    let ada = Old::new(&gateway, "ada");
    let mut params = hello("m");
    let file = json!({ "bytes": "AAAA", "mimeType": "image/png" });
    params["message"]["parts"] = json!([{ "kind": "file", "file": file }]);
    let refused = ada.refused("message/send", params).await;
    assert_eq!(refused, (-32005, "CONTENT_TYPE_NOT_SUPPORTED".to_owned()));
    let mut body = rest_hello("m");
    let file = json!({ "fileWithUri": "https://example.com/a", "mimeType": "image/png" });
    body["message"]["content"] = json!([{ "file": file }]);
    let answer = ada.rest("POST", "/message:send", Some(body)).await;
    assert_eq!(
        (answer.status, &answer.body["type"]),
        (400, &json!("ContentTypeNotSupportedError"))
    );
}

/// An agent that offers nothing and requires an extension.
fn bare() -> (Gateway, Agent) {
    let agent = Agent::start(Act::Raw(200, "application/json", CHAT.to_owned()));
    let config = file(&format!(
        "[[agent]]\nname = \"coder\"\nurl = \"{}/api/chat\"\ninternal = true\n[agent.card]\nstreaming = false\npush_notifications = false\nextended_card = false\n[[agent.card.extension]]\nuri = \"urn:x:needed\"\nrequired = true\n",
        agent.url()
    ));
    let gateway = Gateway::with(&[("ATTACH_CONFIG", config.path().to_str().unwrap())]);
    (gateway, agent)
}

#[actix_web::test]
async fn what_a_card_does_not_offer_is_refused_by_an_error_that_0_3_knows() {
    let (gateway, _agent) = bare();
    let ada = Old::new(&gateway, "ada");
    let mut cases = vec![
        (
            "message/send",
            hello("m"),
            -32603,
            "EXTENSION_SUPPORT_REQUIRED",
        ),
        (
            "message/stream",
            hello("m"),
            -32004,
            "UNSUPPORTED_OPERATION",
        ),
        (
            "tasks/resubscribe",
            json!({ "id": NOBODYS }),
            -32004,
            "UNSUPPORTED_OPERATION",
        ),
        (
            "agent/getAuthenticatedExtendedCard",
            json!({}),
            -32007,
            "EXTENDED_AGENT_CARD_NOT_CONFIGURED",
        ),
    ];
    for (method, params) in every_webhook_method(NOBODYS) {
        cases.push((method, params, -32003, "PUSH_NOTIFICATION_NOT_SUPPORTED"));
    }
    for (method, params, code, reason) in cases {
        let refused = ada.refused(method, params).await;
        assert_eq!(refused, (code, reason.to_owned()), "{method}");
    }
    // The header of 0.3, and its name since.
    for name in ["x-a2a-extensions", "a2a-extensions"] {
        let knows = [(name, "urn:x:other, urn:x:needed")];
        let answer = ada.rpc_with("message/send", hello("m"), &knows).await;
        assert_eq!(answer.headers()["x-a2a-extensions"], "urn:x:needed");
        assert_eq!(whole(answer).await.body["result"]["kind"], "task");
    }
}

#[actix_web::test]
async fn the_same_is_refused_under_v1_in_both_shapes() {
    let (gateway, _agent) = bare();
    let ada = Old::new(&gateway, "ada");
    let hooks = format!("/tasks/{NOBODYS}/pushNotificationConfigs");
    let hook = json!({ "config": { "pushNotificationConfig": { "url": "https://example.com/" } } });
    let (push, one) = ("PushNotificationNotSupportedError", format!("{hooks}/c"));
    for (method, path, body, kind, reason) in [
        (
            "POST",
            "/message:send",
            Some(rest_hello("m")),
            "InternalError",
            "EXTENSION_SUPPORT_REQUIRED",
        ),
        (
            "POST",
            "/message:stream",
            Some(rest_hello("m")),
            "UnsupportedOperationError",
            "UNSUPPORTED_OPERATION",
        ),
        (
            "GET",
            "/card",
            None,
            "AuthenticatedExtendedCardNotConfiguredError",
            "EXTENDED_AGENT_CARD_NOT_CONFIGURED",
        ),
        (
            "POST",
            &hooks,
            Some(hook),
            push,
            "PUSH_NOTIFICATION_NOT_SUPPORTED",
        ),
        ("GET", &hooks, None, push, "PUSH_NOTIFICATION_NOT_SUPPORTED"),
        ("GET", &one, None, push, "PUSH_NOTIFICATION_NOT_SUPPORTED"),
        (
            "DELETE",
            &one,
            None,
            push,
            "PUSH_NOTIFICATION_NOT_SUPPORTED",
        ),
    ] {
        let answer = ada.rest(method, path, body).await;
        let error = &answer.body["error"];
        assert_eq!(
            (answer.status, &answer.body["type"]),
            (400, &json!(kind)),
            "{path}"
        );
        assert_eq!(
            (&error["code"], &error["details"][0]["reason"]),
            (&json!(400), &json!(reason))
        );
        assert_eq!(answer.body["message"], error["message"]);
    }
}
