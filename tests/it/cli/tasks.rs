//! `attach-gateway tasks`, on the file alone and beside a gateway that serves.

use std::{path::Path, time::Duration};

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::support::{
    a2a::{Asker, hello},
    agent::{Act, Agent},
    engine::{self, Engine},
    eventually,
    gateway::Gateway,
    process::{Ended, Process, command, run},
    scripted::{Gate, Place, Scripted},
};

fn tasks(data: &Path, args: &[&str]) -> Ended {
    let vars = [("ATTACH_DATA", data.to_str().unwrap())];
    run(data, &[&["tasks"], args].concat(), &vars)
}

#[actix_web::test]
async fn the_list_shows_everyones_newest_tasks() {
    let agent = Agent::start(Act::Raw(200, "application/json", "{}".into()));
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let messages = json!([{ "role": "user", "content": "sort\na list" }]);
    let mut ids = Vec::new();
    for user in ["ada", "bob"] {
        let token = gateway.token(user);
        let task = json!({ "target": "coder", "input": { "messages": messages } });
        let id = gateway.send(&token, &task).await;
        gateway.ended(&token, &id).await;
        ids.push(id);
    }
    let beside = tasks(gateway.data.path(), &["list"]);
    let (_engine, _issuer, data) = gateway.stop();
    let alone = tasks(data.path(), &["list"]);
    assert_eq!(beside.out, alone.out, "the same while it serves and after");
    let lines: Vec<_> = alone.out.lines().collect();
    assert_eq!(lines.len(), 3);
    let head: Vec<_> = lines[0].split_whitespace().collect();
    let expected = [
        "task", "state", "target", "user", "created", "took", "asked",
    ];
    assert_eq!(head, expected);
    for (line, id, user) in [(lines[1], &ids[1], "bob"), (lines[2], &ids[0], "ada")] {
        let cells: Vec<_> = line.split_whitespace().collect();
        assert_eq!(cells[..4], [&**id, "done", "coder", user]);
        assert!(line.ends_with("sort a list"), "{line}");
    }
    let one = tasks(data.path(), &["list", "--limit", "1"]);
    assert_eq!(one.out.lines().count(), 2);
    let none = tasks(data.path(), &["list", "--state", "error"]);
    assert_eq!(none.out.lines().count(), 1);
}

#[actix_web::test]
async fn one_task_is_shown_with_its_timeline_its_tree_and_its_result() {
    let place = Place::default();
    let planner = Scripted::start({
        let place = place.clone();
        move |call| {
            let place = place.clone();
            async move {
                let task = json!({ "target": "coder", "input": {} });
                place.hand_off(&call, &task).await;
                place.hand_off(&call, &task).await;
                HttpResponse::Ok().json(json!({ "done": true }))
            }
        }
    });
    let coder = Agent::start(Act::Raw(404, "application/json", "{}".into()));
    let agents = format!(
        "{},coder={}/api/chat",
        planner.named("planner"),
        coder.url()
    );
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    place.set(&gateway.url);
    let token = gateway.token("ada");
    let task = json!({ "target": "planner", "input": {} });
    let id = gateway.send(&token, &task).await;
    let ended = gateway.ended(&token, &id).await;
    let shown = tasks(gateway.data.path(), &["show", &id]);
    assert_eq!(shown.code, Some(0), "{}", shown.err);
    for line in [
        format!("task     {id}"),
        "state    done (completed)".to_owned(),
        "target   planner".to_owned(),
        format!("user     ada of {}", gateway.issuer.url()),
        format!("session  {}", ended["session_id"].as_str().unwrap()),
        "  \"done\": true".to_owned(),
    ] {
        assert!(
            shown.out.lines().any(|l| l == line),
            "{line}: {}",
            shown.out
        );
    }
    for kind in ["submitted", "working", "child", "artifact", "completed"] {
        let line = format!("  {kind}");
        assert!(shown.out.contains(&line), "{kind}: {}", shown.out);
    }
    let branches: Vec<_> = shown
        .out
        .lines()
        .filter(|l| l.contains(" coder ") || l.contains("─ coder"))
        .collect();
    assert!(
        branches.iter().any(|l| l.starts_with("├─ coder ")),
        "{}",
        shown.out
    );
    assert!(
        branches.iter().any(|l| l.starts_with("└─ coder ")),
        "{}",
        shown.out
    );

    let path = format!("/a2a/tasks?parent={id}");
    let list = gateway.ask(&token, &path).await.body;
    let child = list["tasks"][0]["task_id"].as_str().unwrap();
    let shown = tasks(gateway.data.path(), &["show", child]);
    let parent = format!("parent   {id}");
    assert!(shown.out.contains(&parent), "{}", shown.out);
    assert!(
        shown.out.contains("state    error (failed)"),
        "{}",
        shown.out
    );
    assert!(
        shown.out.contains("detail   agent answered 404"),
        "{}",
        shown.out
    );
}

