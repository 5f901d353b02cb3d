//! The planner and the coder over A2A: the same work, told as it is done.

use std::time::Duration;

use a2a::{Message, Part, Role, StreamResponse, Task, TaskState};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::{
    call,
    client::{BINDINGS, Client, all, next, text, words},
    gateway::{
        Answer::{Cut, Never, Status, Text},
        Gateway,
    },
};

/// Where the agent's A2A face is.
fn base(chat: &str) -> &str {
    chat.trim_end_matches("/api/chat")
}

fn data(body: Value) -> Message {
    Message::new(Role::User, vec![Part::data(body)])
}

/// What `artifact` of a task holds.
fn artifact<'a>(task: &'a Task, artifact: &str) -> &'a [Part] {
    let artifacts = task.artifacts.as_deref().unwrap_or_default();
    let found = artifacts.iter().find(|one| one.artifact_id == artifact);
    &found.unwrap().parts
}

fn reason(task: &Task) -> &str {
    task.status.message.as_ref().unwrap().text().unwrap()
}

#[actix_web::test]
async fn a_request_becomes_a_plan_and_code_and_every_step_is_told() {
    for binding in BINDINGS {
        let answers = [Text("1. say hello"), Text("println!(\"hello\")")];
        let (gateway, planner, _) = Gateway::with_agents(answers);
        let client = Client::acting(base(&planner), binding, "t").await;
        let events = client.events(text("greet the world")).await;

        let told: Vec<_> = events.iter().map(words).collect();
        let expected = [
            "task submitted",
            "working: planning with first",
            "plan: 1. say hello.",
            "working: handed to the coder as task task-0",
            "code: println!(\"hello\").",
            "completed",
        ];
        assert_eq!(told, expected);
        let Some(StreamResponse::StatusUpdate(end)) = events.last() else {
            panic!("{events:?}");
        };
        let left = &end.metadata.as_ref().unwrap()["attach"];
        let attach = json!({
            "plan_id": "doc-0", "code_id": "doc-1", "reused": [], "coder_task_id": "task-0",
        });
        assert_eq!(*left, attach);

        let sent = &gateway.seen("/a2a/tasks/send")[0];
        let messages = json!([{ "role": "user", "content": "greet the world" }]);
        assert_eq!(sent.body["input"]["messages"], messages);
        assert_eq!(sent.key.as_deref(), Some("t/code"), "the gateway's task");
    }
}

#[actix_web::test]
async fn the_coder_tells_the_code_while_it_is_written() {
    let code = "fn sort(list: &mut [u8]) { list.sort() }";
    for binding in BINDINGS {
        let (_gateway, _, coder) = Gateway::with_agents([Text(code)]);
        let client = Client::acting(base(&coder), binding, "t").await;
        let events = client.events(text("sort a list")).await;

        let told: Vec<_> = events.iter().map(words).collect();
        assert_eq!(
            told[..2],
            ["task submitted", "working: writing code with first"]
        );
        assert_eq!(told.last().unwrap(), "completed");
        let chunks = &told[2..told.len() - 1];
        assert!(chunks.len() > 1, "not at once: {told:?}");
        assert!(chunks[0].starts_with("code: fn"), "{told:?}");
        assert!(chunks[1..].iter().all(|chunk| chunk.starts_with("+code: ")));
        let is_last: Vec<_> = chunks.iter().map(|chunk| chunk.ends_with('.')).collect();
        assert_eq!(is_last.iter().filter(|last| **last).count(), 1, "{told:?}");
        assert_eq!(is_last.last(), Some(&true));
        let pieces = chunks.iter().map(|chunk| chunk.split_once(": ").unwrap().1);
        assert_eq!(pieces.collect::<String>(), format!("{code}."));
    }
}

/// A line about an artifact, as the gateway's history has it.
fn update(id: &str, text: &str, append: bool, last: bool) -> Value {
    let artifact = json!({ "artifactId": id, "parts": [{ "text": text }] });
    json!({ "artifact": artifact, "append": append, "lastChunk": last })
}

