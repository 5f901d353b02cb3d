//! The class `MemoryEvent`, as it is made and as it is found.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    fault::Fault,
    field::{FIELDS, Kind, OWNER},
    graphql::is_name,
};

/// Its name, which the original's users know.
pub(super) const CLASS: &str = "MemoryEvent";
/// By which a class of ours is known.
const OURS: &str = "Shared memory of Attach Gateway: one object is one event";
/// Whose an event is, by the issuer's name for them.
const USER: &str = "user";
/// Names that are tried for a field whose own is taken.
const TRIES: usize = 9;
/// How deep objects in objects are read.
const DEPTH: usize = 6;

const MANY_TENANTS: &str = "multi-tenancy is on, which events are not kept with; use another \
                            Weaviate, or remove the class";

/// The class as it stands, and where each field has its place in it.
#[derive(Clone, Debug)]
pub(super) struct Class {
    /// Whether every object in it is ours.
    pub(super) is_ours: bool,
    places: BTreeMap<&'static str, String>,
    /// The type of the original's `user`.
    their_user: String,
    /// What texts can be searched in.
    pub(super) searched: Vec<String>,
    /// All of an object, as a GraphQL query names it.
    pub(super) selection: String,
    /// Properties that are still to be added.
    missing: Vec<(String, Kind)>,
    /// Where it differs from ours, in words.
    pub(super) differences: Vec<String>,
}

/// A property of a class.
struct Property<'a> {
    name: &'a str,
    data_type: &'a str,
    is_searched: bool,
    is_whole: bool,
    value: &'a Value,
}

/// The class as we make it.
pub(super) fn definition() -> Value {
    let properties = FIELDS.iter().map(|(name, kind)| kind.property(name));
    json!({
        "class": CLASS,
        "description": OURS,
        "vectorizer": "none",
        "vectorIndexConfig": { "skip": true },
        "invertedIndexConfig": { "stopwords": { "preset": "none" } },
        "properties": properties.collect::<Vec<_>>(),
    })
}

impl Class {
    /// The class that a schema describes.
    ///
    /// # Errors
    ///
    /// It has tenants; it is no class.
    pub(super) fn read(schema: &Value) -> Result<Self, Fault> {
        if schema["class"] != CLASS {
            return Err(Fault::Junk(
                "no class MemoryEvent where it was asked for".into(),
            ));
        }
        if schema["multiTenancyConfig"]["enabled"] == true {
            return Err(Fault::Class(MANY_TENANTS.to_owned()));
        }
        let properties: Vec<_> = properties(&schema["properties"]).collect();
        let their_user = properties.iter().find(|property| property.name == USER);
        let mut class = Self {
            their_user: their_user.map_or_else(String::new, |it| it.data_type.to_owned()),
            is_ours: schema["description"] == OURS,
            places: BTreeMap::new(),
            searched: searched(&properties),
            selection: selection(&properties, DEPTH),
            missing: Vec::new(),
            differences: Vec::new(),
        };
        for (field, kind) in FIELDS {
            class.find_place(field, kind, &properties)?;
        }
        Ok(class)
    }

    /// Finds where a field is kept: under its own name, or where that has another
    /// type, under one like it.
    fn find_place(
        &mut self,
        field: &'static str,
        kind: Kind,
        properties: &[Property<'_>],
    ) -> Result<(), Fault> {
        for n in 0..TRIES {
            let name = named(field, kind, n);
            let found = properties.iter().find(|property| property.name == name);
            match found {
                // Ours stand apart: who looks for the original's events of a name, which
                // is compared word by word, must not meet everybody's.
                Some(_) if name == USER && !self.is_ours => continue,
                None => self.missing.push((name.clone(), kind)),
                Some(property) if !kind.fits(property.data_type) => continue,
                Some(property) if kind == Kind::Name && !property.is_whole => {
                    self.differences.push(format!("{name} is split into words"));
                }
                Some(_) => {}
            }
            if n > 0 {
                let other = properties.iter().find(|property| property.name == field);
                let data_type = other.map_or("of another type", |other| other.data_type);
                self.differences
                    .push(format!("{field} is {data_type}, so {name} is used"));
            }
            self.places.insert(field, name);
            return Ok(());
        }
        let why = format!("there is no place for {field}; remove its properties that are not used");
        Err(Fault::Class(why))
    }

    /// The property that `field` is kept in.
    pub(super) fn place<'a>(&'a self, field: &'a str) -> &'a str {
        self.places.get(field).map_or(field, String::as_str)
    }

    /// The property of the owners' keys.
    pub(super) fn owner(&self) -> &str {
        self.place(OWNER)
    }

    /// Whether the original's events can be asked for by this name: it may have made
    /// names of another type.
    pub(super) fn asks_for(&self, user: &str) -> bool {
        match &*self.their_user {
            "text" | "string" => true,
            "uuid" => user.parse::<uuid::Uuid>().is_ok(),
            _ => false,
        }
    }

    /// The properties to add.
    pub(super) fn missing(&self) -> impl Iterator<Item = Value> {
        let missing = self.missing.iter();
        missing.map(|(name, kind)| kind.property(name))
    }
}

/// The name that is tried as the `n`th.
fn named(field: &str, kind: Kind, n: usize) -> String {
    match n {
        0 => field.to_owned(),
        1 => format!("{field}{}", kind.suffix()),
        n => format!("{field}{}{n}", kind.suffix()),
    }
}

fn properties(list: &Value) -> impl Iterator<Item = Property<'_>> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|value| {
        let name = value["name"].as_str().filter(|name| is_name(name))?;
        let data_type = value["dataType"][0].as_str()?;
        let is_text = matches!(data_type, "text" | "string");
        let is_whole = value["tokenization"] == "field";
        Some(Property {
            name,
            data_type,
            is_searched: is_text && value["indexSearchable"] != false,
            is_whole: is_whole || !is_text,
            value,
        })
    })
}