#[actix_web::test]
async fn a_task_is_watched_until_it_ends() {
    let gate = Gate::closed();
    let agent = Scripted::start({
        let gate = gate.clone();
        move |_| {
            let gate = gate.clone();
            async move {
                gate.pass().await;
                HttpResponse::Ok().json(json!({}))
            }
        }
    });
    let gateway = Gateway::with(&[("AGENTS", &agent.named("coder"))]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    let data = gateway.data.path();
    let vars = [("ATTACH_DATA", data.to_str().unwrap())];
    let mut watch = Process::spawn(&mut command(data, &["tasks", "watch", &id], &vars));
    watch.said("working").await;
    assert!(!watch.printed().contains("completed"));
    gate.open();
    let ended = watch.wait(Duration::from_secs(10));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let kinds: Vec<_> = ended
        .out
        .lines()
        .map(|line| line.split_whitespace().nth(1).unwrap())
        .collect();
    assert_eq!(kinds, ["submitted", "working", "artifact", "completed"]);
}

#[actix_web::test]
async fn the_pieces_in_which_an_answer_was_written_are_one_line() {
    let piece = |text: &str, reason: Value| {
        let choice = json!({ "delta": { "content": text }, "finish_reason": reason });
        format!("data: {}\n\n", json!({ "choices": [choice] }))
    };
    let agent = Engine::start(engine::Act::Stream {
        content_type: "text/event-stream",
        chunks: vec![
            piece("one ", Value::Null),
            piece("two ", Value::Null),
            piece("three", json!("stop")),
        ],
        pause: Duration::from_millis(300),
        is_cut: false,
    });
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    gateway.ended(&token, &id).await;
    let data = gateway.data.path();
    for command in ["show", "watch"] {
        let shown = tasks(data, &[command, &id]).out;
        assert_eq!(shown.matches("  artifact  ").count(), 1, "{shown}");
        assert!(shown.contains("more of it"), "{shown}");
    }
}

#[actix_web::test]
async fn a_task_canceled_on_the_file_hangs_up_on_its_agent_in_the_serving_gateway() {
    let agent = Agent::start(Act::Silence);
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[
        ("AGENTS", &agents),
        ("SHUTDOWN_GRACE", "1"),
        ("TASK_LEASE", "3"),
    ]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    let other = gateway.send(&token, &task).await;
    eventually("the agent works", async || {
        (agent.open() == 2).then_some(())
    })
    .await;
    let canceled = tasks(gateway.data.path(), &["cancel", &id]);
    assert_eq!(canceled.code, Some(0), "{}", canceled.err);
    assert_eq!(canceled.out, format!("canceled {id}"));
    let status = gateway.status(&token, &id).await;
    assert_eq!(status["state"], "error");
    eventually("the agent is hung up on", async || {
        (agent.open() == 1).then_some(())
    })
    .await;
    let status = gateway.status(&token, &other).await;
    assert_eq!(status["state"], "in_progress", "the other one works on");
    let again = tasks(gateway.data.path(), &["cancel", &id]);
    assert_eq!(again.code, Some(1));
    assert_eq!(again.err, "attach-gateway: the task has ended: canceled");
}

#[actix_web::test]
async fn a_task_canceled_while_nothing_serves_is_not_run_later() {
    let agent = Agent::start(Act::Silence);
    let agents = format!("coder={}/api/chat", agent.url());
    let vars = [("AGENTS", &*agents), ("SHUTDOWN_GRACE", "1")];
    let gateway = Gateway::with(&vars);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    gateway.reaches(&token, &id, "in_progress").await;
    let (engine, issuer, data) = gateway.stop();
    let canceled = tasks(data.path(), &["cancel", &id]);
    assert_eq!(canceled.code, Some(0), "{}", canceled.err);
    let calls = agent.seen().len();
    let gateway = Gateway::over(engine, issuer, data, &vars);
    let token = gateway.token("ada");
    let after = gateway.send(&token, &task).await;
    eventually("the next one is called", async || {
        (agent.seen().len() == calls + 1).then_some(())
    })
    .await;
    let kinds = gateway.kinds(&token, &id).await;
    assert_eq!(kinds, ["submitted", "working", "released", "canceled"]);
    assert_eq!(agent.seen().len(), calls + 1);
    assert_eq!(agent.seen()[calls].header("x-attach-task"), Some(&*after));
}

#[actix_web::test]
async fn a_task_is_shown_with_its_webhooks_and_what_is_wrong_with_them() {
    let agent = Agent::start(Act::Raw(200, "application/json", "{}".into()));
    let refusing = Scripted::start(|_| async { HttpResponse::Gone().finish() });
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents), ("PUSH_ALLOW", refusing.url())]);
    let ada = Asker::new(&gateway, "ada", "coder");
    let mut request = hello("m");
    let url = format!("{}/a-secret-path", refusing.url());
    request["configuration"] =
        json!({ "taskPushNotificationConfig": { "id": "hook", "url": url } });
    let task = ada.result("SendMessage", request).await["task"].clone();
    let id = task["id"].as_str().unwrap();
    let host = refusing.url().trim_start_matches("http://");
    let shown = eventually("it has failed", async || {
        let shown = tasks(gateway.data.path(), &["show", id]).out;
        shown.contains("failures").then_some(shown)
    });
    let shown = shown.await;
    let line = shown.lines().find(|line| line.contains("hook ")).unwrap();
    for part in [host, "sent up to 0", "due ", "the receiver answered 410"] {
        assert!(line.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("a-secret-path"), "{shown}");
}

#[test]
fn without_a_database_and_without_such_a_task_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let ended = tasks(folder.path(), &["list"]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended
            .err
            .contains("attach.db; run this in the folder of the gateway"),
        "{}",
        ended.err
    );
    let ended = tasks(folder.path(), &["show", "nope"]);
    assert!(ended.err.contains("not a task's id"), "{}", ended.err);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

    let gateway = Gateway::start();
    let id = "01a21009-18d3-7517-9b69-972aa2495fac";
    for command in ["show", "watch", "cancel"] {
        let ended = tasks(gateway.data.path(), &[command, id]);
        assert_eq!(ended.code, Some(1), "{command}");
        assert_eq!(ended.err, "attach-gateway: unknown task", "{command}");
    }
}
