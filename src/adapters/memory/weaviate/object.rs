//! An event as an object of Weaviate, and back.

use serde_json::{Map, Value, json};

use super::{
    class::{CLASS, Class},
    field::{FIELDS, METADATA, OWNER, TIMESTAMP, alias, is_second},
    outbox::Waiting,
};
use crate::{
    adapters::{
        memory::Remembered,
        secret::{hex, sha256},
    },
    domain::{id::Owner, memory::cursor::Cursor, time::UnixMillis},
};

/// By what an owner's objects are found: lower-case hex of a hash, so one word
/// whatever Weaviate does with texts. The lengths keep pairs apart.
pub(super) fn owner_key(owner: &Owner) -> String {
    let (issuer, user) = (&owner.issuer, &owner.user);
    let text = format!("{}:{issuer}{}:{user}", issuer.len(), user.len());
    hex(&sha256(text.as_bytes()))
}

/// The object of an event.
pub(super) fn object(event: &Waiting, class: &Class) -> Value {
    let mut fields = event.fields();
    fields.insert(OWNER.into(), owner_key(&event.owner()).into());
    fields.insert(TIMESTAMP.into(), UnixMillis(event.at).rfc3339().into());
    if let (Some(second), Some(text)) = (alias(&event.event), fields.get("text").cloned()) {
        fields.insert(second.to_owned(), text);
    }
    if let Some(metadata) = fields.get_mut(METADATA) {
        *metadata = metadata.to_string().into();
    }
    let placed = fields.into_iter();
    let placed = placed.map(|(field, value)| (class.place(&field).to_owned(), value));
    let properties: Map<String, Value> = placed.collect();
    json!({ "class": CLASS, "id": event.event_id, "properties": properties })
}

/// An object that was read, and whose it is.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) event: Remembered,
    pub(super) owner: Owner,
    /// About what it takes, in bytes.
    pub(super) bytes: usize,
}

impl Stored {
    /// Where it stands in a list.
    pub(super) fn place(&self) -> Cursor {
        Cursor {
            at: self.event.at,
            id: self.event.id,
        }
    }
}

/// Reads an object as GraphQL gives it: its properties, and `_additional` with its
/// id. `None` for what is nobody's: an object of others without a user, or whose
/// user nobody vouches for, as `home` does for those of the original.
pub(super) fn listed(object: &Value, class: &Class, home: Option<&str>) -> Option<Stored> {
    let additional = &object["_additional"];
    let id = additional["id"].as_str()?.parse().ok()?;
    let made_at = additional["creationTimeUnix"].as_str();
    let made_at = made_at.and_then(|ms| ms.parse().ok());
    let mut properties = object.as_object()?.clone();
    properties.remove("_additional");
    stored(id, properties, made_at, class, home)
}

/// The same of an object as REST gives it.
pub(super) fn single(object: &Value, class: &Class, home: Option<&str>) -> Option<Stored> {
    let id = object["id"].as_str()?.parse().ok()?;
    let properties = object["properties"].as_object()?.clone();
    stored(
        id,
        properties,
        object["creationTimeUnix"].as_i64(),
        class,
        home,
    )
}

fn stored(
    id: uuid::Uuid,
    properties: Map<String, Value>,
    made_at: Option<i64>,
    class: &Class,
    home: Option<&str>,
) -> Option<Stored> {
    let bytes = properties.values().map(length).sum();
    let key = properties.get(class.owner()).filter(|key| !key.is_null());
    let at = moment(properties.get(class.place(TIMESTAMP)));
    let at = at.or(moment(properties.get(TIMESTAMP)));
    let at = at.or(made_at.map(UnixMillis))?;
    let (fields, owner) = match key.cloned() {
        Some(key) => {
            let fields = ours(properties, class);
            let owner = owner(&fields)?;
            // Whoever wrote another's name into it did not know how it is kept.
            (key == owner_key(&owner)).then_some((fields, owner))?
        }
        None => theirs(properties, home?)?,
    };
    let event = Remembered { id, at, fields };
    Some(Stored {
        event,
        owner,
        bytes,
    })
}

fn owner(fields: &Map<String, Value>) -> Option<Owner> {
    let name = |field: &str| fields.get(field)?.as_str();
    Some(Owner::new(name("issuer")?, name("user")?))
}

/// The fields that were written by us.
fn ours(mut properties: Map<String, Value>, class: &Class) -> Map<String, Value> {
    let mut fields = Map::new();
    for (field, _) in FIELDS.iter().filter(|(field, _)| !is_second(field)) {
        let value = properties.remove(class.place(field));
        if let Some(value) = value.filter(|value| !value.is_null()) {
            fields.insert((*field).to_owned(), value);
        }
    }
    if let Some(Value::String(json)) = fields.get(METADATA)
        && let Ok(metadata) = serde_json::from_str(json)
    {
        fields.insert(METADATA.to_owned(), metadata);
    }
    fields
}

