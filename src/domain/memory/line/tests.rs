use proptest::prelude::*;
use serde_json::json;

use super::*;

const ID: &str = "01a21009-18d3-7517-9b69-972aa2495fac";

fn line(changes: Value) -> Vec<u8> {
    let mut line = json!({
        "id": ID, "timestamp": "2026-11-24T23:17:21.004Z", "event": "document", "user": "ada",
        "issuer": "https://i", "session_id": "s",
    });
    for (name, value) in changes.as_object().unwrap() {
        line[name] = value.clone();
    }
    line.to_string().into_bytes()
}

fn good(changes: Value) -> MemoryEvent {
    read(&line(changes), None).unwrap()
}

fn fault(changes: Value) -> BadLine {
    read(&line(changes), None).unwrap_err()
}

fn full() -> EventBody {
    let word = |text: &str| Some(text.to_owned());
    EventBody {
        request_id: word("r"),
        task_id: ID.parse().ok(),
        parent_task_id: ID.parse().ok(),
        agent: word("a"),
        model: word("m"),
        role: Some("user".into()),
        title: word("t"),
        text: word("x"),
        state: Some("done".into()),
        target: word("g"),
        outcome: Some("finished".into()),
        tokens: Some(7),
        run_id: word("u"),
        level: Some("info".into()),
        dropped: Some("text".into()),
        metadata: Some(json!({ "a": [1, null] })),
    }
}

#[test]
fn every_field_of_an_event_is_known() {
    let body = serde_json::to_value(full()).unwrap();
    let mut known = FIELDS;
    known.sort_unstable();
    assert!(body.as_object().unwrap().keys().eq(known.iter()));
}

#[test]
fn moments_are_read_as_they_are_written_elsewhere() {
    for (written, ms) in [
        (json!("2025-06-12T08:00:00Z"), 1_749_715_200_000),
        (json!("2025-06-12T08:00:00"), 1_749_715_200_000),
        (json!("2025-06-12T08:00:00.123456"), 1_749_715_200_123),
        (json!("2025-06-12 08:00:00.5"), 1_749_715_200_500),
        (json!("2025-06-12T10:00:00.123456+02:00"), 1_749_715_200_123),
        (json!(1_749_715_200.25), 1_749_715_200_250),
    ] {
        let event = good(json!({ "timestamp": written }));
        assert_eq!(event.at, UnixMillis(ms), "{written}");
    }
    for written in [
        json!("yesterday"),
        json!(""),
        json!(-1),
        json!(1e300),
        json!([]),
    ] {
        assert_eq!(fault(json!({ "timestamp": written })).field, "timestamp");
    }
}

#[test]
fn a_line_of_the_original_is_an_event() {
    let line = json!({
        "_additional": { "id": ID, "distance": null }, "timestamp": "2025-06-12T08:00:00.1",
        "event": "task_result", "user": "auth0|a", "session_id": "s", "task_id": ID,
        "state": "done", "result": { "choices": [1] }, "mood": "good", "note": null,
    });
    let event = read(line.to_string().as_bytes(), Some("https://i")).unwrap();
    assert_eq!(event.id.to_string(), ID);
    assert_eq!(event.owner, Owner::new("https://i", "auth0|a"));
    assert_eq!(event.body.text.as_deref(), Some(r#"{"choices":[1]}"#));
    assert_eq!(event.body.metadata, Some(json!({ "mood": "good" })));
    let log = json!({
        "id": ID, "timestamp": 1_749_715_200, "run_id": "r", "level": "info", "message": "m",
        "user": "did:key:z6Mk",
    });
    let log = read(log.to_string().as_bytes(), None).unwrap();
    assert_eq!(
        (log.kind, log.body.text.as_deref()),
        (EventKind::Log, Some("m"))
    );
    assert!(log.owner.is_did());
}

#[test]
fn what_is_said_twice_is_kept_once_and_what_differs_is_kept() {
    let same = good(json!({ "event": "log", "text": "x", "message": "x" }));
    assert_eq!(
        same.body,
        EventBody {
            text: Some("x".into()),
            ..Default::default()
        }
    );
    let other = good(json!({ "event": "log", "text": "x", "message": "y", "metadata": 1 }));
    assert_eq!(other.body.text.as_deref(), Some("x"));
    assert_eq!(
        other.body.metadata,
        Some(json!({ "message": "y", "metadata": 1 }))
    );
}

#[test]
fn the_field_that_is_wrong_is_named_and_not_what_stands_in_it() {
    for (changes, field) in [
        (json!({ "id": null }), "id"),
        (json!({ "id": "secret" }), "id"),
        (json!({ "timestamp": null }), "timestamp"),
        (json!({ "event": "secret" }), "event"),
        (json!({ "event": null }), "event"),
        (json!({ "user": "" }), "user"),
        (json!({ "user": 1 }), "user"),
        (json!({ "issuer": null }), "issuer"),
        (json!({ "session_id": 1 }), "session_id"),
        (json!({ "tokens": "secret" }), "tokens"),
        (json!({ "task_id": "secret" }), "task_id"),
        (json!({ "text": { "secret": 1 } }), "text"),
    ] {
        let fault = fault(changes);
        assert_eq!(fault.field, field);
        assert!(!fault.to_string().contains("secret"), "{fault}");
    }
    let fault = read(b"{\"secret\": nope}", None).unwrap_err();
    assert!(fault.to_string().starts_with("column 1"), "{fault}");
    assert!(read(b"[]", None).is_err());
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("\\PC{0,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn an_event_is_read_as_it_is_written(
        id: u128, at in 0_i64..4_000_000_000_000, kind in 0_usize..6, text in any::<String>(),
        user in "\\PC{1,20}", issuer in ".{1,20}", session in ".{0,20}", metadata in values(),
    ) {
        let body = EventBody { text: Some(text), metadata: Some(metadata), ..full() };
        let kind = EventKind::ALL[kind];
        let mut fields = serde_json::to_value(&body).unwrap();
        for (name, value) in FIRST.into_iter().zip([kind.name(), &user, &issuer, &session]) {
            fields[name] = value.into();
        }
        let line = write(uuid::Uuid::from_u128(id), UnixMillis(at), fields.as_object().unwrap());
        prop_assert!(!line.contains('\n'));
        let event = read(line.as_bytes(), Some("another")).unwrap();
        prop_assert_eq!((event.id.as_u128(), event.at, event.kind), (id, UnixMillis(at), kind));
        prop_assert_eq!(event.owner, Owner::new(issuer, user));
        prop_assert_eq!(&*event.session.0, &*session);
        prop_assert_eq!(event.body, body);
    }

    #[test]
    fn no_line_is_a_panic(line in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&line, None);
    }

    #[test]
    fn no_object_is_a_panic(
        names in prop::collection::vec(prop::sample::select(FIELDS.to_vec()), 0..4),
        also in prop::sample::select(vec!["id", "_additional", "timestamp", "event", "payload"]),
        value in values(),
    ) {
        let mut changes = Map::new();
        for name in names.into_iter().chain([also]) {
            changes.insert(name.to_owned(), value.clone());
        }
        let _ = read(&line(changes.into()), None);
    }
}
