//! Webhooks by 0.3: nested, with a list of schemes.

use serde_json::{Value, json};

use super::world::{CHAT, Old, answering, hello, rest_hello};
use crate::support::{a2a::Asker, gateway::Gateway};

fn hook(id: &str) -> Value {
    json!({
        "id": id, "url": format!("https://example.com/{id}"), "token": "t",
        "authentication": { "schemes": ["Bearer"], "credentials": "s" },
    })
}

/// The id of a task that has ended.
async fn ended(gateway: &Gateway) -> String {
    let ada = Old::new(gateway, "ada");
    let task = ada.result("message/send", hello("m")).await;
    task["id"].as_str().unwrap().to_owned()
}

/// What 1.0 shows of a task's webhooks.
async fn shown(gateway: &Gateway, task: &str) -> Vec<Value> {
    let new = Asker::new(gateway, "ada", "coder");
    let params = json!({ "taskId": task });
    let listed = new.result("ListTaskPushNotificationConfigs", params).await;
    let configs = listed["configs"].as_array().cloned();
    configs.unwrap_or_default()
}

#[actix_web::test]
async fn a_webhook_is_set_read_listed_and_deleted() {
    let (gateway, _agent) = answering(CHAT);
    let ada = Old::new(&gateway, "ada");
    let task = ended(&gateway).await;
    for id in ["one", "two"] {
        let params = json!({ "taskId": task, "pushNotificationConfig": hook(id) });
        let made = ada.result("tasks/pushNotificationConfig/set", params).await;
        assert_eq!(made["taskId"], task);
        assert_eq!(made["pushNotificationConfig"]["id"], id);
        let how = &made["pushNotificationConfig"]["authentication"];
        assert_eq!(how["schemes"], json!(["Bearer"]));
    }
    assert_eq!(
        shown(&gateway, &task).await[1]["authentication"]["scheme"],
        "Bearer"
    );
    let key = json!({ "id": task, "pushNotificationConfigId": "two" });
    let two = ada
        .result("tasks/pushNotificationConfig/get", key.clone())
        .await;
    assert_eq!(
        two["pushNotificationConfig"]["url"],
        "https://example.com/two"
    );
    let first = ada
        .result("tasks/pushNotificationConfig/get", json!({ "id": task }))
        .await;
    assert_eq!(first["pushNotificationConfig"]["id"], "one");
    let list = || ada.result("tasks/pushNotificationConfig/list", json!({ "id": task }));
    assert_eq!(list().await, json!([first, two]));
    let gone = ada
        .rpc("tasks/pushNotificationConfig/delete", key.clone())
        .await;
    assert_eq!(
        gone,
        json!({ "jsonrpc": "2.0", "id": "r-1", "result": null })
    );
    assert_eq!(list().await, json!([first]));
    let refused = ada.refused("tasks/pushNotificationConfig/get", key).await;
    assert_eq!(refused.0, -32001);
    let key = json!({ "id": task, "pushNotificationConfigId": "one" });
    ada.result("tasks/pushNotificationConfig/delete", key).await;
    let refused = ada.refused("tasks/pushNotificationConfig/get", json!({ "id": task }));
    assert_eq!(refused.await.0, -32001);
}

#[actix_web::test]
async fn the_same_by_its_paths_under_v1() {
    let (gateway, _agent) = answering(CHAT);
    let ada = Old::new(&gateway, "ada");
    let task = ended(&gateway).await;
    let path = format!("/tasks/{task}/pushNotificationConfigs");
    let whole = json!({
        "parent": format!("tasks/{task}"), "configId": "one",
        "config": { "name": "any", "pushNotificationConfig": hook("one") },
    });
    let alone = json!({ "pushNotificationConfig": hook("two") });
    let mut all = Vec::new();
    for (body, id) in [(whole, "one"), (alone, "two")] {
        let made = ada.rest("POST", &path, Some(body)).await;
        let name = format!("tasks/{task}/pushNotificationConfigs/{id}");
        assert_eq!((made.status, &made.body["name"]), (200, &json!(name)));
        let got = ada.rest("GET", &format!("{path}/{id}"), None).await.body;
        assert_eq!(got["pushNotificationConfig"]["url"], hook(id)["url"]);
        all.push(got);
    }
    let listed = ada.rest("GET", &path, None).await.body;
    assert_eq!(listed, json!({ "configs": all, "nextPageToken": "" }));
    let gone = ada.rest("DELETE", &format!("{path}/one"), None).await;
    assert_eq!((gone.status, gone.body), (200, json!({})));
    let answer = ada.rest("GET", &format!("{path}/one"), None).await;
    assert_eq!(
        (answer.status, &answer.body["type"]),
        (404, &json!("TaskNotFoundError"))
    );
    assert_eq!(shown(&gateway, &task).await.len(), 1);
}

