//! `attach-gateway memory`, on the file alone and beside a gateway that serves.

mod erase;
mod export;
mod import;
mod tail;

use std::path::Path;

use serde_json::{Value, json};

use attach_gateway::domain::time::UnixMillis;

use crate::support::{
    asking::id_of,
    gateway::Gateway,
    process::{Ended, run},
};

const ISSUER: &str = "https://issuer.example";

fn memory(data: &Path, args: &[&str]) -> Ended {
    memory_with(data, args, &[])
}

fn memory_with(data: &Path, args: &[&str], vars: &[(&str, &str)]) -> Ended {
    let place = [("ATTACH_DATA", data.to_str().unwrap())];
    run(
        data,
        &[&["memory"], args].concat(),
        &[&place, vars].concat(),
    )
}

async fn write(gateway: &Gateway, user: &str, text: &str) -> String {
    let document = json!({ "title": "note", "text": text });
    id_of(
        &gateway
            .tell(&gateway.token(user), "/mem/events", &document)
            .await,
    )
}

/// A line of a document of `user`, written a minute ago.
fn document(n: u32, user: &str, text: &str) -> Value {
    json!({
        "id": format!("01a21009-18d3-7517-9b69-{n:012}"), "event": "document", "user": user,
        "timestamp": UnixMillis::now().plus(i64::from(n) - 60_000).rfc3339_millis(),
        "issuer": ISSUER, "session_id": "s", "text": text,
    })
}

fn lines(events: &[Value]) -> String {
    events.iter().map(|event| format!("{event}\n")).collect()
}

/// Imports `events` into the database of this folder.
fn given(data: &Path, events: &[Value]) {
    let file = data.join("given.jsonl");
    std::fs::write(&file, lines(events)).unwrap();
    let ended = memory(data, &["import", file.to_str().unwrap()]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
}

fn exported(data: &Path) -> Vec<Value> {
    let ended = memory(data, &["export"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let lines = ended.out.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Whether the database or its journal holds `text` anywhere.
fn holds(data: &Path, text: &str) -> bool {
    let files = ["attach.db", "attach.db-wal"].into_iter();
    let mut bytes = files.filter_map(|name| std::fs::read(data.join(name)).ok());
    bytes.any(|bytes| {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    })
}

#[test]
fn those_with_most_stand_first_and_all_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    given(
        data,
        &[
            document(1, "bob", "short"),
            document(2, "ada", &"long ".repeat(100)),
            document(3, "ada", "short"),
        ],
    );
    let stats = memory(data, &["stats"]);
    let rows: Vec<Vec<_>> = stats.out.lines().map(|l| l.split("  ").collect()).collect();
    let rows: Vec<Vec<_>> = rows
        .into_iter()
        .map(|row| {
            row.into_iter()
                .map(str::trim)
                .filter(|c| !c.is_empty())
                .collect()
        })
        .collect();
    let head = ["user", "issuer", "events", "bytes", "oldest", "newest"];
    assert_eq!(rows[0], head);
    assert_eq!(rows[1][..3], ["ada", ISSUER, "2"]);
    assert_eq!(rows[2][..3], ["bob", ISSUER, "1"]);
    assert_eq!(rows[3][..3], ["total", "2 people", "3"]);
    let bytes: Vec<u64> = rows[1..]
        .iter()
        .map(|row| row[3].parse().unwrap())
        .collect();
    assert_eq!(bytes[0] + bytes[1], bytes[2]);
    assert!(bytes[0] > 500 && bytes[0] > bytes[1], "{bytes:?}");
    assert_eq!(rows[1][5], rows[3][5], "ada's is the newest");
    assert_eq!(rows[2][4], rows[3][4], "bob's is the oldest");
    let one = memory(data, &["stats", "--limit", "1"]);
    assert_eq!(one.out.lines().count(), 3);
    assert!(one.out.lines().last().unwrap().contains("2 people"));
}

#[test]
fn with_memory_off_each_command_says_what_to_set() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["erase", "--user", "ada"][..],
        &["export"],
        &["import", "-"],
        &["tail"],
        &["stats"],
    ] {
        let ended = memory_with(folder.path(), args, &[("MEM_BACKEND", "none")]);
        assert_eq!(ended.code, Some(64), "{args:?}: {}", ended.err);
        let told = "attach-gateway: memory is off; set MEM_BACKEND to sqlite, postgres or weaviate";
        assert!(ended.err.starts_with(told), "{args:?}: {}", ended.err);
        let ended = memory_with(folder.path(), args, &[("MEM_REDACT", "(")]);
        assert_eq!(ended.code, Some(64), "{args:?}: {}", ended.err);
        assert!(ended.err.contains("MEM_REDACT"), "{args:?}: {}", ended.err);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn without_a_database_those_that_read_say_where_to_look() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["erase", "--user", "ada"][..],
        &["export"],
        &["tail"],
        &["stats"],
    ] {
        let ended = memory(folder.path(), args);
        assert_eq!(ended.code, Some(1), "{args:?}: {}", ended.err);
        assert!(ended.err.contains("ATTACH_DATA"), "{args:?}: {}", ended.err);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