#[actix_web::test]
async fn the_planner_tells_the_code_while_the_coder_writes_it() {
    let whole = "code: fn main() {}.";
    for (artifacts, told) in [
        (
            vec![
                update("answer", "fn ", false, false),
                update("notes", "no code", false, true),
                update("answer", "main() {}", true, true),
            ],
            vec!["code: fn ", "+code: main() {}."],
        ),
        // The stream broke off, or told of something else: the outcome decides.
        (
            vec![update("answer", "fn ", true, false)],
            vec!["code: fn ", whole],
        ),
        (
            vec![update("answer", "fn other() {}", false, true)],
            vec!["code: fn other() {}.", whole],
        ),
        (vec![Value::Null, json!("what?")], vec![whole]),
    ] {
        let answers = [Text("1. say hello"), Text("fn main() {}")];
        let (gateway, planner, _) = Gateway::with_agents(answers);
        gateway.tells(artifacts);
        let client = Client::acting(base(&planner), BINDINGS[0], "t").await;
        let events: Vec<_> = client
            .events(text("greet"))
            .await
            .iter()
            .map(words)
            .collect();
        assert_eq!(events[4..events.len() - 1], told);
        assert_eq!(events.last().unwrap(), "completed");
    }
}

#[actix_web::test]
async fn a_task_shows_the_code_in_one_piece_however_it_came() {
    for (binding, stream) in [(BINDINGS[0], true), (BINDINGS[1], false)] {
        let (gateway, _, coder) = Gateway::with_agents([Text("fn main() { run() }")]);
        let client = Client::acting(base(&coder), binding, "t").await;
        let mut input = call::input("greet", stream);
        input["model"] = json!("m");
        let task = client.task(data(input)).await;

        assert_eq!(task.status.state, TaskState::Completed);
        assert_eq!(artifact(&task, "code"), [Part::text("fn main() { run() }")]);
        assert_eq!(client.get(&task.id).await.unwrap(), task);
        let asked = &gateway.seen("/v1/chat/completions")[0].body;
        assert_eq!(
            (&asked["model"], &asked["stream"]),
            (&json!("m"), &json!(stream))
        );
    }
}

#[actix_web::test]
async fn the_plan_that_is_told_is_the_one_that_stands() {
    let answers = ["1. this", "fn this() {}", "1. no, that"].map(Text);
    let (_gateway, planner, _) = Gateway::with_agents(answers);
    let client = Client::acting(base(&planner), BINDINGS[0], "t").await;
    for _attempt in 0..2 {
        let task = client.task(text("greet")).await;
        assert_eq!(artifact(&task, "plan"), [Part::text("1. this")]);
        assert_eq!(artifact(&task, "code"), [Part::text("fn this() {}")]);
    }
}

#[actix_web::test]
async fn a_failure_says_why() {
    for (answer, why) in [
        (
            Status(403),
            "could not ask the model: the gateway answered 403: not now",
        ),
        (
            Cut("fn "),
            "could not ask the model: the stream ended before the model's answer did",
        ),
    ] {
        let (_gateway, _, coder) = Gateway::with_agents([answer]);
        let client = Client::acting(base(&coder), BINDINGS[0], "t").await;
        let task = client.task(text("greet")).await;
        assert_eq!(
            (task.status.state.clone(), reason(&task)),
            (TaskState::Failed, why)
        );
    }
}

#[actix_web::test]
async fn what_may_pass_is_an_error_that_says_when_to_ask_again() {
    for (status, streams) in [(429, true), (503, false)] {
        let (_gateway, planner, coder) = Gateway::with_agents([Status(status), Status(status)]);
        for agent in [&planner, &coder] {
            let client = Client::acting(base(agent), BINDINGS[0], "t").await;
            let refused = match streams {
                true => client
                    .stream(text("greet"))
                    .await
                    .next()
                    .await
                    .unwrap()
                    .err(),
                false => client.send(text("greet")).await.err(),
            };
            let refused = refused.unwrap();
            let why = format!("could not ask the model: the gateway answered {status}: not now");
            assert_eq!(refused.message, why);
            let mut details = refused.details.iter().flatten();
            let retry = details.find(|detail| detail.type_url.ends_with("RetryInfo"));
            assert_eq!(retry.unwrap().value["retryDelay"], "7s");
            assert!(client.list().await.is_empty(), "there is no task");
        }
    }
}

