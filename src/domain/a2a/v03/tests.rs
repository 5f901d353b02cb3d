mod properties;
mod told;

use a2a::{A2AError, Part, Role};
use serde_json::{Value, json};

use super::{
    Bytes, Dialect, ask,
    refuse::{self, Names},
    tell,
};

const REST: Dialect = Dialect::Rest(Bytes::Once);
const TWICE: Dialect = Dialect::Rest(Bytes::Twice);

fn rpc(parts: Value) -> Value {
    json!({ "message": { "kind": "message", "messageId": "m", "role": "user", "parts": parts } })
}

fn rest(content: Value) -> Value {
    json!({ "message": { "messageId": "m", "role": "ROLE_USER", "content": content } })
}

fn fields_of(error: &A2AError) -> Vec<String> {
    let details = error.details.iter().flatten();
    let violations = details.flat_map(|detail| detail.value["fieldViolations"].as_array().cloned());
    let fields = violations.flatten();
    fields
        .map(|one| one["field"].as_str().unwrap().to_owned())
        .collect()
}

fn refused(dialect: Dialect, params: Value) -> A2AError {
    let error = ask::send(dialect, params).unwrap_err();
    refuse::renamed(error, dialect, Names::Message)
}

#[test]
fn parts_of_each_kind_are_what_1_0_has_for_them() {
    let parts = json!([
        { "kind": "text", "text": "hi", "metadata": { "a": 1 } },
        { "kind": "file", "file": { "bytes": "dGNr", "mimeType": "text/plain", "name": "t.txt" } },
        { "kind": "file", "file": { "uri": "https://example.com/t" } },
        { "kind": "data", "data": { "data": { "n": 1 } } },
        { "text": "a part without its kind" },
    ]);
    let read = ask::send(Dialect::Rpc, rpc(parts)).unwrap().message.parts;
    let file = Part::raw(b"tck".to_vec()).with_media_type("text/plain");
    assert_eq!(read[0].metadata.as_ref().unwrap()["a"], 1);
    assert_eq!(read[1], file.with_filename("t.txt"));
    assert_eq!(read[2], Part::url("https://example.com/t"));
    assert_eq!(read[3], Part::data(json!({ "data": { "n": 1 } })));
    assert_eq!(read[4], Part::text("a part without its kind"));
}

#[test]
fn proto_json_wraps_data_and_calls_fields_by_either_name() {
    let message = json!({ "request": {
        "message_id": "m", "context_id": "c", "role": 1,
        "content": [
            { "data": { "data": { "n": 1 } } },
            { "data": {} },
            { "file": { "file_with_bytes": "dGNr", "mime_type": "", "name": "" } },
            { "file": { "fileWithUri": "https://example.com/t" } },
        ],
    }});
    let read = ask::send(REST, message).unwrap().message;
    assert_eq!(
        (read.role, read.context_id.as_deref()),
        (Role::User, Some("c"))
    );
    assert_eq!(
        read.parts,
        [
            Part::data(json!({ "n": 1 })),
            Part::data(json!({})),
            Part::raw(b"tck".to_vec()),
            Part::url("https://example.com/t"),
        ]
    );
}

#[test]
fn a_file_that_is_encoded_twice_is_the_file_and_one_that_is_not_too() {
    for (dialect, bytes, file) in [
        (TWICE, "ZEdOcg==", &b"tck"[..]),
        (TWICE, "/w==", b"\xff"),
        (TWICE, "dGNr", b"tck"),
        (REST, "ZEdOcg==", b"dGNr"),
    ] {
        let content = json!([{ "file": { "fileWithBytes": bytes } }]);
        let read = ask::send(dialect, rest(content)).unwrap();
        assert_eq!(read.message.parts, [Part::raw(file.to_vec())], "{bytes}");
    }
}

