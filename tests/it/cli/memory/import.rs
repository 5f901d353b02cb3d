//! Lines become events.

use std::{fs::File, path::Path, process::Stdio};

use serde_json::{Value, json};

use attach_gateway::domain::time::UnixMillis;

use super::{document, exported, holds, lines, memory, memory_with};
use crate::support::{
    gateway::Gateway,
    process::{Ended, Process, command},
};

const ID: &str = "01a21009-18d3-7517-9b69-972aa2495fac";

fn file(data: &Path, text: &str) -> String {
    let file = data.join("in.jsonl");
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn import(data: &Path, text: &str, vars: &[(&str, &str)]) -> Ended {
    memory_with(data, &["import", &file(data, text)], vars)
}

#[actix_web::test]
async fn lines_of_the_original_are_read_beside_a_serving_gateway_and_found_by_their_owner() {
    let gateway = Gateway::start();
    let data = gateway.data.path();
    let at = UnixMillis::now().plus(-60_000).rfc3339_millis();
    let at = at.trim_end_matches('Z');
    let original = json!({
        "_additional": { "id": ID }, "timestamp": format!("{at}456"), "event": "task_result",
        "user": "ada", "session_id": "s", "task_id": ID, "state": "done",
        "result": { "answer": "quicksilver" }, "mood": "good", "note": null,
    });
    let file = file(data, &lines(std::slice::from_ref(&original)));
    let alone = memory(data, &["import", &file]);
    assert_eq!(alone.code, Some(1));
    assert!(
        alone.err.contains("line 1: issuer: is missing"),
        "{}",
        alone.err
    );
    assert!(alone.err.contains("--issuer"), "{}", alone.err);
    let issuer = gateway.issuer.url();
    let kept = memory(data, &["import", &file, "--issuer", issuer]);
    assert_eq!(
        kept.out, "1 kept, 0 there already, 0 too old",
        "{}",
        kept.err
    );
    let ada = gateway.token("ada");
    let found = gateway.ask(&ada, "/mem/search?q=quicksilver").await.body;
    let event = &found["data"]["Get"]["MemoryEvent"][0];
    assert_eq!(event["id"], ID);
    assert_eq!(event["result"], json!(r#"{"answer":"quicksilver"}"#));
    assert_eq!(event["metadata"], json!({ "mood": "good" }));
    assert_eq!(chrono(&event["timestamp"]), format!("{at}Z"));
}

fn chrono(at: &Value) -> String {
    let at = at
        .as_str()
        .unwrap()
        .parse::<chrono::DateTime<chrono::Utc>>();
    UnixMillis(at.unwrap().timestamp_millis()).rfc3339_millis()
}

#[test]
fn a_bad_line_ends_it_with_what_stands_before_kept_and_mended_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let mut events: Vec<_> = (1..=4).map(|n| document(n, "ada", "a")).collect();
    let good = lines(&events);
    events[2]["timestamp"] = json!("quicksilver");
    let bad = lines(&events);
    let ended = import(data, &bad, &[]);
    assert_eq!((ended.code, &*ended.out), (Some(1), ""));
    let told = "attach-gateway: line 3: timestamp: must be a moment";
    assert!(ended.err.starts_with(told), "{}", ended.err);
    assert!(
        ended.err.contains("2 kept, 0 there already"),
        "{}",
        ended.err
    );
    assert!(!ended.err.contains("quicksilver"), "{}", ended.err);
    assert_eq!(exported(data).len(), 2);
    let ended = import(data, &good, &[]);
    assert_eq!(ended.out, "2 kept, 2 there already, 0 too old");
    for (line, told) in [
        ("{\"id\":", "line 1: column 6: write one JSON object a line"),
        ("[]", "line 1: column 0: write one"),
    ] {
        let ended = import(data, line, &[]);
        assert_eq!(ended.code, Some(1));
        assert!(ended.err.contains(told), "{}", ended.err);
    }
    let long = format!("\n{}", "x".repeat((2 << 20) + 1));
    let ended = import(data, &long, &[]);
    assert!(
        ended.err.contains("line 2: longer than 2 MiB"),
        "{}",
        ended.err
    );
    let ended = memory(data, &["import", "nowhere"]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.err.contains("nowhere cannot be read"),
        "{}",
        ended.err
    );
}

#[test]
fn secrets_stay_outside_in_every_field() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let secret = format!("sk-{}", "q7".repeat(16));
    let mut event = document(1, "ada", &format!("{secret} and blueprint-42"));
    for name in [
        "title",
        "agent",
        "model",
        "target",
        "run_id",
        "state",
        "role",
        "outcome",
        "level",
        "dropped",
        "request_id",
        "session_id",
        "unheard_of",
    ] {
        event[name] = json!(secret);
    }
    event["metadata"] = json!({ "a": [secret] });
    let kept = import(
        data,
        &lines(&[event]),
        &[("MEM_REDACT", "blueprint-[0-9]+")],
    );
    assert_eq!(kept.code, Some(0), "{}", kept.err);
    std::fs::remove_file(data.join("in.jsonl")).unwrap();
    let event = &exported(data)[0];
    assert_eq!(event["text"], "[redacted:api_key] and [redacted:custom]");
    assert_eq!(event["state"], "[redacted:api_key]");
    assert!(!holds(data, &secret) && !holds(data, "blueprint-42"));
}

#[test]
fn what_memory_would_not_keep_is_left_out_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let mut old = document(1, "ada", "old");
    old["timestamp"] = json!(UnixMillis::now().plus(-3 * 86_400_000).rfc3339_millis());
    let text = lines(&[old, document(2, "ada", "new")]);
    let vars = [("MEM_RETENTION_DAYS", "2")];
    let kept = import(data, &text, &vars);
    assert_eq!(
        kept.out, "1 kept, 0 there already, 1 too old",
        "{}",
        kept.err
    );
    assert_eq!(exported(data)[0]["text"], "new");
    let mut ahead = document(3, "ada", "ahead");
    ahead["timestamp"] = json!(UnixMillis::now().plus(2 * 86_400_000).rfc3339_millis());
    let ended = import(data, &lines(&[ahead]), &vars);
    assert!(ended.err.contains("more than a day ahead"), "{}", ended.err);
}

#[test]
fn lines_come_from_stdin_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let text: String = lines(&[document(1, "ada", "a"), document(1, "ada", "a")]);
    let file = file(data, &text);
    let vars = [("ATTACH_DATA", data.to_str().unwrap())];
    let mut import = command(data, &["memory", "import", "-"], &vars);
    import.stdin(Stdio::from(File::open(file).unwrap()));
    let ended = Process::spawn(&mut import).wait(std::time::Duration::from_secs(20));
    assert_eq!(
        ended.out, "1 kept, 1 there already, 0 too old",
        "{}",
        ended.err
    );
}
