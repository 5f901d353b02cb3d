//! What is tried again, when, and how often.

use std::{net::TcpListener, time::Instant};

use actix_web::{HttpResponse, http::StatusCode};
use serde_json::{Value, json};
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
use tokio::sync::watch;

use crate::support::{
    agent::{Act, Agent},
    engine::completion,
    eventually,
    gateway::{Gateway, chat},
    scripted::Scripted,
};

/// An agent that answers each call with the next of `statuses`, the last one
/// for ever.
fn answering(statuses: &'static [u16]) -> Scripted {
    Scripted::start(move |call| async move {
        let status = statuses[call.nth.min(statuses.len() - 1)];
        let status = StatusCode::from_u16(status).unwrap();
        HttpResponse::build(status).json(json!({ "call": call.nth }))
    })
}

async fn run(gateway: &Gateway) -> (String, String, Value) {
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    let ended = gateway.ended(&token, &id).await;
    (token, id, ended)
}

#[actix_web::test]
async fn an_agent_that_fails_is_tried_three_times_and_its_last_words_are_kept() {
    let agent = answering(&[500]);
    let gateway = Gateway::with(&[("AGENTS", &agent.named("coder"))]);
    let (token, id, ended) = run(&gateway).await;
    assert_eq!(
        (&ended["state"], &ended["attempt"]),
        (&json!("error"), &json!(3))
    );
    let result = json!({ "detail": "agent answered 500", "status": 500, "body": { "call": 2 } });
    assert_eq!(ended["result"], result);
    let calls = agent.calls();
    let numbers: Vec<_> = calls.iter().map(|c| c.attempt()).collect();
    assert_eq!(numbers, [1, 2, 3]);
    for call in &calls {
        assert_eq!(call.seen.header("idempotency-key"), Some(&*id));
    }
    let kinds = gateway.kinds(&token, &id).await;
    let expected = [
        "submitted",
        "working",
        "retry",
        "working",
        "retry",
        "working",
        "failed",
    ];
    assert_eq!(kinds, expected);
    let history = gateway.history(&token, &id).await;
    assert_eq!(history[2]["data"]["detail"], "agent answered 500");
    assert_eq!(history[2]["state"], "working", "as seen from outside");
    let ms = |n: usize| history[n]["at"].as_i64().unwrap();
    assert!(
        ms(3) - ms(2) >= 1000 && ms(5) - ms(4) >= 2000,
        "{history:?}"
    );
}

#[actix_web::test]
async fn how_often_is_a_setting() {
    let agent = answering(&[500]);
    let agents = agent.named("coder");
    let gateway = Gateway::with(&[("AGENTS", &agents), ("TASK_MAX_ATTEMPTS", "1")]);
    let (_, _, ended) = run(&gateway).await;
    assert_eq!(ended["result"]["status"], 500);
    assert_eq!(agent.calls().len(), 1);
}

#[actix_web::test]
async fn an_agent_that_recovers_ends_the_task_well() {
    let agent = answering(&[503, 200]);
    let gateway = Gateway::with(&[("AGENTS", &agent.named("coder"))]);
    let (token, id, ended) = run(&gateway).await;
    assert_eq!(
        (&ended["state"], &ended["attempt"]),
        (&json!("done"), &json!(2))
    );
    assert_eq!(ended["result"], json!({ "call": 1 }));
    assert_eq!(ended.get("detail"), None, "the old failure is over");
    let kinds = gateway.kinds(&token, &id).await;
    assert_eq!(
        kinds,
        [
            "submitted",
            "working",
            "retry",
            "working",
            "artifact",
            "completed"
        ]
    );
}

#[actix_web::test]
async fn what_the_agent_refuses_is_not_asked_again() {
    for status in [400, 401, 403, 404, 409, 422, 424] {
        let agent = Scripted::start(move |_| async move {
            let status = StatusCode::from_u16(status).unwrap();
            HttpResponse::build(status).json(json!({ "detail": "no" }))
        });
        let gateway = Gateway::with(&[("AGENTS", &agent.named("coder"))]);
        let (_, _, ended) = run(&gateway).await;
        assert_eq!(ended["state"], "error");
        let result = json!({
            "detail": format!("agent answered {status}"),
            "status": status,
            "body": { "detail": "no" },
        });
        assert_eq!(ended["result"], result);
        assert_eq!(agent.calls().len(), 1, "{status}");
    }
}

#[actix_web::test]
async fn an_answer_that_is_no_json_is_a_failure() {
    for (body, content_type) in [
        ("<html>hello</html>", "text/html"),
        ("", "application/json"),
        ("{\"a\":", "application/json"),
    ] {
        let agent = Agent::start(Act::Raw(200, content_type, body.into()));
        let agents = format!("coder={}/api/chat", agent.url());
        let gateway = Gateway::with(&[("AGENTS", &agents)]);
        let (_, _, ended) = run(&gateway).await;
        assert_eq!(ended["state"], "error", "{body:?}");
        assert_eq!(ended["result"]["detail"], "the agent's answer is not JSON");
        assert_eq!(agent.seen().len(), 1, "{body:?}");
    }
}

#[actix_web::test]
async fn a_stream_without_an_answer_is_a_failed_try_and_the_next_one_asks_for_none() {
    let agent = Scripted::start(|call| async move {
        if call.nth > 0 {
            return HttpResponse::Ok().json(json!({ "n": 42 }));
        }
        let events = "data: {\"progress\":0.5}\n\ndata: {\"n\":42}\n\n";
        HttpResponse::Ok()
            .content_type("text/event-stream")
            .body(events)
    });
    let gateway = Gateway::with(&[("AGENTS", &agent.named("coder"))]);
    let (_, _, ended) = run(&gateway).await;
    assert_eq!(ended["result"], json!({ "n": 42 }), "{ended}");
    let calls = agent.calls();
    let accepted = calls.iter().map(|call| call.seen.header("accept").unwrap());
    let streams = "application/json, text/event-stream";
    assert_eq!(accepted.collect::<Vec<_>>(), [streams, "*/*"]);
}

