//! What is told, whole.

use a2a::{SendMessageResponse, StreamResponse};
use serde_json::json;

use super::{Dialect, REST, TWICE, tell};

fn task() -> a2a::Task {
    let said = json!({ "messageId": "s", "role": "ROLE_AGENT", "parts": [{ "text": "no" }] });
    let asked = json!({
        "messageId": "m", "role": "ROLE_USER", "referenceTaskIds": ["r"],
        "parts": [{ "raw": "dGNr", "filename": "t", "mediaType": "text/plain" }],
    });
    serde_json::from_value(json!({
        "id": "t", "contextId": "c", "metadata": { "a": 1 },
        "status": {
            "state": "TASK_STATE_CANCELED", "message": said, "timestamp": "2026-01-31T12:00:00.123Z",
        },
        "history": [asked],
        "artifacts": [{ "artifactId": "x", "parts": [{ "data": [1] }, { "url": "u" }] }],
    }))
    .unwrap()
}

#[test]
fn a_task_is_told_in_json_rpc_with_kinds() {
    assert_eq!(
        tell::task(Dialect::Rpc, &task()),
        json!({
            "kind": "task", "id": "t", "contextId": "c", "metadata": { "a": 1 },
            "status": {
                "state": "canceled", "timestamp": "2026-01-31T12:00:00.123Z",
                "message": {
                    "kind": "message", "messageId": "s", "role": "agent",
                    "parts": [{ "kind": "text", "text": "no" }],
                },
            },
            "history": [{
                "kind": "message", "messageId": "m", "role": "user", "referenceTaskIds": ["r"],
                "parts": [{
                    "kind": "file",
                    "file": { "bytes": "dGNr", "name": "t", "mimeType": "text/plain" },
                }],
            }],
            "artifacts": [{
                "artifactId": "x",
                "parts": [
                    { "kind": "data", "data": { "value": [1] } },
                    { "kind": "file", "file": { "uri": "u" } },
                ],
            }],
        })
    );
}

#[test]
fn a_task_is_told_in_proto_json_with_nothing_its_definition_lacks() {
    let told = tell::sent(TWICE, &SendMessageResponse::Task(task()));
    assert_eq!(
        told,
        json!({ "task": {
            "id": "t", "contextId": "c", "metadata": { "a": 1 },
            "status": {
                "state": "TASK_STATE_CANCELLED", "timestamp": "2026-01-31T12:00:00.123Z",
                "message": {
                    "messageId": "s", "role": "ROLE_AGENT", "content": [{ "text": "no" }],
                },
            },
            "history": [{
                "messageId": "m", "role": "ROLE_USER",
                "content": [{ "file": {
                    "fileWithBytes": "ZEdOcg==", "name": "t", "mimeType": "text/plain",
                }}],
            }],
            "artifacts": [{
                "artifactId": "x",
                "parts": [
                    { "data": { "data": { "value": [1] } } }, { "file": { "fileWithUri": "u" } },
                ],
            }],
        }})
    );
}

#[test]
fn events_are_told_with_final_where_the_stream_closes() {
    let update: a2a::TaskStatusUpdateEvent = serde_json::from_value(json!({
        "taskId": "t", "contextId": "c", "status": { "state": "TASK_STATE_INPUT_REQUIRED" },
    }))
    .unwrap();
    let update = StreamResponse::StatusUpdate(update);
    for is_final in [true, false] {
        assert_eq!(
            tell::event(Dialect::Rpc, &update, is_final),
            json!({
                "kind": "status-update", "taskId": "t", "contextId": "c", "final": is_final,
                "status": { "state": "input-required" },
            })
        );
        let told = tell::event(REST, &update, is_final);
        assert_eq!(told["statusUpdate"]["final"], is_final);
    }
    let update: a2a::TaskArtifactUpdateEvent = serde_json::from_value(json!({
        "taskId": "t", "contextId": "c", "append": true, "lastChunk": true,
        "artifact": { "artifactId": "x", "parts": [{ "text": "a" }] },
    }))
    .unwrap();
    let update = StreamResponse::ArtifactUpdate(update);
    let artifact = json!({ "artifactId": "x", "parts": [{ "kind": "text", "text": "a" }] });
    assert_eq!(
        tell::event(Dialect::Rpc, &update, true),
        json!({
            "kind": "artifact-update", "taskId": "t", "contextId": "c", "append": true,
            "lastChunk": true, "artifact": artifact,
        })
    );
}
