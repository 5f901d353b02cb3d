//! Events leave as lines.

use std::process::Stdio;

use serde_json::{Value, json};

use super::{document, exported, given, memory, write};
use crate::support::{
    gateway::{Gateway, chat},
    process::{command, run},
};

#[actix_web::test]
async fn what_is_exported_is_what_is_read_and_comes_back_the_same() {
    let gateway = Gateway::start();
    let ada = gateway.token("ada");
    let note = json!({ "text": "a\nb", "metadata": { "z": [1.5, null], "a": "\u{2028}" } });
    gateway.tell(&ada, "/mem/events", &note).await;
    gateway
        .post(&ada, "/v1/chat/completions", &chat("what is up?"))
        .await;
    let log = json!({ "run_id": "r", "level": "info", "message": "m" });
    gateway.tell(&ada, "/v1/logs", &log).await;
    gateway.remembers(&ada, "", 4).await;
    write(&gateway, "bob", "of bob").await;
    let all = memory(gateway.data.path(), &["export"]);
    assert_eq!((all.code, &*all.err), (Some(0), ""));
    assert_eq!(all.out.lines().count(), 5);

    for line in all.out.lines() {
        assert!(line.starts_with(r#"{"id":""#), "{line}");
        let mut event: Value = serde_json::from_str(line).unwrap();
        let token = gateway.token(event["user"].as_str().unwrap());
        let path = format!("/mem/events/{}", event["id"].as_str().unwrap());
        let mut shown = gateway.ask(&token, &path).await.body;
        shown.as_object_mut().unwrap().remove("message");
        for event in [&mut event, &mut shown] {
            let at = event["timestamp"].take();
            let at = chrono_millis(at.as_str().unwrap());
            event["timestamp"] = json!(at);
        }
        assert_eq!(event, shown);
    }
    let adas = memory(gateway.data.path(), &["export", "--user", "ada"]);
    assert_eq!(adas.out.lines().count(), 4);
    assert!(all.out.starts_with(&adas.out), "the oldest first");

    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("events.jsonl");
    std::fs::write(&file, &all.out).unwrap();
    let import = ["import", file.to_str().unwrap()];
    let first = memory(elsewhere.path(), &import);
    assert_eq!(
        first.out, "5 kept, 0 there already, 0 too old",
        "{}",
        first.err
    );
    let again = memory(elsewhere.path(), &import);
    assert_eq!(again.out, "0 kept, 5 there already, 0 too old");
    assert_eq!(memory(elsewhere.path(), &["export"]).out, all.out);
}

/// Milliseconds of a moment with three digits or fewer of a second.
fn chrono_millis(text: &str) -> i64 {
    let at = text.parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    at.timestamp_millis()
}

#[test]
fn more_than_a_page_is_exported_whole_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let events: Vec<_> = (0..1300)
        .map(|n| document(n, "ada", &n.to_string()))
        .collect();
    given(folder.path(), &events);
    let texts: Vec<_> = exported(folder.path())
        .iter()
        .map(|e| e["text"].clone())
        .collect();
    let expected: Vec<_> = events.iter().map(|e| e["text"].clone()).collect();
    assert_eq!(texts, expected);
    let ended = memory(folder.path(), &["export", "--user", "eve"]);
    assert_eq!((ended.code, &*ended.out), (Some(1), ""));
    let ended = run(folder.path(), &["memory", "export", "--issuer", "i"], &[]);
    assert_eq!(ended.code, Some(2), "{}", ended.err);
}

#[test]
fn an_export_that_cannot_be_written_whole_fails() {
    let folder = tempfile::tempdir().unwrap();
    given(folder.path(), &[document(1, "ada", "a")]);
    let vars = [("ATTACH_DATA", folder.path().to_str().unwrap())];
    let mut full = command(folder.path(), &["memory", "export"], &vars);
    let device = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let ended = full.stdout(Stdio::from(device)).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let told = String::from_utf8(ended.stderr).unwrap();
    assert!(told.contains("the export is not whole"), "{told}");
}
