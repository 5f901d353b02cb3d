//! What a JSON object says, read by other code than the gateway's.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// How many members there are, at every depth, the same name counted as often as
/// it stands.
struct Count(usize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Each)
    }
}

struct Each;

impl<'de> Visitor<'de> for Each {
    type Value = Count;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Count, M::Error> {
        let mut count = 0;
        while let Some((_, Count(within))) = map.next_entry::<IgnoredAny, Count>()? {
            count += 1 + within;
        }
        Ok(Count(count))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut values: S) -> Result<Count, S::Error> {
        let mut count = 0;
        while let Some(Count(within)) = values.next_element()? {
            count += within;
        }
        Ok(Count(count))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Count, E> {
        Ok(Count(0))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Count, E> {
        Ok(Count(0))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Count, E> {
        Ok(Count(0))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Count, E> {
        Ok(Count(0))
    }

    fn visit_str<E>(self, _: &str) -> Result<Count, E> {
        Ok(Count(0))
    }

    fn visit_unit<E>(self) -> Result<Count, E> {
        Ok(Count(0))
    }
}

/// The same of a value, in which each name stands once.
fn members(value: &Value) -> usize {
    match value {
        Value::Object(object) => object.values().map(|inner| 1 + members(inner)).sum(),
        Value::Array(values) => values.iter().map(members).sum(),
        _ => 0,
    }
}

/// The object in `json`, and whether each of its members stands once. `None`
/// where serde_json reads no object, which for a number beyond f64 in a member
/// that nobody looks at is stricter than the gateway.
pub fn object(json: &[u8]) -> Option<(Map<String, Value>, bool)> {
    let value: Value = serde_json::from_slice(json).ok()?;
    let Count(count) = serde_json::from_slice(json).ok()?;
    let is_single = count == members(&value);
    let Value::Object(object) = value else {
        return None;
    };
    Some((object, is_single))
}

/// A moment as claims have it: `None` is a fault, `Some(None)` absence.
pub fn moment(value: Option<&Value>) -> Option<Option<i64>> {
    let Some(value) = value else {
        return Some(None);
    };
    let seconds = value.as_f64()?;
    (0.0..253_402_300_800.0)
        .contains(&seconds)
        .then_some(Some(seconds as i64))
        .filter(|_| seconds <= 253_402_300_799.0)
}

/// A member that is one string or several; `None` is a fault.
pub fn strings(value: Option<&Value>) -> Option<Vec<String>> {
    match value {
        None => Some(Vec::new()),
        Some(Value::String(one)) => Some(vec![one.clone()]),
        Some(Value::Array(many)) => many
            .iter()
            .map(|one| one.as_str().map(str::to_owned))
            .collect(),
        Some(_) => None,
    }
}
