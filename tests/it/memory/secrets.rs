//! What looks like a secret is on its way to the engine and nowhere else.

use std::{fs, path::Path, time::Duration};

use serde_json::json;

use crate::support::{
    agent::{Act, Agent},
    engine::{Engine, sse},
    gateway::{Gateway, chat},
};

/// One of each kind, made up here, so that none is written in this file whole.
fn secrets() -> Vec<String> {
    let noise = "Zq7Xw2Lm9Rt4Yb6Kd1Pf3Hs8";
    vec![
        format!("sk-{noise}"),
        format!("ghp_{noise}{noise}"),
        format!("AKIA{}", "QRSTUVWXYZ234567"),
        format!("xoxb-{noise}"),
        format!("eyJhbGciOiJFUzI1NiJ9.{noise}.{noise}"),
    ]
}

/// Files of the data folder that hold `secret`, and how many there are.
fn holding(folder: &Path, secret: &str) -> (Vec<String>, usize) {
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    let holds = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        bytes.windows(secret.len()).any(|w| w == secret.as_bytes())
    };
    let found = files.iter().filter(|file| holds(&file.path()));
    let names = found.map(|file| file.file_name().to_string_lossy().into_owned());
    (names.collect(), files.len())
}

#[actix_web::test]
async fn no_planted_secret_reaches_the_disk() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    for secret in secrets() {
        let answer = format!("your key is {secret}.");
        let body = crate::support::engine::completion(&answer).to_string();
        gateway.engine.act(Act::Raw(200, "application/json", body));
        let asked = chat(&format!("keep {secret} safe"));
        let answered = gateway.tell(&token, "/v1/chat/completions", &asked).await;
        let said = answered.body["choices"][0]["message"]["content"].as_str();
        assert_eq!(said, Some(&*answer), "the caller gets all of it");
        let document = json!({
            "title": format!("about {secret}"), "text": format!("it is {secret}"),
            "agent": secret, "metadata": { "key": secret, secret.clone(): [secret] },
        });
        let written = gateway.tell(&token, "/mem/events", &document).await;
        assert_eq!(written.status, 201);
    }
    let count = secrets().len() * 3;
    let events = gateway.remembers(&token, "limit=100", count).await;
    let marked = events
        .iter()
        .filter(|e| e.to_string().contains("[redacted:"));
    assert_eq!(marked.count(), count, "{events:?}");
    let seen: Vec<_> = gateway.engine.seen();
    let (_engine, _issuer, data) = gateway.stop();
    for (secret, seen) in secrets().iter().zip(seen) {
        let asked = String::from_utf8(seen.body.to_vec()).unwrap();
        assert!(asked.contains(secret), "the engine gets all of it");
        let (found, files) = holding(data.path(), secret);
        assert_eq!(found, [] as [&str; 0], "{secret}");
        assert!(files > 0);
    }
    let (found, _) = holding(data.path(), "[redacted:");
    assert_eq!(found, ["attach.db"], "the search finds what is there");
}

#[actix_web::test]
async fn a_secret_that_comes_in_pieces_is_still_one() {
    let secret = &secrets()[0];
    let (head, tail) = secret.split_at(7);
    let engine = Engine::start(Act::Stream {
        content_type: "text/event-stream",
        chunks: sse(&["it is ", head, tail, " of course"]),
        pause: Duration::from_millis(1),
        is_cut: false,
    });
    let gateway = Gateway::before(engine, &[]);
    let token = gateway.token("ada");
    let mut body = chat("what is my key?");
    body["stream"] = json!(true);
    let answer = gateway.post(&token, "/v1/chat/completions", &body).await;
    answer.text().await.unwrap();
    let events = gateway.remembers(&token, "event=response", 1).await;
    assert_eq!(events[0]["text"], "it is [redacted:api_key] of course");
    let (_engine, _issuer, data) = gateway.stop();
    assert_eq!(holding(data.path(), secret).0, [] as [&str; 0]);
}

#[actix_web::test]
async fn a_task_keeps_its_input_and_result_whole_and_memory_does_not() {
    let secret = &secrets()[0];
    let result = json!({ "key": secret }).to_string();
    let agent = Agent::start(Act::Raw(200, "application/json", result));
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": { "key": secret, "list": [secret] } });
    let id = gateway.send(&token, &task).await;
    let ended = gateway.ended(&token, &id).await;
    assert_eq!(ended["result"], json!({ "key": secret }));
    assert_eq!(agent.seen()[0].json(), task["input"]);
    let events = gateway.remembers(&token, &format!("task_id={id}"), 2).await;
    for event in events {
        let text = event.to_string();
        assert!(!text.contains(secret), "{text}");
        assert!(text.contains("[redacted:api_key]"), "{text}");
    }
    let mut database = gateway.database().await;
    let like = format!("%{secret}%");
    let rows: i64 = sqlx::query_scalar(
        "select count(*) from memory_event where text like ?1 or body like ?1 or title like ?1",
    )
    .bind(like)
    .fetch_one(&mut database)
    .await
    .unwrap();
    assert_eq!(rows, 0);
}

#[actix_web::test]
async fn a_pattern_of_ones_own_is_redacted_too() {
    let gateway = Gateway::with(&[("MEM_REDACT", r"EMP-\d{6} [a-z]+@corp\.example")]);
    let token = gateway.token("ada");
    let document = json!({ "text": "EMP-123456 is ada@corp.example, room 12" });
    gateway.tell(&token, "/mem/events", &document).await;
    let events = gateway.memory(&token, "").await;
    let text = "[redacted:custom] is [redacted:custom], room 12";
    assert_eq!(events[0]["text"], text);
}
