//! Nobody sees what is another's.

use serde_json::json;

use crate::support::{
    a2a::{Asker, hello},
    agent::{Act, Agent},
    gateway::Gateway,
};

#[actix_web::test]
async fn anothers_task_is_not_found_and_lists_are_disjoint() {
    let agent = Agent::start(Act::Silence);
    let agents = format!(
        "coder={}/api/chat,planner={}/plan",
        agent.url(),
        agent.url()
    );
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let (ada, bob) = (
        Asker::new(&gateway, "ada", "coder"),
        Asker::new(&gateway, "bob", "coder"),
    );
    let task = ada.sent("m").await;
    let id = &task["id"];
    let mut message = hello("m");
    message["message"]["taskId"] = id.clone();
    for (method, params) in [
        ("GetTask", json!({ "id": id })),
        ("CancelTask", json!({ "id": id })),
        ("SubscribeToTask", json!({ "id": id })),
        ("SendMessage", message),
    ] {
        let unknown = bob.rpc(method, params).await["error"].clone();
        assert_eq!(unknown["code"], -32001, "{method}");
        assert!(
            !unknown.to_string().contains(id.as_str().unwrap()),
            "{method}"
        );
    }
    let listed = bob.result("ListTasks", json!({})).await;
    assert_eq!(
        (&listed["tasks"], &listed["totalSize"]),
        (&json!([]), &json!(0))
    );
    let listed = bob
        .result("ListTasks", json!({ "contextId": task["contextId"] }))
        .await;
    assert_eq!(listed["tasks"], json!([]));
    assert_eq!(ada.result("ListTasks", json!({})).await["totalSize"], 1);
}

#[actix_web::test]
async fn a_task_is_at_its_agent_alone() {
    let agent = Agent::start(Act::Raw(200, "application/json", "{}".to_owned()));
    let agents = format!("coder={0}/api/chat,planner={0}/plan", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let coder = Asker::new(&gateway, "ada", "coder");
    let planner = Asker::new(&gateway, "ada", "planner");
    let task = coder.result("SendMessage", hello("m")).await["task"].clone();
    let refused = planner
        .refused("GetTask", json!({ "id": task["id"] }))
        .await;
    assert_eq!(refused.0, -32001);
    assert_eq!(planner.result("ListTasks", json!({})).await["totalSize"], 0);
    let by_tenant = json!({ "id": task["id"], "tenant": "coder" });
    assert_eq!(planner.result("GetTask", by_tenant).await["id"], task["id"]);
    let path = format!("/tasks/{}:cancel", task["id"].as_str().unwrap());
    let answer = planner
        .rest("POST", &path, Some(json!({ "tenant": "coder" })))
        .await;
    assert_eq!(
        answer.body["error"]["details"][0]["reason"],
        "TASK_NOT_CANCELABLE"
    );
    let refused = planner.refused("GetTask", json!({ "id": task["id"], "tenant": "nobody" }));
    assert_eq!(refused.await.0, -32602);
}
