//! Events are followed.

use std::time::Duration;

use serde_json::json;

use super::{memory, write};
use crate::support::{
    eventually,
    gateway::{Gateway, chat},
    process::{Process, command},
};

fn tail(gateway: &Gateway, args: &[&str]) -> Process {
    let data = gateway.data.path();
    let vars = [("ATTACH_DATA", data.to_str().unwrap())];
    Process::spawn(&mut command(
        data,
        &[&["memory", "tail"], args].concat(),
        &vars,
    ))
}

#[actix_web::test]
async fn the_newest_are_shown_and_then_whatever_comes_each_once() {
    let gateway = Gateway::start();
    for n in 1..=3 {
        write(&gateway, "ada", &format!("before {n}")).await;
    }
    let tail = tail(&gateway, &["-n", "2"]);
    tail_says(&tail, "before 3").await;
    let shown = tail.printed();
    assert!(
        !shown.contains("before 1") && shown.contains("before 2"),
        "{shown}"
    );
    let old = attach_gateway::domain::time::UnixMillis::now()
        .plus(-3_600_000)
        .secs();
    let log =
        json!({ "run_id": "r", "level": "warn", "message": "of an hour ago", "timestamp": old });
    gateway.tell(&gateway.token("bob"), "/v1/logs", &log).await;
    tail_says(&tail, "of an hour ago").await;
    gateway
        .post(
            &gateway.token("eve"),
            "/v1/chat/completions",
            &chat("a\u{1b}[2J\nb"),
        )
        .await;
    tail_says(&tail, "hello").await;
    let shown = tail.printed();
    let lines: Vec<Vec<_>> = shown.lines().map(|l| l.split("  ").collect()).collect();
    assert_eq!(lines.len(), 5, "{shown}");
    assert_eq!(lines[0][1..], ["ada", "document", "note", "before 2"]);
    assert_eq!(lines[2][1..], ["bob", "log", "warn", "of an hour ago"]);
    assert_eq!(
        lines[3][1..],
        ["eve", "prompt", "scripted", "a\u{fffd}[2J b"]
    );
    assert_eq!(lines[4][1..], ["eve", "response", "scripted", "hello"]);
    assert!(
        lines
            .iter()
            .all(|line| line[0].len() == 24 && line[0].ends_with('Z'))
    );
}

async fn tail_says(tail: &Process, text: &str) {
    eventually("the tail says it", async || {
        tail.printed().contains(text).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn only_those_asked_for_are_followed() {
    let gateway = Gateway::start();
    write(&gateway, "bob", "of bob").await;
    let tail = tail(&gateway, &["--user", "ada", "--event", "document"]);
    // Whoever has had nothing yet is followed too.
    gateway
        .post(
            &gateway.token("ada"),
            "/v1/chat/completions",
            &chat("asked"),
        )
        .await;
    gateway.remembers(&gateway.token("ada"), "", 2).await;
    write(&gateway, "bob", "of bob").await;
    write(&gateway, "ada", "of ada").await;
    tail_says(&tail, "of ada").await;
    assert_eq!(tail.printed().lines().count(), 1, "{}", tail.printed());
    let ended = memory(gateway.data.path(), &["tail", "--event", "nothing"]);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.err.contains("task_result, document, log"),
        "{}",
        ended.err
    );
}

#[actix_web::test]
async fn it_ends_when_nobody_reads_any_more() {
    let gateway = Gateway::start();
    let data = gateway.data.path();
    let vars = [("ATTACH_DATA", data.to_str().unwrap())];
    let mut child = command(data, &["memory", "tail"], &vars).spawn().unwrap();
    drop(child.stdout.take());
    write(&gateway, "ada", "said to nobody").await;
    let child = std::sync::Mutex::new(&mut child);
    let status = eventually("it ends", async || {
        child.lock().unwrap().try_wait().unwrap()
    });
    let status = tokio::time::timeout(Duration::from_secs(10), status)
        .await
        .unwrap();
    assert_eq!(status.code(), Some(0));
}
