//! Numbers of a JSON value travel as doubles: an agent that was sent 42 must not
//! be given 42.0.

use std::collections::HashMap;

use a2a::{PartContent, SendMessageRequest};
use serde_json::Value;

/// Beyond this a double does not tell integers apart: 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Makes integers of all whole numbers in what the caller wrote.
pub(super) fn restore(request: &mut SendMessageRequest) {
    let message = &mut request.message;
    of_map(&mut request.metadata);
    of_map(&mut message.metadata);
    for part in &mut message.parts {
        of_map(&mut part.metadata);
        if let PartContent::Data(data) = &mut part.content {
            of_value(data);
        }
    }
}

fn of_map(map: &mut Option<HashMap<String, Value>>) {
    for value in map.iter_mut().flat_map(|map| map.values_mut()) {
        of_value(value);
    }
}

fn of_value(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let whole = number.as_f64().and_then(whole);
            *number = whole.map_or_else(|| number.clone(), Into::into);
        }
        Value::Array(items) => items.iter_mut().for_each(of_value),
        Value::Object(members) => members.values_mut().for_each(of_value),
        _ => {}
    }
}

fn whole(number: f64) -> Option<i64> {
    let is_whole = number.fract() == 0.0 && number.abs() < EXACT;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    is_whole.then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use a2a_pb::pbconv::{json_value_to_proto_value, proto_value_to_json_value};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn travelled(value: &Value) -> Value {
        let mut value = proto_value_to_json_value(&json_value_to_proto_value(value));
        of_value(&mut value);
        value
    }

    #[test]
    fn whole_numbers_come_back_whole_and_others_as_they_were() {
        let value = json!({ "count": 42, "deep": [{ "n": -7 }], "half": 0.5, "huge": 1e300 });
        assert_eq!(travelled(&value), value);
        assert_eq!(travelled(&value).to_string(), value.to_string());
    }

    proptest! {
        #[test]
        fn every_integer_that_a_double_holds_survives(n in -9_007_199_254_740_991i64..=9_007_199_254_740_991) {
            prop_assert_eq!(travelled(&json!(n)), json!(n));
        }

        #[test]
        fn no_fraction_is_changed(n in proptest::num::f64::NORMAL) {
            prop_assert_eq!(travelled(&json!(n)).as_f64(), json!(n).as_f64());
        }
    }
}
