//! The agent for conformance suites does as it is asked.

use std::{net::TcpListener, time::Duration};

use a2a::{Message, SendMessageResponse, StreamResponse, Task, TaskState, error_code};
use attach_agents::ConformanceConfig;

use crate::client::{BINDINGS, Client, Events, all, follow_up, next, text, words};

/// Starts the agent, and gives where it is. A suite that waits 0.2 s.
pub(crate) fn start(required_extension: Option<&str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = ConformanceConfig {
        timeout: Duration::from_millis(200),
        required_extension: required_extension.map(str::to_owned),
    };
    let server = attach_agents::conformance(listener, &config).unwrap();
    actix_web::rt::spawn(server.run());
    format!("http://{address}")
}

/// A message whose id begins so, as one suite has them.
fn by_id(prefix: &str) -> Message {
    Message {
        message_id: format!("{prefix}-4711"),
        ..text("hello")
    }
}

/// A message whose text begins so, as the other suite has them.
fn by_text(prefix: &str) -> Message {
    text(&format!("{prefix} and more"))
}

async fn told(client: &Client, message: Message) -> Vec<String> {
    client.events(message).await.iter().map(words).collect()
}

const FILE: &str = r#"output: {"filename":"output.txt","mediaType":"text/plain","raw":"dGNr"}."#;
const FILE_URL: &str = r#"output: {"filename":"output.txt","mediaType":"text/plain","url":"https://example.com/output.txt"}."#;

#[actix_web::test]
async fn every_behaviour_is_had_by_id_and_by_text_and_over_both_bindings() {
    let table: &[(&str, &[&str])] = &[
        ("tck-complete-task", &["completed: Hello from TCK"]),
        (
            "tck-delayed-complete",
            &["working", "completed: Done after delay"],
        ),
        ("test-resubscribe-message-id", &["working", "completed"]),
        (
            "tck-artifact-text",
            &["output: Generated text content.", "completed"],
        ),
        ("tck-artifact-file", &[FILE, "completed"]),
        ("tck-artifact-file-url", &[FILE_URL, "completed"]),
        (
            "tck-artifact-data",
            &[
                r#"output: {"data":{"count":42.0,"key":"value"}}."#,
                "completed",
            ],
        ),
        (
            "tck-input-required",
            &["input-required: say tck-complete-task to go on"],
        ),
        ("tck-multi-turn", &["input-required: say more, or done"]),
        (
            "tck-auth-required",
            &["auth-required: credentials are needed: send any message once they are given"],
        ),
        (
            "tck-auth-required-then-complete",
            &[
                "auth-required: credentials are needed: send any message once they are given",
                "completed",
            ],
        ),
        ("tck-reject-task", &["rejected: rejected"]),
        ("tck-task-failure", &["failed: failed as asked"]),
        (
            "tck-stream-001",
            &["working", "output: Stream hello from TCK.", "completed"],
        ),
        ("tck-stream-002", &["completed"]),
        (
            "tck-stream-003",
            &["working", "output: Stream task lifecycle.", "completed"],
        ),
        (
            "tck-stream-basic",
            &["working", "output: Streamed text content.", "completed"],
        ),
        (
            "tck-stream-chunked",
            &[
                "working",
                "output: chunk-1 ",
                "+output: chunk-2.",
                "completed",
            ],
        ),
        (
            "tck-stream-ordering-001",
            &["working", "output: Ordered output.", "completed"],
        ),
        (
            "tck-stream-artifact-text",
            &["working", "output: Streamed text content.", "completed"],
        ),
        ("tck-stream-artifact-file", &["working", FILE, "completed"]),
        (
            "tck-stream-artifact-chunked",
            &[
                "working",
                "output: chunk-1 ",
                "+output: chunk-2.",
                "completed",
            ],
        ),
        ("tck-long-running", &["working", "completed"]),
        ("anything-else", &["completed"]),
    ];
    let base = start(None);
    for binding in BINDINGS {
        let client = Client::new(&base, binding, &[]).await;
        for (prefix, events) in table {
            for message in [by_id(prefix), by_text(prefix)] {
                let expected = [&["task submitted"], *events].concat();
                assert_eq!(told(&client, message).await, expected, "{prefix}");
            }
        }
    }
}

#[actix_web::test]
async fn a_blocking_call_waits_for_the_end_and_shows_all_of_it() {
    let base = start(None);
    for binding in BINDINGS {
        let client = Client::new(&base, binding, &[]).await;
        let task = client.task(by_id("tck-stream-artifact-chunked")).await;
        assert_eq!(task.status.state, TaskState::Completed);
        let parts = &task.artifacts.as_ref().unwrap()[0].parts;
        assert_eq!(parts[..], [a2a::Part::text("chunk-1 chunk-2")]);
        let asked = client.task(by_id("tck-input-required")).await;
        assert_eq!(asked.status.state, TaskState::InputRequired);
        let started = client.start(by_id("tck-delayed-complete")).await;
        assert!(!started.status.state.is_terminal(), "{started:?}");
    }
}

#[actix_web::test]
async fn a_message_may_be_the_whole_answer() {
    let base = start(None);
    for binding in BINDINGS {
        let client = Client::new(&base, binding, &[]).await;
        let message = client.send(by_id("tck-message-response")).await.unwrap();
        let SendMessageResponse::Message(message) = message else {
            panic!("no message: {message:?}");
        };
        assert_eq!(message.text(), Some("Direct message response"));
        assert!(message.context_id.is_some() && message.task_id.is_none());
        let told = told(&client, by_text("tck-message-response")).await;
        assert_eq!(told, ["message: Direct message response"]);
        assert_eq!(client.list().await, [], "there is no task");
    }
}