/// Texts that people write: not the names and ids beside them.
fn searched(properties: &[Property<'_>]) -> Vec<String> {
    let is_name = |name: &str| {
        let kind = FIELDS.iter().find(|(field, _)| *field == name);
        kind.is_some_and(|(_, kind)| matches!(kind, Kind::Name | Kind::Task))
    };
    let texts = properties.iter();
    let texts = texts.filter(|one| one.is_searched && !is_name(one.name));
    texts.map(|one| one.name.to_owned()).collect()
}

/// What a GraphQL query names to get all of these; references to other objects and
/// what has no plain form are left out.
fn selection(list: &[Property<'_>], depth: usize) -> String {
    let selected = list.iter().filter_map(|one| match one.data_type {
        "object" | "object[]" if depth > 0 => {
            let nested: Vec<_> = properties(&one.value["nestedProperties"]).collect();
            let inner = selection(&nested, depth - 1);
            (!inner.is_empty()).then(|| format!("{}{{{inner}}}", one.name))
        }
        "text" | "string" | "int" | "number" | "boolean" | "date" | "uuid" | "text[]"
        | "string[]" | "int[]" | "number[]" | "boolean[]" | "date[]" | "uuid[]" => {
            Some(one.name.to_owned())
        }
        _ => None,
    });
    selected.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_of_ours_has_a_place_for_everything_and_no_difference() {
        let class = Class::read(&definition()).unwrap();
        assert!(class.is_ours && class.differences.is_empty());
        assert_eq!(class.missing().count(), 0);
        assert_eq!(class.searched, ["title", "text"]);
        assert_eq!(class.owner(), "owner");
    }

    #[test]
    fn a_class_of_the_original_is_used_as_it_is_and_completed() {
        let schema = json!({ "class": CLASS, "properties": [
            { "name": "timestamp", "dataType": ["date"] },
            { "name": "user", "dataType": ["text"], "tokenization": "word" },
            { "name": "task_id", "dataType": ["uuid"] },
            { "name": "run_id", "dataType": ["uuid"] },
            { "name": "note", "dataType": ["text"], "tokenization": "word" },
            { "name": "bad name}", "dataType": ["text"] },
            { "name": "seen", "dataType": ["Other"] },
            { "name": "result", "dataType": ["object"], "nestedProperties": [
                { "name": "n", "dataType": ["number"] },
                { "name": "deep", "dataType": ["object"],
                  "nestedProperties": [{ "name": "x", "dataType": ["int[]"] }] },
            ] },
        ] });
        let class = Class::read(&schema).unwrap();
        assert!(!class.is_ours);
        assert_eq!(class.place("task_id"), "task_id");
        assert_eq!(class.place("run_id"), "run_id_text");
        assert_eq!(class.place("result"), "result_text");
        let all = "timestamp user task_id run_id note result{n deep{x}}";
        assert_eq!(class.selection, all);
        assert_eq!(class.searched, ["note"]);
        assert_eq!(
            class.differences,
            [
                "user is text, so user_text is used",
                "result is object, so result_text is used",
                "run_id is uuid, so run_id_text is used",
            ]
        );
        let missing: Vec<_> = class.missing().collect();
        assert_eq!(missing.len(), FIELDS.len() - 2);
        assert!(class.asks_for("auth0|a"));
        let added = missing.iter().find(|one| one["name"] == "result_text");
        assert_eq!(added.unwrap()["dataType"], json!(["text"]));
    }

    #[test]
    fn tenants_and_no_class_at_all_are_refused() {
        let tenants = json!({ "class": CLASS, "multiTenancyConfig": { "enabled": true } });
        let refused = Class::read(&tenants).unwrap_err().to_string();
        assert!(refused.contains("multi-tenancy is on"), "{refused}");
        for junk in [json!({}), json!([]), json!({ "class": "Other" })] {
            assert!(Class::read(&junk).is_err());
        }
    }
}
