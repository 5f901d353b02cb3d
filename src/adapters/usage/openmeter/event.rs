//! Usage as OpenMeter reads it: CloudEvents, two a record at most.

use serde::Serialize;

use super::place::Row;
use crate::domain::{id::Owner, time::UnixMillis, usage::user_label};

/// Bytes of one batch, but for a single record that is longer.
const BYTES: usize = 1 << 20;

/// One CloudEvent. OpenMeter drops what it knows by `source` and `id`.
#[derive(Serialize)]
struct Event<'a> {
    specversion: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    source: &'static str,
    subject: &'a str,
    time: &'a str,
    data: Data<'a>,
}

/// What is counted. The meter it fits sums `tokens` and groups by the others.
#[derive(Serialize)]
struct Data<'a> {
    tokens: i64,
    model: &'a str,
    #[serde(rename = "type")]
    direction: &'static str,
}

/// Records as one body.
pub(super) struct Batch {
    /// A JSON array.
    pub(super) body: Vec<u8>,
    /// How many records are in it: the first ones.
    pub(super) records: usize,
}

impl Batch {
    /// As many of `rows` as fit, in order, one at least; users of the issuer `home`
    /// are named as at `/metrics`.
    ///
    /// # Errors
    ///
    /// One cannot be written as JSON.
    pub(super) fn of(rows: &[Row], home: &str) -> Result<Self, serde_json::Error> {
        let mut body = vec![b'['];
        let mut records = 0;
        for row in rows {
            let before = body.len();
            write(&mut body, row, home)?;
            if body.len() > BYTES && records > 0 {
                body.truncate(before);
                break;
            }
            records += 1;
        }
        body.push(b']');
        Ok(Self { body, records })
    }
}

fn write(body: &mut Vec<u8>, row: &Row, home: &str) -> Result<(), serde_json::Error> {
    let subject = user_label(&Owner::new(&*row.issuer, &*row.user_id), home);
    let time = UnixMillis(row.at).rfc3339_millis();
    let directions = [
        ("in", "input", row.tokens_in),
        ("out", "output", row.tokens_out),
    ];
    for (end, direction, tokens) in directions.into_iter().filter(|(.., n)| *n > 0) {
        if body.len() > 1 {
            body.push(b',');
        }
        let data = Data {
            tokens,
            model: &row.model,
            direction,
        };
        let event = Event {
            specversion: "1.0",
            kind: "prompt",
            id: format!("{}-{end}", row.usage_id),
            source: "attach-gateway",
            subject: &subject,
            time: &time,
            data,
        };
        serde_json::to_writer(&mut *body, &event)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn row(tokens_in: i64, tokens_out: i64) -> Row {
        Row {
            usage_no: 1,
            usage_id: "01a2".to_owned(),
            at: 1_700_000_000_004,
            issuer: "https://i".to_owned(),
            user_id: "ada".to_owned(),
            model: "m".to_owned(),
            tokens_in,
            tokens_out,
        }
    }

    #[test]
    fn a_record_is_two_events_byte_for_byte() {
        let batch = Batch::of(&[row(3, 5)], "https://i").unwrap();
        let event = |end, tokens, direction| {
            format!(
                r#"{{"specversion":"1.0","type":"prompt","id":"01a2-{end}","source":"attach-gateway","subject":"ada","time":"2023-11-14T22:13:20.004Z","data":{{"tokens":{tokens},"model":"m","type":"{direction}"}}}}"#
            )
        };
        let expected = format!(
            "[{},{}]",
            event("in", 3, "input"),
            event("out", 5, "output")
        );
        assert_eq!(String::from_utf8(batch.body).unwrap(), expected);
    }

    #[test]
    fn zero_counts_are_left_out_and_foreign_users_say_whose_they_are() {
        let batch = Batch::of(&[row(0, 5), row(2, 0)], "https://j").unwrap();
        let events: Vec<Value> = serde_json::from_slice(&batch.body).unwrap();
        let ids: Vec<_> = events.iter().map(|event| &event["id"]).collect();
        assert_eq!(ids, ["01a2-out", "01a2-in"]);
        assert_eq!(events[0]["subject"], "ada@https://i");
    }

    #[test]
    fn a_batch_has_an_end_and_one_long_record_goes_alone() {
        let mut long = row(1, 1);
        long.user_id = "é".repeat(BYTES);
        let rows = [long.clone(), long, row(1, 1)];
        let batch = Batch::of(&rows, "").unwrap();
        assert_eq!(batch.records, 1);
        assert!(serde_json::from_slice::<Vec<Value>>(&batch.body).is_ok());
        assert_eq!(Batch::of(&rows[2..], "").unwrap().records, 1);
    }

    proptest! {
        #[test]
        fn whatever_names_are_it_is_an_array_of_all_that_is_not_zero(
            rows in prop::collection::vec((0_i64..3, 0_i64..3, ".{0,40}", ".{0,40}"), 0..20)
        ) {
            let named = |(tokens_in, tokens_out, user_id, model): &(i64, i64, String, String)| Row {
                user_id: user_id.clone(),
                model: model.clone(),
                ..row(*tokens_in, *tokens_out)
            };
            let rows: Vec<_> = rows.iter().map(named).collect();
            let batch = Batch::of(&rows, "https://i").unwrap();
            let events: Vec<Value> = serde_json::from_slice(&batch.body).unwrap();
            let counts = rows.iter().flat_map(|row| [row.tokens_in, row.tokens_out]);
            let expected: Vec<_> = counts.filter(|n| *n > 0).collect();
            let found: Vec<_> = events.iter().map(|e| e["data"]["tokens"].as_i64().unwrap()).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