#[actix_web::test]
async fn the_coders_failure_fails_the_planners_task() {
    let (_gateway, planner, _) = Gateway::with_agents([Text("1. say hello"), Status(400)]);
    let client = Client::acting(base(&planner), BINDINGS[1], "t").await;
    let task = client.task(text("greet")).await;
    assert_eq!(task.status.state, TaskState::Failed);
    let why = reason(&task);
    assert!(
        why.starts_with("the coder failed: agent answered 422"),
        "{why}"
    );
    assert_eq!(artifact(&task, "plan"), [Part::text("1. say hello")]);
}

#[actix_web::test]
async fn a_message_without_text_or_an_object_fails_and_says_what_is_missing() {
    let (gateway, _, coder) = Gateway::with_agents([]);
    let client = Client::acting(base(&coder), BINDINGS[0], "t").await;
    for (message, why) in [
        (data(json!({})), "messages: missing"),
        (data(json!(7)), "parts: expected text, or an object as data"),
    ] {
        let task = client.task(message).await;
        assert_eq!(
            (task.status.state.clone(), reason(&task)),
            (TaskState::Failed, why)
        );
    }
    assert!(gateway.seen("/v1/chat/completions").is_empty());
}

#[actix_web::test]
async fn canceling_a_task_stops_the_model() {
    for binding in BINDINGS {
        let ((asked, was_asked), (gone, has_gone)) = (oneshot::channel(), oneshot::channel());
        let (_gateway, _, coder) = Gateway::with_agents([Never(asked, gone)]);
        let client = Client::acting(base(&coder), binding, "t").await;
        let mut events = client.stream(text("greet")).await;
        let StreamResponse::Task(task) = next(&mut events).await else {
            panic!("a task comes first");
        };
        was_asked.await.unwrap();
        let canceled = client.cancel(&task.id).await.unwrap();
        assert_eq!(canceled.status.state, TaskState::Canceled);
        let told: Vec<_> = all(events).await.iter().map(words).collect();
        assert_eq!(told.last().unwrap(), "canceled");
        let limit = Duration::from_secs(10);
        let dropped = tokio::time::timeout(limit, has_gone).await.unwrap();
        assert!(dropped.is_err(), "dropped, not sent");
    }
}

#[actix_web::test]
async fn a_caller_that_leaves_does_not_stop_a_task() {
    let (_gateway, _, coder) = Gateway::with_agents([Text("fn main() {}")]);
    let client = Client::acting(base(&coder), BINDINGS[0], "t").await;
    let mut events = client.stream(text("greet")).await;
    let StreamResponse::Task(task) = next(&mut events).await else {
        panic!("a task comes first");
    };
    drop(events);
    let limit = tokio::time::Instant::now() + Duration::from_secs(10);
    while client.get(&task.id).await.unwrap().status.state != TaskState::Completed {
        assert!(tokio::time::Instant::now() < limit, "the task does not end");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[actix_web::test]
async fn a_list_shows_the_tasks_of_the_same_token_alone() {
    let (_gateway, _, coder) = Gateway::with_agents([Text("fn main() {}")]);
    let own = Client::acting(base(&coder), BINDINGS[0], "t").await;
    let task = own.task(text("greet")).await;
    let bearer = [("authorization", "Bearer another")];
    for binding in BINDINGS {
        let own = Client::acting(base(&coder), binding, "t").await;
        assert_eq!(own.list().await, std::slice::from_ref(&task));
        let other = Client::new(base(&coder), binding, &bearer).await;
        assert_eq!(other.list().await, []);
    }
}

#[actix_web::test]
async fn nobody_gets_past_the_door_without_a_token() {
    let (gateway, planner, coder) = Gateway::with_agents([]);
    for agent in [&planner, &coder] {
        for path in ["/", "/message:send", "/message:stream"] {
            let request = call::http().post(format!("{}{path}", base(agent)));
            let answer = request.header("a2a-version", "1.0").body("{}").send().await;
            let answer = answer.unwrap();
            assert_eq!((answer.status().as_u16(), path), (401, path));
            assert_eq!(answer.headers()["www-authenticate"], "Bearer");
        }
    }
    let large = call::http().post(base(&coder)).bearer_auth("any");
    let large = large.body("x".repeat((1 << 20) + 1)).send().await.unwrap();
    assert_eq!(large.status(), 413);
    assert!(gateway.seen("/v1/models").is_empty());
}
