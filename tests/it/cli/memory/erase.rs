//! A person is erased.

use serde_json::json;

use super::{ISSUER, document, given, holds, memory, write};
use crate::support::{
    agent::{Act, Agent},
    eventually,
    gateway::{Gateway, chat},
    scripted::Scripted,
};

#[actix_web::test]
async fn one_person_is_erased_from_the_disk_while_the_gateway_serves_the_others() {
    let gateway = Gateway::start();
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    for _ in 0..30 {
        write(&gateway, "ada", "the quicksilver plan").await;
    }
    write(&gateway, "bob", "the granite plan").await;
    let path = "/mem/search?q=quicksilver";
    gateway.ask(&ada, path).await;
    let data = gateway.data.path();
    assert!(holds(data, "quicksilver"));
    let erased = memory(data, &["erase", "--user", "ada", "--yes"]);
    assert_eq!(erased.code, Some(0), "{}", erased.err);
    let issuer = gateway.issuer.url();
    assert_eq!(erased.out, format!("erased of ada of {issuer}: events 30"));
    assert_eq!(gateway.memory(&ada, "").await.len(), 0);
    let found = gateway.ask(&ada, path).await.body;
    assert_eq!(found["data"]["Get"]["MemoryEvent"], json!([]));
    assert_eq!(gateway.memory(&bob, "").await.len(), 1);
    assert!(!holds(data, "quicksilver"), "also out of the journal");
    assert!(holds(data, "granite"));
    write(&gateway, "ada", "a new beginning").await;
    assert_eq!(gateway.memory(&ada, "").await.len(), 1);
}

#[test]
fn without_a_terminal_nothing_goes_that_was_not_said_yes_to() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    given(data, &[document(1, "ada", "a"), document(2, "ada", "b")]);
    let asked = memory(data, &["erase", "--user", "ada"]);
    assert_eq!((asked.code, &*asked.out), (Some(1), ""), "{}", asked.err);
    assert!(
        asked.err.starts_with("erases 2 events from 20"),
        "{}",
        asked.err
    );
    assert!(asked.err.contains("--yes"), "{}", asked.err);
    assert_eq!(super::exported(data).len(), 2);
}

#[test]
fn of_several_people_of_one_name_one_has_to_be_meant() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let mut other = document(2, "ada", "b");
    other["issuer"] = json!("https://another.example");
    given(data, &[document(1, "ada", "a"), other]);
    let asked = memory(data, &["erase", "--user", "ada", "--yes"]);
    assert_eq!(asked.code, Some(1));
    for issuer in [ISSUER, "https://another.example"] {
        let line = format!("  --issuer {issuer}  1 event");
        assert!(asked.err.contains(&line), "{}", asked.err);
    }
    let args = ["erase", "--user", "ada", "--yes", "--issuer", ISSUER];
    let erased = memory(data, &args);
    assert_eq!(erased.code, Some(0), "{}", erased.err);
    let left = super::exported(data);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["issuer"], "https://another.example");
    let again = memory(data, &args);
    let told = format!(
        "attach-gateway: ada of {ISSUER} has nothing here; attach-gateway memory stats shows who has"
    );
    assert_eq!((again.code, again.err), (Some(1), told));
}

#[actix_web::test]
async fn a_person_nobody_knows_is_not_erased() {
    let gateway = Gateway::start();
    let data = gateway.data.path();
    for args in [
        &["erase", "--user", "eve", "--yes"][..],
        &["erase", "--user", "eve", "--tasks"],
    ] {
        let ended = memory(data, args);
        assert_eq!((ended.code, &*ended.out), (Some(1), ""));
        assert!(ended.err.contains("eve has nothing here"), "{}", ended.err);
    }
}

#[actix_web::test]
async fn tasks_go_too_the_unfinished_ones_are_hung_up_on_and_the_bills_stay() {
    let silent = Agent::start(Act::Silence);
    let quick = Scripted::start(|_| async { actix_web::HttpResponse::Ok().json(json!({})) });
    let agents = format!("coder={}/api/chat,{}", silent.url(), quick.named("quick"));
    let gateway = Gateway::with(&[
        ("AGENTS", &agents),
        ("SHUTDOWN_GRACE", "1"),
        ("TASK_LEASE", "3"),
    ]);
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let task = |target: &str| json!({ "target": target, "input": { "a": "quicksilver" } });
    // More than leave in one commit.
    let mut ended = String::new();
    for _ in 0..25 {
        ended = gateway.send(&ada, &task("quick")).await;
        gateway.ended(&ada, &ended).await;
    }
    let open = gateway.send(&ada, &task("coder")).await;
    let theirs = gateway
        .send(&bob, &json!({ "target": "coder", "input": {} }))
        .await;
    eventually("both are called", async || {
        (silent.open() == 2).then_some(())
    })
    .await;
    gateway
        .post(&ada, "/v1/chat/completions", &chat("quicksilver"))
        .await;
    gateway.one_usage().await;
    gateway.remembers(&ada, "event=response", 1).await;

    let data = gateway.data.path();
    let kept = memory(data, &["erase", "--user", "ada", "--tasks"]);
    assert!(
        kept.err.contains(" and 26 tasks of ada of "),
        "{}",
        kept.err
    );
    let erased = memory(data, &["erase", "--user", "ada", "--tasks", "--yes"]);
    assert_eq!(erased.code, Some(0), "{}", erased.err);
    assert!(erased.out.ends_with(", tasks 26"), "{}", erased.out);
    for id in [&ended, &open] {
        let path = format!("/a2a/tasks/status/{id}");
        assert_eq!(gateway.ask(&ada, &path).await.status, 404);
    }
    eventually("the agent is hung up on", async || {
        (silent.open() == 1).then_some(())
    })
    .await;
    assert_eq!(gateway.status(&bob, &theirs).await["state"], "in_progress");
    assert_eq!(gateway.memory(&ada, "").await.len(), 0);
    assert!(!holds(data, "quicksilver"), "also out of the journal");
    assert_eq!(gateway.usage().await.len(), 1, "a bill stays");
}
