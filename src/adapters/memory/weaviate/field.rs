//! The fields of an event, and as what Weaviate keeps them.

use serde_json::{Value, json};

/// As what a field is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text that is found whole.
    Name,
    /// A text that is found by its words.
    Prose,
    /// A text that nobody searches.
    Kept,
    /// The id of a task; a class of others may have it as uuid.
    Task,
    /// A moment.
    Moment,
    /// A whole number.
    Count,
}

/// Whose an event is: see [`super::object::owner_key`].
pub(super) const OWNER: &str = "owner";
pub(super) const TIMESTAMP: &str = "timestamp";
/// JSON as text: people put anything there, and a class has one type for it.
pub(super) const METADATA: &str = "metadata";

/// Every field. `payload` and `result` say again what the text of a task's events
/// is, under the names that clients of the original ask Weaviate for.
pub(super) const FIELDS: [(&str, Kind); 25] = [
    (TIMESTAMP, Kind::Moment),
    ("event", Kind::Name),
    (OWNER, Kind::Name),
    ("user", Kind::Name),
    ("issuer", Kind::Name),
    ("session_id", Kind::Name),
    ("task_id", Kind::Task),
    ("parent_task_id", Kind::Task),
    ("title", Kind::Prose),
    ("text", Kind::Prose),
    ("payload", Kind::Kept),
    ("result", Kind::Kept),
    ("state", Kind::Name),
    ("target", Kind::Name),
    ("agent", Kind::Name),
    ("model", Kind::Name),
    ("role", Kind::Name),
    ("outcome", Kind::Name),
    ("tokens", Kind::Count),
    ("request_id", Kind::Name),
    ("run_id", Kind::Name),
    ("level", Kind::Name),
    ("message", Kind::Kept),
    ("dropped", Kind::Name),
    (METADATA, Kind::Kept),
];

/// The second name of an event's text.
pub(super) fn alias(event: &str) -> Option<&'static str> {
    match event {
        "task_sent" => Some("payload"),
        "task_result" => Some("result"),
        "log" => Some("message"),
        _ => None,
    }
}

/// Whether a field only repeats another, or is for finding alone.
pub(super) fn is_second(field: &str) -> bool {
    matches!(field, OWNER | TIMESTAMP | "payload" | "result" | "message")
}

impl Kind {
    /// Whether values of this kind can be kept in a property of type `data_type`,
    /// and found in it.
    pub(super) fn fits(self, data_type: &str) -> bool {
        match self {
            Self::Name | Self::Prose | Self::Kept => matches!(data_type, "text" | "string"),
            Self::Task => matches!(data_type, "text" | "string" | "uuid"),
            Self::Moment => data_type == "date",
            Self::Count => matches!(data_type, "int" | "number"),
        }
    }

    /// What is put behind a field's name where its own name is taken by another type.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Moment => "_date",
            Self::Count => "_int",
            _ => "_text",
        }
    }

    /// The property of this kind called `name`, as a class has it.
    pub(super) fn property(self, name: &str) -> Value {
        let text = |is_filterable: bool, is_searchable: bool, tokenization: &str| {
            json!({
                "name": name, "dataType": ["text"], "tokenization": tokenization,
                "indexFilterable": is_filterable, "indexSearchable": is_searchable,
            })
        };
        match self {
            Self::Name | Self::Task => text(true, false, "field"),
            Self::Prose => text(false, true, "word"),
            Self::Kept => text(false, false, "field"),
            Self::Moment => json!({ "name": name, "dataType": ["date"] }),
            Self::Count => json!({ "name": name, "dataType": ["int"] }),
        }
    }
}
