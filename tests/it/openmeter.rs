//! Usage told to an OpenMeter: all of it, once by id, whatever happens on the way.

mod away;
mod killed;
mod refused;
mod setting;
mod shared;

use std::collections::BTreeMap;

use attach_gateway::{
    adapters::usage::UsageTable,
    domain::{
        id::{Owner, SessionId},
        time::UnixMillis,
        usage::{Source, UsageRecord},
    },
};
use serde_json::{Value, json};

use crate::support::{
    eventually,
    gateway::{Gateway, chat},
    openmeter::{Act, OpenMeter},
};

/// A record as a call of `ada` leaves it.
pub fn record(model: &str, tokens_in: u64, tokens_out: u64) -> UsageRecord {
    UsageRecord {
        id: uuid::Uuid::now_v7(),
        at: UnixMillis::now(),
        owner: Owner::new("https://issuer.example", "ada"),
        session: SessionId("s".into()),
        task: None,
        project: "default".to_owned(),
        model_asked: None,
        model: model.to_owned(),
        engine: "engine".to_owned(),
        tokens_in,
        tokens_out,
        source_in: Source::Engine,
        source_out: Source::Counted,
        outcome: "finished",
        status: 200,
        first_byte_ms: 1,
        duration_ms: 2,
    }
}

impl Gateway {
    /// Writes records past the calls they would be of.
    pub async fn bill(&self, records: &[UsageRecord]) {
        let table = UsageTable::new(self.database.clone());
        table.write(records).await.unwrap();
    }

    /// What `/readyz` says of metering.
    pub async fn metering(&self) -> Value {
        let ready: Value = self.get("", "/readyz").await.json().await.unwrap();
        assert_eq!(ready["status"], "ready");
        ready["detail"]["metering"].clone()
    }

    /// Resolves once nothing waits for OpenMeter.
    pub async fn reported(&self) {
        eventually("everything is told", async || {
            let metering = self.metering().await;
            (metering["waiting"] == 0 && metering["away"] == false).then_some(())
        })
        .await;
    }
}

/// What OpenMeter must have of these records.
pub fn expected(records: &[UsageRecord]) -> BTreeMap<String, (u64, String)> {
    let events = records.iter().flat_map(|record| {
        let event = |end: &str, tokens| {
            (
                format!("{}-{end}", record.id),
                (tokens, record.model.clone()),
            )
        };
        [
            event("in", record.tokens_in),
            event("out", record.tokens_out),
        ]
    });
    events.filter(|(_, (tokens, _))| *tokens > 0).collect()
}

/// What it has.
pub fn kept(meter: &OpenMeter) -> BTreeMap<String, (u64, String)> {
    let of = |data: &Value| {
        let model = data["model"].as_str().unwrap().to_owned();
        (data["tokens"].as_u64().unwrap(), model)
    };
    let events = meter.events().into_iter();
    events.map(|(id, event)| (id, of(&event["data"]))).collect()
}

#[actix_web::test]
async fn a_call_is_two_events_as_the_original_wrote_them() {
    let meter = OpenMeter::start();
    let gateway = Gateway::with(&meter.vars());
    let token = gateway.token("ada");
    let answered = gateway
        .tell(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    assert_eq!(answered.status, 200);
    let row = gateway.one_usage().await;
    gateway.reported().await;
    let mut events: Vec<_> = meter.events().into_values().collect();
    assert_eq!((row.tokens_in, row.tokens_out), (3, 5));
    let time = events[0]["time"].as_str().unwrap().to_owned();
    chrono::DateTime::parse_from_rfc3339(&time).unwrap();
    let id = events[0]["id"].as_str().unwrap().to_owned();
    let id = id.strip_suffix("-in").unwrap();
    let event = |end: &str, tokens: u64, direction: &str| {
        json!({
            "specversion": "1.0", "type": "prompt", "id": format!("{id}-{end}"),
            "source": "attach-gateway", "subject": "ada", "time": time,
            "data": { "tokens": tokens, "model": "scripted", "type": direction },
        })
    };
    events.sort_by_key(|event| event["id"].to_string());
    assert_eq!(events, [event("in", 3, "input"), event("out", 5, "output")]);
    let standing = gateway.metering().await;
    assert_eq!(
        standing,
        json!({
            "backend": "openmeter", "waiting": 0, "refused": 0, "away": false,
            "last_error": null, "failed_at": null,
        })
    );
}

#[actix_web::test]
async fn many_records_are_few_requests_and_refused_calls_are_none() {
    let meter = OpenMeter::start();
    let gateway = Gateway::with(&meter.vars());
    let mut records: Vec<_> = (0..2_000).map(|n| record("m", n, 1)).collect();
    records.extend((0..700).map(|_| record("none", 0, 0)));
    gateway.bill(&records).await;
    gateway.reported().await;
    assert_eq!(kept(&meter), expected(&records));
    assert_eq!(meter.batches(), 4);
    assert_eq!(meter.repeats(), 1);
}

#[actix_web::test]
async fn calls_that_come_while_a_batch_is_under_way_share_the_next_one() {
    let meter = OpenMeter::start();
    let gateway = Gateway::with(&meter.vars());
    let token = gateway.token("ada");
    for _ in 0..40 {
        let answered = gateway
            .tell(&token, "/v1/chat/completions", &chat("hi"))
            .await;
        assert_eq!(answered.status, 200);
    }
    eventually("all are told", async || {
        (meter.events().len() == 80).then_some(())
    })
    .await;
    assert!(meter.batches() < 10, "{} requests", meter.batches());
}

#[actix_web::test]
async fn callers_are_answered_while_openmeter_hangs() {
    let meter = OpenMeter::start();
    let gate = crate::support::scripted::Gate::closed();
    meter.act(Act::Hold(gate.clone()));
    let gateway = Gateway::with(&meter.vars());
    let token = gateway.token("ada");
    gateway.bill(&[record("m", 1, 1)]).await;
    eventually("a batch hangs", async || (meter.open() == 1).then_some(())).await;
    for _ in 0..20 {
        let answered = gateway
            .tell(&token, "/v1/chat/completions", &chat("hi"))
            .await;
        assert_eq!(answered.status, 200);
    }
    assert_eq!(
        (meter.open(), meter.batches()),
        (1, 1),
        "it hung all the while"
    );
    eventually("the records are written", async || {
        (gateway.metering().await["waiting"] == 21).then_some(())
    })
    .await;
    gate.open();
    gateway.reported().await;
    assert_eq!(meter.events().len(), 42);
    assert_eq!(meter.repeats(), 1);
}
