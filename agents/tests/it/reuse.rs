//! Earlier answers that are used again.

use a2a::{Message, Part, Role, StreamResponse};
use serde_json::{Value, json};

use crate::{
    call::{ask, input},
    client::{BINDINGS, Client, text, words},
    gateway::{Answer::Text, Gateway},
};

const CHAT: &str = "/v1/chat/completions";
const SEARCH: &str = "/mem/search";
const SORTER: &str = "fn sort() {}";

/// What the model was shown last.
fn shown(gateway: &Gateway) -> String {
    let asked = gateway.seen(CHAT);
    let messages = asked.last().unwrap().body["messages"]
        .as_array()
        .unwrap()
        .clone();
    let content = &messages.last().unwrap()["content"];
    content.as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn earlier_code_is_quoted_after_the_plan_and_cited() {
    let plan_and_code = [SORTER, "1. sort down", "fn down() {}"];
    let (gateway, planner, coder) = Gateway::with_agents(plan_and_code.map(Text));
    ask(&coder, "first", &input("sort a list", false)).await;
    let request = "Reuse it: sort a list down";
    let (status, answer) = ask(&planner, "second", &input(request, false)).await;

    assert_eq!(status, 200, "{answer}");
    let attach = json!({
        "plan_id": "doc-1", "code_id": "doc-2", "reused": ["doc-0"], "coder_task_id": "task-0",
    });
    assert_eq!(answer["attach"], attach);
    let metadata = &gateway.documents()[2]["metadata"];
    assert_eq!(
        (&metadata["plan_id"], &metadata["reused"]),
        (&json!("doc-1"), &json!(["doc-0"]))
    );
    let shown = shown(&gateway);
    let before = format!("{request}\n\nThe plan:\n1. sort down\n\nEarlier answers");
    assert!(shown.starts_with(&before), "{shown}");
    let quoted = "\n\nAnswer doc-0:\n> code: sort a list\n> \n> fn sort() {}";
    assert!(shown.ends_with(quoted), "{shown}");
}

#[actix_web::test]
async fn memory_is_searched_for_the_words_of_the_request() {
    let (gateway, _, coder) = Gateway::with_agents([Text(SORTER)]);
    ask(&coder, "t", &input("Sort, REUSE & sort größer!", false)).await;
    let query = json!({ "q": "sort größer", "limit": "100" });
    let searched = gateway.seen(SEARCH);
    assert_eq!((searched.len(), &searched[0].body), (1, &query));
}

#[actix_web::test]
async fn the_member_asks_for_it_through_the_planner() {
    for (reuse, reused) in [(true, json!(["doc-0"])), (false, json!([]))] {
        let answers = [SORTER, "1. sort", "fn again() {}"].map(Text);
        let (gateway, planner, coder) = Gateway::with_agents(answers);
        ask(&coder, "first", &input("sort a list", false)).await;
        let mut input = input("sort a list", false);
        input["reuse"] = json!(reuse);
        let (_, answer) = ask(&planner, "second", &input).await;
        assert_eq!(answer["attach"]["reused"], reused);
        let sent = &gateway.seen("/a2a/tasks/send")[0];
        assert_eq!(sent.body["input"]["reuse"], json!(reuse));
    }
}

#[actix_web::test]
async fn over_a2a_the_coder_tells_what_it_reuses() {
    for binding in BINDINGS {
        let answers = [SORTER, "fn again() {}", "fn yet_again() {}", "fn poem() {}"];
        let (_gateway, _, coder) = Gateway::with_agents(answers.map(Text));
        let base = coder.trim_end_matches("/api/chat");
        let data = |mut body: Value| {
            body["reuse"] = json!(true);
            Message::new(Role::User, vec![Part::data(body)])
        };
        let told = [
            (text("sort"), "", json!([])),
            (
                text("reuse: sort"),
                ", reusing 1 earlier answer",
                json!(["doc-0"]),
            ),
            (
                data(input("sort", true)),
                ", reusing 2 earlier answers",
                json!(["doc-1", "doc-0"]),
            ),
            (
                text("reuse: haiku"),
                ", as memory holds no earlier code to reuse",
                json!([]),
            ),
        ];
        for (n, (message, said, reused)) in told.into_iter().enumerate() {
            let client = Client::acting(base, binding, &format!("t{n}")).await;
            let events = client.events(message).await;
            assert_eq!(
                words(&events[1]),
                format!("working: writing code with first{said}")
            );
            let Some(StreamResponse::StatusUpdate(end)) = events.last() else {
                panic!("{events:?}");
            };
            let attach = &end.metadata.as_ref().unwrap()["attach"];
            assert_eq!(attach["reused"], reused);
        }
    }
}

#[actix_web::test]
async fn a_request_of_no_other_word_searches_nothing() {
    let (gateway, _, coder) = Gateway::with_agents([Text(SORTER)]);
    let (status, answer) = ask(&coder, "t", &input("reuse!", false)).await;
    assert_eq!((status, &answer["attach"]["reused"]), (200, &json!([])));
    assert!(gateway.seen(SEARCH).is_empty());
}

#[actix_web::test]
async fn another_attempt_does_not_reuse_its_own_code_and_answers_what_stands() {
    let (gateway, _, coder) = Gateway::with_agents([SORTER, "fn other() {}", "fn no()"].map(Text));
    let input = input("reuse: sort a list", false);
    let first = ask(&coder, "t", &input).await;
    ask(&coder, "between", &input).await;
    let again = ask(&coder, "t", &input).await;

    assert_eq!((first.0, &first), (200, &again));
    let shown = shown(&gateway);
    assert!(shown.contains("> fn other() {}"), "{shown}");
    assert!(!shown.contains(SORTER), "its own: {shown}");
    assert_eq!(gateway.documents().len(), 2);
}

#[actix_web::test]
async fn another_attempt_over_a2a_tells_the_code_that_stands() {
    let (_gateway, _, coder) = Gateway::with_agents([SORTER, "fn no() {}"].map(Text));
    let base = coder.trim_end_matches("/api/chat");
    let client = Client::acting(base, BINDINGS[0], "t").await;
    for _attempt in 0..2 {
        let task = client.task(text("sort")).await;
        let artifacts = task.artifacts.unwrap();
        assert_eq!(artifacts.len(), 1);
        assert_eq!(artifacts[0].parts, [Part::text(SORTER)]);
    }
}

#[actix_web::test]
async fn a_search_that_is_refused_fails_the_call_before_the_model_is_asked() {
    for (refused, answered) in [(403, 422), (503, 503)] {
        let (gateway, planner, coder) = Gateway::with_agents([Text("1. sort")]);
        gateway.refuses_search(refused);
        let input = input("reuse: sort a list", false);
        let detail = format!("could not search memory: the gateway answered {refused}: not now");
        let said = ask(&coder, "t", &input).await;
        assert_eq!(said, (answered, json!({ "detail": detail })));
        assert!(gateway.seen(CHAT).is_empty());

        let (status, said) = ask(&planner, "p", &input).await;
        let said = said["detail"].as_str().unwrap();
        assert!(status == 424 && said.ends_with(&detail), "{status} {said}");
    }
}