#[test]
fn it_blocks_unless_it_says_not_to() {
    let with = |dialect, configuration: Value| {
        let mut params = match dialect {
            Dialect::Rpc => rpc(json!([{ "kind": "text", "text": "hi" }])),
            Dialect::Rest(_) => rest(json!([{ "text": "hi" }])),
        };
        params["configuration"] = configuration;
        let read = ask::send(dialect, params).unwrap();
        read.configuration.unwrap().return_immediately
    };
    for (dialect, configuration, at_once) in [
        (Dialect::Rpc, json!(null), false),
        (Dialect::Rpc, json!({}), false),
        (Dialect::Rpc, json!({ "blocking": true }), false),
        (Dialect::Rpc, json!({ "blocking": false }), true),
        (Dialect::Rpc, json!({ "returnImmediately": true }), false),
        (REST, json!(null), false),
        (REST, json!({ "blocking": true }), false),
        // What is false is not written.
        (REST, json!({ "acceptedOutputModes": ["text/plain"] }), true),
    ] {
        let read = with(dialect, configuration.clone());
        assert_eq!(read, Some(at_once), "{dialect:?} {configuration}");
    }
}

#[test]
fn a_history_of_nothing_or_0_is_all_of_it() {
    for (asked, length) in [
        (json!(null), 1000),
        (json!(0), 1000),
        (json!("0"), 1000),
        (json!(3), 3),
        (json!(-1), -1),
    ] {
        let read = ask::get(json!({ "id": "t", "history_length": asked })).unwrap();
        assert_eq!(read.history_length, Some(length), "{asked}");
        let mut params = rpc(json!([{ "kind": "text", "text": "hi" }]));
        params["configuration"] = json!({ "historyLength": asked });
        let read = ask::send(Dialect::Rpc, params).unwrap();
        assert_eq!(read.configuration.unwrap().history_length, Some(length));
    }
}

#[test]
fn what_0_3_does_not_have_means_nothing_in_it() {
    let mut params = rpc(json!([{ "kind": "text", "text": "hi", "url": "x", "raw": "!" }]));
    params["tenant"] = json!("another");
    let read = ask::send(Dialect::Rpc, params).unwrap();
    assert_eq!(
        (read.tenant, read.message.parts),
        (None, vec![Part::text("hi")])
    );
    let wanted = ask::resubscribe(json!({ "id": "t", "tenant": 7 })).unwrap();
    assert_eq!(wanted.tenant, None);
}

#[test]
fn everything_that_is_wrong_is_told_by_its_name_in_0_3() {
    let params = json!({
        "message": { "role": "ROLE_USER", "parts": [
            { "kind": "video" },
            { "kind": "file", "file": { "bytes": "!", "name": 7, "mimeType": 7 } },
            { "kind": "file", "file": { "uri": 7 } },
            { "kind": "file", "file": { "uri": "u", "bytes": "AAAA" } },
        ]},
        "configuration": { "blocking": 7, "pushNotificationConfig": { "authentication": {} } },
    });
    let error = refused(Dialect::Rpc, params);
    assert_eq!(
        fields_of(&error),
        [
            "message.messageId",
            "message.role",
            "message.parts[0]",
            "message.parts[1].file.name",
            "message.parts[1].file.mimeType",
            "message.parts[1].file.bytes",
            "message.parts[2].file.uri",
            "message.parts[3]",
            "configuration.blocking",
            "configuration.pushNotificationConfig.url",
            "configuration.pushNotificationConfig.authentication.schemes",
        ]
    );
    assert!(
        error.message.contains("message.role: write user"),
        "{error}"
    );
    let params = json!({
        "message": { "messageId": "m", "role": "user", "content": [
            {}, { "file": { "fileWithBytes": "!" } }, { "file": { "fileWithUri": 7 } },
        ]},
        "configuration": { "pushNotification": 7 },
    });
    assert_eq!(
        fields_of(&refused(REST, params)),
        [
            "message.role",
            "message.content[0]",
            "message.content[1].file.fileWithBytes",
            "message.content[2].file.fileWithUri",
            "configuration.pushNotification",
        ]
    );
}