#[actix_web::test]
async fn a_task_goes_on_with_what_its_caller_says() {
    let base = start(None);
    for binding in BINDINGS {
        let client = Client::new(&base, binding, &[]).await;
        for (first, follow_ups) in [
            (
                "tck-input-required",
                &[("tck-complete-task", TaskState::Completed)][..],
            ),
            (
                "tck-auth-required",
                &[("here they are", TaskState::Completed)],
            ),
            (
                "tck-multi-turn",
                &[
                    ("more", TaskState::InputRequired),
                    ("and more", TaskState::InputRequired),
                    ("Done", TaskState::Completed),
                ],
            ),
        ] {
            let task = client.task(by_text(first)).await;
            for (n, (said, state)) in follow_ups.iter().enumerate() {
                let task = client.task(follow_up(&task, said)).await;
                assert_eq!(task.status.state, *state, "{first}, {said}");
                let history = task.history.unwrap();
                assert_eq!(history.len(), n + 2, "everything said is in there once");
            }
        }
    }
}

#[actix_web::test]
async fn a_follow_up_is_streamed_and_begins_with_the_task_at_work() {
    let base = start(None);
    for binding in BINDINGS {
        let client = Client::new(&base, binding, &[]).await;
        let task = client.task(by_id("tck-input-required")).await;
        let mut message = by_id("tck-complete-task");
        message.task_id = Some(task.id.clone());
        let told = told(&client, message).await;
        assert_eq!(told, ["task working", "completed: Hello from TCK"]);
    }
}

#[actix_web::test]
async fn a_caller_may_go_on_as_soon_as_it_is_asked() {
    let base = start(None);
    let client = Client::new(&base, BINDINGS[0], &[]).await;
    for _ in 0..50 {
        let mut events = client.stream(by_id("tck-input-required")).await;
        let StreamResponse::Task(task) = next(&mut events).await else {
            panic!("a task comes first");
        };
        next(&mut events).await;
        let task = client.task(follow_up(&task, "tck-complete-task")).await;
        assert_eq!(task.status.state, TaskState::Completed);
    }
}

#[actix_web::test]
async fn tasks_of_the_old_suite_stay_open() {
    let client = Client::new(&start(None), BINDINGS[0], &[]).await;
    let task = client.task(by_id("test-state-message-id")).await;
    assert_eq!(task.status.state, TaskState::InputRequired);
    let task = client.task(by_id("test-another")).await;
    assert_eq!(task.status.state, TaskState::Completed);
}

#[actix_web::test]
async fn a_running_task_can_be_watched_by_more_than_one() {
    let base = start(None);
    for binding in BINDINGS {
        let client = Client::new(&base, binding, &[]).await;
        let task = client.start(by_id("test-resubscribe-message-id")).await;
        let mut watchers: Vec<Events> = Vec::new();
        for _ in 0..3 {
            watchers.push(client.subscribe(&task.id).await.unwrap());
        }
        for watcher in watchers {
            let events = all(watcher).await;
            let StreamResponse::Task(first) = &events[0] else {
                panic!("a task comes first: {events:?}");
            };
            assert_eq!(first.id, task.id);
            assert_eq!(words(events.last().unwrap()), "completed");
        }
        let late = client.subscribe(&task.id).await;
        let error = match late {
            Ok(mut events) => futures_util::StreamExt::next(&mut events)
                .await
                .unwrap()
                .unwrap_err(),
            Err(error) => error,
        };
        assert_eq!(error.code, error_code::UNSUPPORTED_OPERATION, "{error:?}");
    }
}

#[actix_web::test]
async fn a_held_task_works_until_it_is_canceled() {
    let base = start(None);
    for binding in BINDINGS {
        let client = Client::new(&base, binding, &[]).await;
        let mut events = client.stream(by_text("tck-cancel")).await;
        let StreamResponse::Task(Task { id, .. }) = next(&mut events).await else {
            panic!("a task comes first");
        };
        assert_eq!(words(&next(&mut events).await), "working");
        let canceled = client.cancel(&id).await.unwrap();
        assert_eq!(canceled.status.state, TaskState::Canceled);
        let told: Vec<_> = all(events).await.iter().map(words).collect();
        assert_eq!(told, ["canceled"]);
        let done = client.task(by_id("tck-complete-task")).await;
        let error = client.cancel(&done.id).await.unwrap_err();
        assert_eq!(error.code, error_code::TASK_NOT_CANCELABLE);
        let waiting = client.task(by_id("tck-input-required")).await;
        let canceled = client.cancel(&waiting.id).await.unwrap();
        assert_eq!(canceled.status.state, TaskState::Canceled);
    }
}

#[actix_web::test]
async fn what_cannot_be_is_refused() {
    let client = Client::new(&start(None), BINDINGS[0], &[]).await;
    let done = client.task(by_id("tck-complete-task")).await;
    let ended = client.send(follow_up(&done, "more")).await.unwrap_err();
    assert_eq!(ended.code, error_code::UNSUPPORTED_OPERATION);
    let unknown = client.get("no-such-task").await.unwrap_err();
    assert_eq!(unknown.code, error_code::TASK_NOT_FOUND);
}

#[actix_web::test]
async fn a_required_extension_must_be_named() {
    const URI: &str = "urn:a2a:tck:required-extension";
    let base = start(Some(URI));
    for binding in BINDINGS {
        let stranger = Client::new(&base, binding, &[]).await;
        let error = stranger.send(text("hello")).await.unwrap_err();
        assert_eq!(
            error.code,
            error_code::EXTENSION_SUPPORT_REQUIRED,
            "{error:?}"
        );
        let named = format!("urn:other, {URI}");
        let client = Client::new(&base, binding, &[("a2a-extensions", &named)]).await;
        let task = client.task(text("hello")).await;
        assert_eq!(task.status.state, TaskState::Completed);
    }
}
