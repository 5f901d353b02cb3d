//! What a JSON object says, read by other code than the gateway's.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

/// How many members an object has, the same name counted as often as it stands.
struct Count(usize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = usize;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<usize, M::Error> {
                let mut count = 0;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(count)
            }
        }
        deserializer.deserialize_map(Each).map(Self)
    }
}

/// The object in `json`, and whether each of its members stands once. `None`
/// where serde_json reads no object, which for a number beyond f64 in a member
/// that nobody looks at is stricter than the gateway.
pub fn object(json: &[u8]) -> Option<(Map<String, Value>, bool)> {
    let Ok(Value::Object(object)) = serde_json::from_slice(json) else {
        return None;
    };
    let Count(count) = serde_json::from_slice(json).ok()?;
    let is_single = count == object.len();
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
