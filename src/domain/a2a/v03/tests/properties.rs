//! Whatever is written, and whatever is told.

use a2a::{Part, Role, TaskPushNotificationConfig};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Dialect, REST, TWICE, ask, tell};

fn any_part() -> impl Strategy<Value = Part> {
    let content = prop_oneof![
        ".{0,20}".prop_map(Part::text),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(Part::raw),
        ".{0,20}".prop_map(Part::url),
        any::<i64>().prop_map(|n| Part::data(json!({ "n": n, "data": { "kind": null } }))),
    ];
    let name = prop::option::of("[a-z]{1,9}");
    (content, name.clone(), name).prop_map(|(mut part, name, metadata)| {
        let is_file = matches!(
            part.content,
            a2a::PartContent::Raw(_) | a2a::PartContent::Url(_)
        );
        part.filename = name.clone().filter(|_| is_file);
        part.media_type = name.filter(|_| is_file);
        part.metadata = metadata.map(|text| [(text, json!(null))].into());
        part
    })
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec!["text", "file", "data", "user", "", "=", "true"])
            .prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "message",
        "messageId",
        "request",
        "role",
        "parts",
        "content",
        "kind",
        "text",
        "file",
        "bytes",
        "fileWithBytes",
        "uri",
        "data",
        "configuration",
        "blocking",
        "historyLength",
        "metadata",
        "id",
        "taskId",
        "config",
        "pushNotificationConfig",
        "pushNotification",
        "authentication",
        "schemes",
        "url",
    ]);
    leaf.prop_recursive(5, 64, 6, move |inner| {
        let names = names.clone().prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(names, inner, 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn a_message_survives_the_way_through_either_dialect(
        parts in prop::collection::vec(any_part(), 1..5),
        context in prop::option::of(".{1,9}"),
        extensions in prop::option::of(prop::collection::vec("[a-z:]{1,9}", 0..3)),
    ) {
        let mut message = a2a::Message::new(Role::User, parts);
        message.context_id = context;
        message.extensions = extensions;
        for dialect in [Dialect::Rpc, REST, TWICE] {
            let told = tell::message(dialect, &message);
            let back = ask::send(dialect, json!({ "message": told })).unwrap().message;
            prop_assert_eq!(&back, &message);
            // And what was told is told again.
            prop_assert_eq!(tell::message(dialect, &back), told);
        }
    }

    #[test]
    fn a_webhook_survives_the_way_through_either_dialect(
        url in ".{1,20}", id in prop::option::of("[a-z]{1,9}"),
        scheme in prop::option::of("[A-Za-z]{1,9}"), credentials in prop::option::of(".{0,9}"),
    ) {
        let authentication = scheme.map(|scheme| a2a::AuthenticationInfo { scheme, credentials });
        let config = TaskPushNotificationConfig {
            url, token: id.clone(), id, task_id: "t".to_owned(), authentication, tenant: None,
        };
        for dialect in [Dialect::Rpc, REST] {
            let mut told = tell::webhook(dialect, &config);
            told["taskId"] = json!("t");
            prop_assert_eq!(&ask::create_push(dialect, told).unwrap(), &config);
        }
    }

    #[test]
    fn any_json_is_read_or_refused(json in any_json()) {
        for dialect in [Dialect::Rpc, REST, TWICE] {
            if let Ok(read) = ask::send(dialect, json.clone()) {
                prop_assert!(!read.message.parts.is_empty());
                prop_assert!(read.configuration.is_some());
            }
            let _ = ask::create_push(dialect, json.clone());
        }
        for _ in [ask::get(json.clone()).is_ok(), ask::cancel(json.clone()).is_ok()] {}
        let _ = ask::list_push(json);
    }
}
