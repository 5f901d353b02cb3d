//! Numbers on their way through protobuf, which knows but one kind: what was an
//! integer comes out as one.

use std::collections::HashMap;

use a2a::{Artifact, Message, Part, PartContent, StreamResponse, Task};
use serde_json::{Number, Value};

/// The largest number below which every integer is exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Writes whole numbers in `json` without a fraction.
pub fn value(json: &mut Value) {
    match json {
        Value::Number(number) => {
            if let Some(whole) = whole(number) {
                *number = whole;
            }
        }
        Value::Array(all) => all.iter_mut().for_each(value),
        Value::Object(all) => all.values_mut().for_each(value),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// The same for whatever an agent sent.
pub fn event(event: &mut StreamResponse) {
    match event {
        StreamResponse::Task(one) => task(one),
        StreamResponse::Message(one) => message(one),
        StreamResponse::StatusUpdate(update) => {
            update.status.message.iter_mut().for_each(message);
            members(&mut update.metadata);
        }
        StreamResponse::ArtifactUpdate(update) => {
            artifact(&mut update.artifact);
            members(&mut update.metadata);
        }
    }
}

/// The same for a task.
pub fn task(task: &mut Task) {
    task.status.message.iter_mut().for_each(message);
    task.history.iter_mut().flatten().for_each(message);
    task.artifacts.iter_mut().flatten().for_each(artifact);
    members(&mut task.metadata);
}

/// The same for a message.
pub fn message(message: &mut Message) {
    message.parts.iter_mut().for_each(part);
    members(&mut message.metadata);
}

fn artifact(artifact: &mut Artifact) {
    artifact.parts.iter_mut().for_each(part);
    members(&mut artifact.metadata);
}

fn part(part: &mut Part) {
    if let PartContent::Data(data) = &mut part.content {
        value(data);
    }
    members(&mut part.metadata);
}

fn members(all: &mut Option<HashMap<String, Value>>) {
    all.iter_mut().flat_map(HashMap::values_mut).for_each(value);
}

fn whole(number: &Number) -> Option<Number> {
    let float = number.as_f64().filter(|_| number.is_f64())?;
    // The cast is exact: there is no fraction, and it is small enough.
    (float.fract() == 0.0 && float.abs() < EXACT).then(|| Number::from(float as i64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_numbers_are_integers_at_any_depth_and_others_stay() {
        let mut sent = json!({"a": [1.0, -2.0, 0.5, 1e300, "1.0", null], "b": {"c": 42.0}});
        value(&mut sent);
        let expected = json!({"a": [1, -2, 0.5, 1e300, "1.0", null], "b": {"c": 42}});
        assert_eq!(sent.to_string(), expected.to_string());
    }

    proptest! {
        #[test]
        fn every_exact_integer_survives_protobuf(n in -9_007_199_254_740_991i64..=9_007_199_254_740_991) {
            let mut sent = Value::from(n as f64);
            value(&mut sent);
            prop_assert_eq!(sent, Value::from(n));
        }
    }
}
