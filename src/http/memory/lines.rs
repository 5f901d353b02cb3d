//! Log lines as they are read: no more of them, and no more of each, than is used.
//! What nobody asks for would take fifty times its bytes.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The members of a line that are read.
const NAMES: [&str; 5] = ["run_id", "level", "message", "agent", "timestamp"];

/// An array of lines. One of more than `.0` lines is an error of the data, which
/// nothing else in it is, and the rest of it is not read.
pub(super) struct Lines(pub(super) usize);

/// A line: an object has [`NAMES`] alone, anything within it that is no plain
/// value is empty.
pub(super) struct Line(Value);

/// A value of which only plain ones are read, or, where `is_line`, the members of
/// an object.
struct Flat {
    is_line: bool,
}

impl Line {
    pub(super) fn into_value(self) -> Value {
        self.0
    }
}

impl<'de> serde::Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Flat { is_line: true }.deserialize(from).map(Self)
    }
}

impl<'de> DeserializeSeed<'de> for Lines {
    type Value = Vec<Line>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Vec<Line>, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Lines {
    type Value = Vec<Line>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of lines")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Line>, A::Error> {
        let mut lines = Vec::new();
        while let Some(line) = seq.next_element()? {
            if lines.len() == self.0 {
                return Err(A::Error::custom("too many lines"));
            }
            lines.push(line);
        }
        Ok(lines)
    }
}

impl<'de> DeserializeSeed<'de> for Flat {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Flat {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Array(Vec::new()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if self.is_line && NAMES.contains(&&*name) {
                members.insert(name, map.next_value_seed(Flat { is_line: false })?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Value::Object(members))
    }
}
