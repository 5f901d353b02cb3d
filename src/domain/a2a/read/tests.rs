use a2a::{Part, PartContent, Role};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn fields_of(error: &A2AError) -> Vec<String> {
    let details = error.details.iter().flatten();
    let violations = details.flat_map(|detail| detail.value["fieldViolations"].as_array().cloned());
    let fields = violations
        .flatten()
        .map(|v| v["field"].as_str().unwrap().to_owned());
    fields.collect()
}

fn plain() -> Value {
    json!({"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "hi"}]}})
}

#[test]
fn names_come_in_either_case_and_enums_as_numbers() {
    let params = json!({
        "message": {
            "message_id": "m", "context_id": "c", "role": 1, "unknown": {"a": 1},
            "parts": [{"raw": "_-8", "media_type": "image/png"}, {"data": null}],
            "reference_task_ids": ["t"],
        },
        "configuration": {"history_length": "3", "return_immediately": true, "tenant": null},
    });
    let read = send(params).unwrap();
    assert_eq!(
        (&*read.message.message_id, read.message.role),
        ("m", Role::User)
    );
    assert_eq!(read.message.context_id.as_deref(), Some("c"));
    assert_eq!(
        read.message.parts[0].content,
        PartContent::Raw(vec![0xff, 0xef])
    );
    assert_eq!(
        read.message.parts[0].media_type.as_deref(),
        Some("image/png")
    );
    assert_eq!(read.message.parts[1], Part::data(Value::Null));
    let asked = read.configuration.unwrap();
    assert_eq!(
        (asked.history_length, asked.return_immediately),
        (Some(3), Some(true))
    );
}

#[test]
fn numbers_and_names_inside_data_stay_as_they_are() {
    let data = json!({"snake_case": 42, "big": 9_007_199_254_740_993_u64, "none": null});
    let mut params = plain();
    params["message"]["parts"] = json!([{"data": data}]);
    params["message"]["metadata"] = json!({"a_b": null});
    let read = send(params).unwrap();
    assert_eq!(read.message.parts[0], Part::data(data));
    assert_eq!(read.message.metadata.unwrap()["a_b"], Value::Null);
}

#[test]
fn everything_that_is_wrong_is_told_with_its_place() {
    let params = json!({
        "message": {"role": "ROLE_UNSPECIFIED", "parts": [{"text": "a", "url": "b"}, {}, 3, {"raw": "!"}]},
        "configuration": {"historyLength": "x", "taskPushNotificationConfig": {}},
        "metadata": [],
    });
    let error = send(params).unwrap_err();
    assert_eq!(error.code, a2a::error_code::INVALID_PARAMS);
    assert_eq!(
        fields_of(&error),
        [
            "message.messageId",
            "message.role",
            "message.parts[0]",
            "message.parts[1]",
            "message.parts[2]",
            "message.parts[3].raw",
            "configuration.historyLength",
            "configuration.taskPushNotificationConfig.url",
            "metadata",
        ]
    );
}

#[test]
fn what_is_required_is_told_to_be_missing() {
    assert_eq!(fields_of(&send(json!({})).unwrap_err()), ["message"]);
    let mut params = plain();
    params["message"]["parts"] = json!([]);
    assert_eq!(fields_of(&send(params).unwrap_err()), ["message.parts"]);
    assert_eq!(fields_of(&get(json!({"id": ""})).unwrap_err()), ["id"]);
    assert_eq!(fields_of(&push(json!({})).unwrap_err()), ["url", "taskId"]);
    assert_eq!(
        fields_of(&list(json!({"status": "DONE"})).unwrap_err()),
        ["status"]
    );
    let bad = json!({"statusTimestampAfter": "yesterday", "pageSize": 1.5});
    assert_eq!(
        fields_of(&list(bad).unwrap_err()),
        ["pageSize", "statusTimestampAfter"]
    );
    assert!(send(json!([])).is_err());
}

#[test]
fn a_query_is_read_like_an_object() {
    let query =
        json!({"pageSize": "5", "includeArtifacts": "true", "status": "TASK_STATE_WORKING"});
    let read = list(query).unwrap();
    assert_eq!(
        (read.page_size, read.include_artifacts),
        (Some(5), Some(true))
    );
    assert_eq!(read.status, Some(a2a::TaskState::Working));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-zA-Z_=]{0,9}".prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "message",
        "message_id",
        "messageId",
        "role",
        "parts",
        "text",
        "raw",
        "data",
        "url",
        "configuration",
        "historyLength",
        "metadata",
        "contextId",
        "status",
        "id",
        "task_id",
        "taskPushNotificationConfig",
        "authentication",
        "scheme",
        "statusTimestampAfter",
    ]);
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(names.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused_and_what_is_read_has_what_it_needs(json in any_json()) {
        for _ in [get(json.clone()).is_ok(), list(json.clone()).is_ok(), push(json.clone()).is_ok()] {}
        if let Ok(read) = send(json) {
            prop_assert!(!read.message.message_id.is_empty());
            prop_assert!(!read.message.parts.is_empty());
            prop_assert!(read.message.role != Role::Unspecified);
        }
    }

    #[test]
    fn a_request_survives_the_way_over_the_wire(
        text in ".{0,20}", bytes in prop::collection::vec(any::<u8>(), 0..20), n in any::<i64>()
    ) {
        let mut request = send(plain()).unwrap();
        request.message.parts = vec![
            Part::text(text), Part::raw(bytes), Part::data(json!({"n": n})),
        ];
        let back = send(serde_json::to_value(&request).unwrap()).unwrap();
        prop_assert_eq!(back, request);
    }
}
