//! The members of one object: put into the one form that the official types
//! take, or told to be wrong.

use a2a::FieldViolation;
use serde_json::{Map, Value};

/// Violations that are told at once, at most.
const TOLD: usize = 20;

/// One object of a request under the path it stands at.
pub(super) struct Fields<'a> {
    members: &'a mut Map<String, Value>,
    path: String,
    wrong: &'a mut Vec<FieldViolation>,
}

impl<'a> Fields<'a> {
    /// Takes names in either case, and null as not set.
    pub(super) fn new(
        members: &'a mut Map<String, Value>,
        path: String,
        wrong: &'a mut Vec<FieldViolation>,
    ) -> Self {
        // A part's data may be null: that is a value.
        members.retain(|name, value| !value.is_null() || name == "data");
        let snakes: Vec<String> = members
            .keys()
            .filter(|n| n.contains('_'))
            .cloned()
            .collect();
        for snake in snakes {
            let camel = camel(&snake);
            if !members.contains_key(&camel)
                && let Some(value) = members.remove(&snake)
            {
                members.insert(camel, value);
            }
        }
        Self {
            members,
            path,
            wrong,
        }
    }

    pub(super) fn wrong(&mut self, name: &str, why: &str) {
        if self.wrong.len() < TOLD {
            self.wrong.push(FieldViolation {
                field: self.at(name),
                description: why.to_owned(),
            });
        }
    }

    /// Whether something was said of this member already.
    pub(super) fn is_wrong(&self, name: &str) -> bool {
        let at = self.at(name);
        self.wrong.iter().any(|violation| violation.field == at)
    }

    fn at(&self, name: &str) -> String {
        match (&*self.path, name) {
            ("", name) => name.to_owned(),
            (path, "") => path.to_owned(),
            (path, name) => format!("{path}.{name}"),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.members.insert(name.to_owned(), value);
    }

    /// Texts that may be there.
    pub(super) fn texts(&mut self, names: &[&str]) {
        for name in names {
            if self.get(name).is_some_and(|value| !value.is_string()) {
                self.wrong(name, "write a text");
            }
        }
    }

    /// Texts that must be there, and say something.
    pub(super) fn needs(&mut self, names: &[&str]) {
        for name in names {
            match self.get(name) {
                Some(Value::String(text)) if !text.is_empty() => {}
                Some(Value::String(_)) | None => self.wrong(name, "it is required"),
                Some(_) => self.wrong(name, "write a text"),
            }
        }
    }

    /// A whole number of 32 bits, also as text.
    pub(super) fn int(&mut self, name: &str) {
        let Some(value) = self.get(name) else { return };
        let int = match value {
            Value::Number(n) => n.as_i64().or_else(|| whole(n.as_f64()?)),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        match int.and_then(|n| i32::try_from(n).ok()) {
            Some(n) => self.set(name, n.into()),
            None => self.wrong(name, "write a whole number"),
        }
    }

    /// True or false, also as text.
    pub(super) fn flag(&mut self, name: &str) {
        match self
            .get(name)
            .map(|value| (value.as_bool(), value.as_str()))
        {
            None | Some((Some(_), _)) => {}
            Some((_, Some(word @ ("true" | "false")))) => {
                let value = word == "true";
                self.set(name, value.into());
            }
            Some(_) => self.wrong(name, "write true or false"),
        }
    }

    /// One of `words`, or its number.
    pub(super) fn word(&mut self, name: &str, words: &[&str]) {
        let Some(value) = self.get(name) else { return };
        let known = match value {
            Value::String(word) => words.iter().find(|known| *known == word),
            Value::Number(n) => n.as_u64().and_then(|n| words.get(usize::try_from(n).ok()?)),
            _ => None,
        };
        match known {
            Some(word) => self.set(name, (*word).into()),
            None if words.len() == 2 => self.wrong(name, &format!("write {}", words[1])),
            None => self.wrong(name, &format!("write one of {}", words[1..].join(", "))),
        }
    }

    /// A moment as RFC 3339.
    pub(super) fn moment(&mut self, name: &str) {
        let text = self.get(name).and_then(Value::as_str);
        if text.is_some_and(|text| chrono::DateTime::parse_from_rfc3339(text).is_err()) {
            self.wrong(name, "write a moment as 2026-01-31T12:00:00Z");
        }
    }

    /// Texts in a list.
    pub(super) fn list(&mut self, name: &str) {
        let is_list = |value: &Value| {
            let items = value.as_array();
            items.is_some_and(|items| items.iter().all(Value::is_string))
        };
        if self.get(name).is_some_and(|value| !is_list(value)) {
            self.wrong(name, "write a list of texts");
        }
    }

    /// A free-form object.
    pub(super) fn map(&mut self, name: &str) {
        if self.get(name).is_some_and(|value| !value.is_object()) {
            self.wrong(name, "write an object");
        }
    }

    /// An object that may be there.
    pub(super) fn object(&mut self, name: &str, check: impl FnOnce(&mut Fields<'_>)) {
        if self.has(name) {
            self.required(name, check);
        }
    }

    /// An object that must be there.
    pub(super) fn required(&mut self, name: &str, check: impl FnOnce(&mut Fields<'_>)) {
        let path = self.at(name);
        match self.members.get_mut(name) {
            Some(Value::Object(members)) => check(&mut Fields::new(members, path, self.wrong)),
            Some(_) => self.wrong(name, "write an object"),
            None => self.wrong(name, "it is required"),
        }
    }

    /// Objects in a list that must be there and has one or more.
    pub(super) fn each(&mut self, name: &str, check: impl Fn(&mut Fields<'_>)) {
        let path = self.at(name);
        let Some(Value::Array(items)) = self.members.get_mut(name) else {
            return self.wrong(name, "write a list of one or more");
        };
        if items.is_empty() {
            return self.wrong(name, "write one or more");
        }
        for (index, item) in items.iter_mut().enumerate() {
            let path = format!("{path}[{index}]");
            let nothing = &mut Map::new();
            let is_object = item.is_object();
            let members = item.as_object_mut().unwrap_or(nothing);
            let mut fields = Fields::new(members, path, self.wrong);
            match is_object {
                true => check(&mut fields),
                false => fields.wrong("", "write an object"),
            }
        }
    }
}

/// Writers of floats mean whole numbers too.
fn whole(n: f64) -> Option<i64> {
    (n.fract() == 0.0 && n.abs() < 1e15).then_some(n as i64)
}

fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}