#[test]
fn shapes_that_are_none_are_refused() {
    for params in [
        json!([]),
        json!({}),
        json!({ "message": 7 }),
        json!({ "message": { "messageId": "m", "role": "user", "parts": 7 } }),
        json!({ "message": { "messageId": "m", "role": "user", "parts": [7] } }),
    ] {
        assert!(ask::send(Dialect::Rpc, params.clone()).is_err(), "{params}");
    }
    assert!(ask::get(json!([])).is_err() && ask::cancel(json!({})).is_err());
    assert!(ask::create_push(REST, json!([])).is_err());
}

#[test]
fn a_webhook_is_flat_in_1_0_and_comes_back_as_it_was() {
    let hook = json!({
        "id": "c", "url": "https://example.com/hook", "token": "t",
        "authentication": { "schemes": ["Bearer", "Basic"], "credentials": "s" },
    });
    let params = json!({ "taskId": "task", "pushNotificationConfig": hook });
    let read = ask::create_push(Dialect::Rpc, params.clone()).unwrap();
    let how = read.authentication.clone().unwrap();
    assert_eq!((&*how.scheme, &*read.task_id), ("Bearer", "task"));
    let mut told = tell::webhook(Dialect::Rpc, &read);
    told["pushNotificationConfig"]["authentication"]["schemes"] = json!(["Bearer", "Basic"]);
    assert_eq!(told, params);
    let name = "tasks/task/pushNotificationConfigs/c";
    assert_eq!(tell::webhook(REST, &read)["name"], name);
    let whole = json!({
        "taskId": "task", "parent": "tasks/task", "configId": "ignored",
        "config": { "name": name, "pushNotificationConfig": hook },
    });
    let alone = json!({ "taskId": "task", "name": name, "pushNotificationConfig": hook });
    for params in [whole, alone] {
        assert_eq!(ask::create_push(REST, params).unwrap(), read);
    }
    let named = json!({
        "taskId": "task", "configId": "c",
        "config": { "pushNotificationConfig": { "url": "u", "id": "" } },
    });
    assert_eq!(
        ask::create_push(REST, named).unwrap().id.as_deref(),
        Some("c")
    );
}

#[test]
fn fields_of_webhooks_and_keys_have_their_own_names() {
    let told = |error, dialect, names| fields_of(&refuse::renamed(error, dialect, names));
    let bad = || ask::create_push(Dialect::Rpc, json!({})).unwrap_err();
    assert_eq!(
        told(bad(), Dialect::Rpc, Names::Webhook),
        ["pushNotificationConfig.url", "taskId"]
    );
    assert_eq!(
        told(bad(), REST, Names::Webhook),
        ["config.pushNotificationConfig.url", "taskId"]
    );
    let error = ask::delete_push(json!({})).unwrap_err();
    assert_eq!(
        told(error, Dialect::Rpc, Names::Key),
        ["id", "pushNotificationConfigId"]
    );
}

#[test]
fn codes_and_names_are_those_that_0_3_knows() {
    for (code, known, name) in [
        (-32001, -32001, "TaskNotFoundError"),
        (-32002, -32002, "TaskNotCancelableError"),
        (-32003, -32003, "PushNotificationNotSupportedError"),
        (-32004, -32004, "UnsupportedOperationError"),
        (-32005, -32005, "ContentTypeNotSupportedError"),
        (-32006, -32006, "InvalidAgentResponseError"),
        (
            -32007,
            -32007,
            "AuthenticatedExtendedCardNotConfiguredError",
        ),
        (-32008, -32603, "InternalError"),
        (-32009, -32603, "InternalError"),
        (-32700, -32700, "JSONParseError"),
        (-32600, -32600, "InvalidRequestError"),
        (-32601, -32601, "MethodNotFoundError"),
        (-32602, -32602, "InvalidParamsError"),
        (-32603, -32603, "InternalError"),
    ] {
        let error = A2AError::new(code, "");
        assert_eq!((refuse::code(&error), refuse::name(&error)), (known, name));
    }
}
