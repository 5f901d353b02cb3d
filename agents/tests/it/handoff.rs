//! From a request to a plan to code.

use serde_json::json;

use crate::{
    call::{ask, input},
    gateway::{
        Answer::{Status, Text},
        Gateway,
    },
};

const CHAT: &str = "/v1/chat/completions";
const SEND: &str = "/a2a/tasks/send";

#[actix_web::test]
async fn a_request_becomes_a_plan_and_the_plan_becomes_code() {
    for stream in [false, true] {
        let (gateway, planner, _) =
            Gateway::with_agents([Text("1. say hello"), Text("println!(\"hello\")")]);
        let (status, answer) = ask(&planner, "t", &input("greet the world", stream)).await;

        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["object"], "chat.completion");
        assert_eq!(answer["usage"]["total_tokens"], 5);
        let choice = json!({
            "index": 0, "finish_reason": "stop",
            "message": { "role": "assistant", "content": "println!(\"hello\")" },
        });
        assert_eq!(answer["choices"], json!([choice]));
        let attach = json!({
            "plan_id": "doc-0", "code_id": "doc-1", "reused": [], "coder_task_id": "task-0",
        });
        assert_eq!(answer["attach"], attach);

        let documents = gateway.documents();
        assert_eq!(documents[0]["event"], "document");
        assert_eq!(documents[0]["title"], "plan: greet the world");
        assert_eq!(documents[0]["text"], "1. say hello");
        assert_eq!(documents[1]["title"], "code: greet the world");
        let metadata = json!({ "request": "greet the world", "plan_id": "doc-0", "reused": [] });
        assert_eq!(documents[1]["metadata"], metadata);
        assert!(
            gateway.seen("/mem/search").is_empty(),
            "nobody asked to reuse"
        );
    }
}

#[actix_web::test]
async fn the_coder_is_shown_the_plan_and_both_ask_the_first_model() {
    let (gateway, planner, _) = Gateway::with_agents([Text("1. say hello"), Text("fn main() {}")]);
    ask(&planner, "t", &input("greet", true)).await;

    let asked = gateway.seen(CHAT);
    for (call, max_tokens) in asked.iter().zip([256, 512]) {
        assert_eq!(call.body["model"], "first");
        assert_eq!(call.body["max_tokens"], max_tokens);
        assert_eq!(call.body["stream"], true);
        assert_eq!(call.body["messages"][0]["role"], "system");
    }
    assert_eq!(asked[0].body["messages"][1]["content"], "greet");
    let content = "greet\n\nThe plan:\n1. say hello";
    assert_eq!(asked[1].body["messages"][1]["content"], content);
}

#[actix_web::test]
async fn a_task_called_again_uses_the_first_plan_and_the_same_child() {
    let answers = ["1. this", "fn this() {}", "1. no, that"].map(Text);
    let (gateway, planner, _) = Gateway::with_agents(answers);
    let mut input = input("greet", false);
    input["model"] = json!("m");
    let first = ask(&planner, "t", &input).await;
    let again = ask(&planner, "t", &input).await;

    assert_eq!((first.0, &first), (200, &again));
    assert!(gateway.seen("/v1/models").is_empty(), "the model was given");
    let sent = gateway.seen(SEND);
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1], "the same key and the same body");
    let child = json!({
        "target": "coder",
        "input": { "mem_id": "doc-0", "messages": input["messages"], "model": "m", "stream": false },
    });
    assert_eq!(
        (sent[0].key.as_deref(), &sent[0].body),
        (Some("t/code"), &child)
    );
    let keys = gateway
        .seen("/mem/events")
        .into_iter()
        .map(|s| s.key.unwrap());
    let keys: Vec<_> = keys.collect();
    assert_eq!(keys, ["t/plan", "task-0/code-document", "t/plan"]);
}

#[actix_web::test]
async fn a_coder_without_a_plan_works_from_the_messages() {
    let (_gateway, _, coder) = Gateway::with_agents([Text("fn main() {}")]);
    let (status, answer) = ask(&coder, "t", &input("greet", false)).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["id"], "chatcmpl-t");
    assert_eq!(
        answer["attach"],
        json!({ "plan_id": null, "code_id": "doc-0", "reused": [] })
    );
}

#[actix_web::test]
async fn a_plan_that_is_not_there_is_the_callers_mistake() {
    let (_gateway, _, coder) = Gateway::with_agents([]);
    let mut input = input("greet", false);
    input["mem_id"] = json!("doc-9");
    let detail = "mem_id: this person's memory holds no document doc-9";
    assert_eq!(
        ask(&coder, "t", &input).await,
        (422, json!({ "detail": detail }))
    );
}

#[actix_web::test]
async fn the_coders_failure_is_told() {
    let (_gateway, planner, _) = Gateway::with_agents([Text("1. say hello"), Status(400)]);
    let detail = "the coder failed: agent answered 422: \
                  could not ask the model: the gateway answered 400: not now";
    let failed = ask(&planner, "t", &input("greet", false)).await;
    assert_eq!(failed, (424, json!({ "detail": detail })));
}