#[actix_web::test]
async fn a_failure_that_is_no_json_keeps_its_status() {
    let agent = Agent::start(Act::Raw(404, "text/html", "<html>".into()));
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let (_, _, ended) = run(&gateway).await;
    let result = json!({ "detail": "agent answered 404", "status": 404, "body": null });
    assert_eq!(ended["result"], result);
}

#[actix_web::test]
async fn the_agent_says_when_to_come_back() {
    let agent = Scripted::start(|call| async move {
        if call.nth > 0 {
            return HttpResponse::Ok().json(json!({}));
        }
        HttpResponse::ServiceUnavailable()
            .insert_header(("retry-after", "3"))
            .json(json!({}))
    });
    let gateway = Gateway::with(&[("AGENTS", &agent.named("coder"))]);
    let started = Instant::now();
    let (token, id, ended) = run(&gateway).await;
    assert_eq!(ended["state"], "done");
    assert!(started.elapsed().as_millis() >= 3000, "it came back early");
    let retry = &gateway.history(&token, &id).await[2];
    let due = retry["data"]["due_at"].as_i64().unwrap() - retry["at"].as_i64().unwrap();
    assert!((2900..3500).contains(&due), "due in {due} ms");
}

#[actix_web::test]
async fn an_agent_that_is_not_up_yet_is_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let gateway = Gateway::with(&[("AGENTS", &format!("coder=http://{address}/api/chat"))]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    eventually("the first try fails", async || {
        let kinds = gateway.kinds(&token, &id).await;
        kinds.iter().any(|kind| kind == "retry").then_some(())
    })
    .await;
    let status = gateway.status(&token, &id).await;
    assert_eq!(status["state"], "in_progress");
    let detail = status["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("the agent could not be reached"),
        "{detail}"
    );
    let agent = Scripted::on(TcpListener::bind(address).unwrap(), |_| async {
        HttpResponse::Ok().json(json!({}))
    });
    assert_eq!(gateway.ended(&token, &id).await["state"], "done");
    assert_eq!(agent.calls().len(), 1);
}

#[actix_web::test]
async fn the_gateways_own_quota_is_no_failure_of_a_task() {
    let gateway = Gateway::with(&[
        ("MAX_TOKENS_PER_MIN", "100"),
        ("WINDOW", "3"),
        ("TASK_MAX_ATTEMPTS", "1"),
    ]);
    let token = gateway.token("ada");
    let mut answer = completion("hello");
    answer["usage"] = json!({ "prompt_tokens": 3, "completion_tokens": 77, "total_tokens": 80 });
    let greedy = Act::Raw(200, "application/json", answer.to_string());
    gateway.engine.act(greedy);
    let first = gateway
        .tell(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    assert_eq!(first.status, 200);
    gateway.engine.act(Act::Text("hello"));
    let long = "word ".repeat(60);
    let id = gateway
        .send(&token, &json!({ "input": chat(long.trim()) }))
        .await;
    let ended = gateway.ended(&token, &id).await;
    assert_eq!(ended["state"], "done", "{ended}");
    let kinds = gateway.kinds(&token, &id).await;
    assert!(kinds.contains(&"released".to_owned()), "{kinds:?}");
    assert!(!kinds.contains(&"retry".to_owned()), "{kinds:?}");
    assert!(ended["attempt"].as_u64().unwrap() > 1);
}

#[actix_web::test]
async fn an_agent_cannot_say_that_its_failure_is_the_gateways() {
    let agent = Scripted::start(|_| async {
        HttpResponse::TooManyRequests()
            .insert_header(("x-attach-limited-by", "gateway"))
            .json(json!({}))
    });
    let agents = agent.named("coder");
    let gateway = Gateway::with(&[("AGENTS", &agents), ("TASK_MAX_ATTEMPTS", "2")]);
    let (_, _, ended) = run(&gateway).await;
    assert_eq!(ended["result"]["status"], 429);
    assert_eq!(agent.calls().len(), 2);
}

#[actix_web::test]
async fn a_task_that_runs_here_is_not_called_again_after_a_suspend() {
    let (answer, answers) = watch::channel(false);
    let agent = Scripted::start(move |_| {
        let mut answers = answers.clone();
        async move {
            answers.wait_for(|answers| *answers).await.unwrap();
            HttpResponse::Ok().json(json!({}))
        }
    });
    let gateway = Gateway::with(&[("AGENTS", &agent.named("coder"))]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    eventually("the agent is called", async || {
        (agent.calls().len() == 1).then_some(())
    })
    .await;
    // To the row a suspend is a lease that has run out.
    let file = SqliteConnectOptions::new().filename(gateway.data.path().join("attach.db"));
    let mut database = file.connect().await.unwrap();
    let overdue = sqlx::query("update task set due_at = 1");
    overdue.execute(&mut database).await.unwrap();
    eventually("a tick has looked at it", async || {
        let due = sqlx::query_scalar("select due_at from task");
        let due: i64 = due.fetch_one(&mut gateway.database().await).await.unwrap();
        (due > 1).then_some(())
    })
    .await;
    answer.send(true).unwrap();
    let ended = gateway.ended(&token, &id).await;
    assert_eq!(
        (&ended["state"], &ended["attempt"]),
        (&json!("done"), &json!(1))
    );
    assert_eq!(agent.calls().len(), 1);
}