#[actix_web::test]
async fn one_that_comes_with_a_message_is_kept() {
    let (gateway, _agent) = answering(CHAT);
    let ada = Old::new(&gateway, "ada");
    let mut params = hello("m");
    params["configuration"] = json!({ "pushNotificationConfig": hook("one") });
    let task = ada.result("message/send", params).await["id"].clone();
    assert_eq!(
        shown(&gateway, task.as_str().unwrap()).await[0]["id"],
        "one"
    );
    let mut body = rest_hello("m");
    body["configuration"] = json!({ "pushNotification": hook("two"), "blocking": true });
    let sent = ada.rest("POST", "/message:send", Some(body)).await.body;
    let task = sent["task"]["id"].as_str().unwrap();
    assert_eq!(shown(&gateway, task).await[0]["id"], "two");
}

#[actix_web::test]
async fn one_that_may_not_be_is_refused_by_the_callers_name_for_it() {
    let (gateway, _agent) = answering(CHAT);
    let ada = Old::new(&gateway, "ada");
    let task = ended(&gateway).await;
    let hook = json!({ "url": "http://127.0.0.1:9/hook" });
    let params = json!({ "taskId": task, "pushNotificationConfig": hook });
    let error = ada.rpc("tasks/pushNotificationConfig/set", params).await["error"].clone();
    let field = &error["data"][1]["fieldViolations"][0]["field"];
    assert_eq!(
        (&error["code"], field),
        (&json!(-32602), &json!("pushNotificationConfig.url"))
    );
    let path = format!("/tasks/{task}/pushNotificationConfigs");
    let body = json!({ "config": { "pushNotificationConfig": hook } });
    let answer = ada.rest("POST", &path, Some(body)).await;
    let field = &answer.body["error"]["details"][1]["fieldViolations"][0]["field"];
    assert_eq!(
        (answer.status, field),
        (400, &json!("config.pushNotificationConfig.url"))
    );
}

#[actix_web::test]
async fn nobody_reads_lists_or_deletes_the_webhooks_of_another() {
    let (gateway, _agent) = answering(CHAT);
    let (ada, bob) = (Old::new(&gateway, "ada"), Old::new(&gateway, "bob"));
    let task = ended(&gateway).await;
    let params = json!({ "taskId": task, "pushNotificationConfig": hook("one") });
    ada.result("tasks/pushNotificationConfig/set", params.clone())
        .await;
    let key = json!({ "id": task, "pushNotificationConfigId": "one" });
    for (method, params) in [
        ("tasks/pushNotificationConfig/set", params),
        ("tasks/pushNotificationConfig/get", key.clone()),
        ("tasks/pushNotificationConfig/get", json!({ "id": task })),
        ("tasks/pushNotificationConfig/list", json!({ "id": task })),
        ("tasks/pushNotificationConfig/delete", key),
    ] {
        let refused = bob.refused(method, params).await;
        assert_eq!(refused, (-32001, "TASK_NOT_FOUND".to_owned()), "{method}");
    }
    let path = format!("/tasks/{task}/pushNotificationConfigs");
    let body = json!({ "pushNotificationConfig": hook("two") });
    for (method, path, body) in [
        ("POST", path.clone(), Some(body)),
        ("GET", path.clone(), None),
        ("GET", format!("{path}/one"), None),
        ("DELETE", format!("{path}/one"), None),
    ] {
        let answer = bob.rest(method, &path, body).await;
        let kind = &answer.body["type"];
        assert_eq!(
            (answer.status, kind),
            (404, &json!("TaskNotFoundError")),
            "{method} {path}"
        );
    }
    let left = shown(&gateway, &task).await;
    assert_eq!((left.len(), &left[0]["id"]), (1, &json!("one")));
}
