//! JSON in and out of Temporal's payloads.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;
use temporalio_common::protos::temporal::api::common::v1::{Payload, Payloads};

use crate::client::NotJson;

const ENCODING: &str = "encoding";
const JSON: &[u8] = b"json/plain";
const NULL: &[u8] = b"binary/null";

/// `value` as every SDK reads it.
pub(crate) fn of(value: &impl Serialize) -> Result<Payload, serde_json::Error> {
    Ok(Payload {
        metadata: HashMap::from([(ENCODING.to_owned(), JSON.to_vec())]),
        data: serde_json::to_vec(value)?,
        ..Payload::default()
    })
}

/// One argument each.
pub(crate) fn all(values: &[impl Serialize]) -> Result<Payloads, serde_json::Error> {
    let payloads = values.iter().map(of).collect::<Result<_, _>>()?;
    Ok(Payloads { payloads })
}

/// The first of `payloads`; a workflow that returns nothing gives null.
pub(crate) fn first(payloads: Option<Payloads>) -> Result<Value, NotJson> {
    let first = payloads.and_then(|payloads| payloads.payloads.into_iter().next());
    first.map_or(Ok(Value::Null), |payload| read(&payload))
}

fn read(payload: &Payload) -> Result<Value, NotJson> {
    let encoding = payload.metadata.get(ENCODING).map(Vec::as_slice);
    let not_json = || NotJson {
        encoding: String::from_utf8_lossy(encoding.unwrap_or_default()).into_owned(),
        bytes: payload.data.len(),
    };
    match encoding {
        Some(NULL) => Ok(Value::Null),
        // A subtype of it, as messages of protocol buffers have, is JSON too.
        Some(kind) if kind.starts_with(b"json/") => {
            serde_json::from_slice(&payload.data).map_err(|_| not_json())
        }
        _ => Err(not_json()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn encoded(encoding: &str, data: &[u8]) -> Option<Payloads> {
        let metadata = HashMap::from([(ENCODING.to_owned(), encoding.as_bytes().to_vec())]);
        let data = data.to_vec();
        let payload = Payload {
            metadata,
            data,
            ..Payload::default()
        };
        Some(Payloads {
            payloads: vec![payload],
        })
    }

    #[test]
    fn what_goes_in_as_json_comes_out_the_same() {
        let value = json!({ "messages": [{ "role": "user", "content": "hä?" }], "n": 1.5 });
        let payloads = all(std::slice::from_ref(&value)).unwrap();
        assert_eq!(first(Some(payloads)), Ok(value));
    }

    #[test]
    fn nothing_at_all_and_null_are_null() {
        assert_eq!(first(None), Ok(Value::Null));
        assert_eq!(first(Some(Payloads::default())), Ok(Value::Null));
        assert_eq!(first(encoded("binary/null", b"")), Ok(Value::Null));
    }

    #[test]
    fn bytes_and_broken_json_are_told_and_do_no_harm() {
        let bytes = first(encoded("binary/plain", b"\xff\x00\x01")).unwrap_err();
        assert_eq!(
            bytes.to_string(),
            "its result is not json but binary/plain, 3 bytes"
        );
        assert!(first(encoded("json/plain", b"{")).is_err());
        assert!(first(encoded("", b"{}")).is_err());
    }

    proptest! {
        #[test]
        fn whatever_a_worker_returns_is_read_or_told(
            encoding in "(json/plain|json/protobuf|binary/plain|binary/null|[a-z/]{0,12})",
            data in prop_oneof![any::<Vec<u8>>(), "[0-9{}\\[\\]\":, a]{0,20}".prop_map(String::into_bytes)],
        ) {
            match first(encoded(&encoding, &data)) {
                Ok(_) => prop_assert!(encoding.starts_with("json/") || encoding == "binary/null"),
                Err(told) => prop_assert_eq!(told, NotJson { encoding, bytes: data.len() }),
            }
        }
    }
}