/// The fields of an event that the original wrote, with its text where ours have it.
fn theirs(properties: Map<String, Value>, home: &str) -> Option<(Map<String, Value>, Owner)> {
    let given = properties.into_iter().filter(|(_, value)| !value.is_null());
    let mut fields: Map<String, Value> = given.filter_map(without_nulls).collect();
    fields.remove(TIMESTAMP);
    fields.insert("issuer".to_owned(), home.into());
    let owner = owner(&fields)?;
    if !fields.contains_key("text") {
        let mut said = ["payload", "result", "message"].into_iter();
        let said = said.find_map(|name| fields.get(name));
        let text = said.map(|said| said.as_str().map_or(said.to_string(), str::to_owned));
        fields.extend(text.map(|text| ("text".to_owned(), text.into())));
    }
    Some((fields, owner))
}

/// Weaviate answers null for what an object in an object does not have.
fn without_nulls((name, mut value): (String, Value)) -> Option<(String, Value)> {
    prune(&mut value);
    (!value.is_null()).then_some((name, value))
}

fn prune(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(prune);
            members.retain(|_, member| !member.is_null());
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

/// A moment to the millisecond, the rest cut off.
fn moment(value: Option<&Value>) -> Option<UnixMillis> {
    let text = value?.as_str()?;
    let moment = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    Some(UnixMillis(moment.timestamp_millis()))
}

fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Object(members) => members.values().map(length).sum(),
        Value::Array(items) => items.iter().map(length).sum(),
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        adapters::memory::weaviate::class::definition,
        domain::{id::TaskId, memory::EventBody},
    };

    const HOME: &str = "https://home.example";
    const ID: &str = "01a21009-18d3-7517-9b69-972aa2495fac";

    fn ours() -> Class {
        Class::read(&definition()).unwrap()
    }

    /// A class in which many fields have another type.
    fn odd() -> Class {
        let odd = [
            "title",
            "text",
            "issuer",
            "tokens",
            "timestamp",
            "metadata",
            "owner",
        ];
        let odd = odd.map(|name| json!({ "name": name, "dataType": ["boolean"] }));
        Class::read(&json!({ "class": CLASS, "properties": odd })).unwrap()
    }

    fn full(text: &str, metadata: Value) -> EventBody {
        EventBody {
            request_id: Some("r".to_owned()),
            task_id: Some(TaskId(uuid::Uuid::from_u128(7))),
            parent_task_id: Some(TaskId(uuid::Uuid::from_u128(8))),
            agent: Some("a".to_owned()),
            model: Some("m".to_owned()),
            role: Some("user".into()),
            title: Some("t".to_owned()),
            text: Some(text.to_owned()),
            state: Some("done".into()),
            target: Some("coder".to_owned()),
            outcome: Some("finished".into()),
            tokens: Some(3),
            run_id: Some("run".to_owned()),
            level: Some("info".into()),
            dropped: Some("x".into()),
            metadata: Some(metadata),
        }
    }

    fn waiting(event: &str, user: &str, body: &EventBody) -> Waiting {
        Waiting {
            event_id: ID.to_owned(),
            at: 1_795_000_000_123,
            event: event.to_owned(),
            issuer: HOME.to_owned(),
            user_id: user.to_owned(),
            session_id: "s".to_owned(),
            body: serde_json::to_string(body).unwrap(),
            bytes: 0,
            attempts: 0,
            delays: 0,
            erased_at: None,
        }
    }

    #[test]
    fn pairs_of_issuer_and_user_have_keys_of_their_own() {
        let key = |issuer: &str, user: &str| owner_key(&Owner::new(issuer, user));
        assert_ne!(key("ab", "c"), key("a", "bc"));
        assert_ne!(key("a", "1:b"), key("a1:", "b"));
        assert_eq!(key("a", "b").len(), 64);
        assert!(
            key("a", "b")
                .bytes()
                .all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
        );
    }

    #[test]
    fn clients_of_the_original_find_a_tasks_words_under_their_names() {
        let body = full("words", json!(1));
        for (event, second) in [("task_sent", "payload"), ("task_result", "result")] {
            let made = object(&waiting(event, "ada", &body), &ours());
            assert_eq!(made["properties"][second], "words");
        }
    }

    proptest! {
        #[test]
        fn an_event_is_read_back_as_it_was(text: String, user: String, number: i64) {
            let metadata = json!({ "a": [number, null, { "b": text }] });
            let event = waiting("task_result", &user, &full(&text, metadata));
            for class in [ours(), odd()] {
                let made = object(&event, &class);
                prop_assert!(made["properties"]["tokens_int"].is_i64() != class.is_ours);
                let stored = single(&made, &class, None).unwrap();
                prop_assert_eq!(&stored.event.fields, &event.fields());
                prop_assert_eq!(stored.event.at.0, event.at);
                prop_assert_eq!(stored.owner, event.owner());
            }
        }

        #[test]
        fn no_object_is_a_panic_or_somebodys_by_chance(
            owner in "\\PC{0,70}", at in "\\PC{0,30}", user in "\\PC{0,9}",
        ) {
            let properties = json!({
                "owner": owner, "timestamp": at, "user": user, "issuer": HOME, "metadata": "{",
            });
            let object = json!({ "id": ID, "properties": properties, "creationTimeUnix": 5 });
            prop_assert!(single(&object, &ours(), Some(HOME)).is_none());
            let _ = listed(&properties, &ours(), Some(HOME));
        }
    }
}
