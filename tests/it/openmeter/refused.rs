//! Records that OpenMeter does not take.

use attach_gateway::domain::usage::UsageRecord;
use serde_json::json;

use super::{expected, kept, record};
use crate::support::{
    eventually,
    gateway::Gateway,
    openmeter::{Act, KEY, OpenMeter},
    rows::count,
};

/// So many in order, of them one of the model `spoiled` at each of `places`.
fn records(total: usize, places: &[usize]) -> Vec<UsageRecord> {
    let model = |n| match places.contains(&n) {
        true => "spoiled",
        false => "m",
    };
    (0..total).map(|n| record(model(n), 2, 3)).collect()
}

fn without_spoiled(records: &[UsageRecord]) -> Vec<UsageRecord> {
    let good = records.iter().filter(|record| record.model != "spoiled");
    good.cloned().collect()
}

#[actix_web::test]
async fn one_that_spoils_its_batch_is_found_and_set_aside_and_the_rest_goes_on() {
    for (status, at) in [(400, 0), (400, 333), (422, 499)] {
        let meter = OpenMeter::start();
        meter.act(Act::Spoil(status, "spoiled"));
        let gateway = Gateway::with(&meter.vars());
        let records = records(1_100, &[at]);
        gateway.bill(&records).await;
        gateway.reported().await;
        assert_eq!(kept(&meter), expected(&without_spoiled(&records)), "{at}");
        assert!(meter.batches() <= 20, "{} requests", meter.batches());
        assert_eq!(meter.repeats(), 2, "one proved that others are taken");
        assert_eq!(gateway.metering().await["refused"], 1);
        let (id, said): (String, String) =
            sqlx::query_as("select usage_id, said from usage_set_aside")
                .fetch_one(&mut gateway.database().await)
                .await
                .unwrap();
        assert_eq!(id, records[at].id.to_string());
        assert!(
            said.starts_with(&format!("answered {status}: no such model")),
            "{said}"
        );
        assert!(!said.contains(KEY), "{said}");
    }
}

#[actix_web::test]
async fn several_that_follow_each_other_are_set_aside_too() {
    let meter = OpenMeter::start();
    meter.act(Act::Spoil(400, "spoiled"));
    let gateway = Gateway::with(&meter.vars());
    let records = records(40, &[0, 1, 2, 20, 39]);
    gateway.bill(&records).await;
    eventually("all but the last are told", async || {
        (kept(&meter).len() == 70).then_some(())
    })
    .await;
    // Nothing came after the last one, and some were taken before it.
    gateway.reported().await;
    assert_eq!(kept(&meter), expected(&without_spoiled(&records)));
    assert_eq!(count(&gateway, "openmeter_refused").await, 5);
}

#[actix_web::test]
async fn thirty_in_a_row_hold_up_nobody_wherever_they_begin() {
    for first in [0, 7, 15] {
        let meter = OpenMeter::start();
        meter.act(Act::Spoil(400, "spoiled"));
        let gateway = Gateway::with(&meter.vars());
        let places: Vec<_> = (first..first + 30).collect();
        let records = records(45, &places);
        gateway.bill(&records).await;
        gateway.reported().await;
        let good = without_spoiled(&records);
        assert_eq!((kept(&meter), good.len()), (expected(&good), 15), "{first}");
        assert_eq!(count(&gateway, "openmeter_refused").await, 30);
    }
}

#[actix_web::test]
async fn a_time_when_all_is_refused_is_laid_on_no_record() {
    for status in [400, 422, 413] {
        refused_for_a_while(status).await;
    }
}

async fn refused_for_a_while(status: u16) {
    let meter = OpenMeter::start();
    let gateway = Gateway::with(&meter.vars());
    let records = records(60, &[]);
    gateway.bill(&records[..20]).await;
    gateway.reported().await;
    meter.act(Act::Answer(status, None, "what is this"));
    gateway.bill(&records[20..]).await;
    let standing = eventually("it is told", async || {
        let standing = gateway.metering().await;
        (standing["away"] == true).then_some(standing)
    })
    .await;
    assert_eq!(
        (&standing["waiting"], &standing["refused"]),
        (&json!(40), &json!(0))
    );
    let (engine, issuer, data) = gateway.stop();
    meter.act(Act::Well);
    let gateway = Gateway::over(engine, issuer, data, &meter.vars());
    gateway.reported().await;
    assert_eq!(kept(&meter), expected(&records));
    assert_eq!(count(&gateway, "openmeter_refused").await, 0);
}

#[actix_web::test]
async fn one_that_is_refused_once_and_taken_then_is_not_set_aside() {
    let meter = OpenMeter::start();
    let gateway = Gateway::with(&meter.vars());
    let records = records(2, &[]);
    gateway.bill(&records[..1]).await;
    gateway.reported().await;
    meter.act(Act::First(1, 400));
    gateway.bill(&records[1..]).await;
    gateway.reported().await;
    assert_eq!(kept(&meter), expected(&records));
    assert_eq!(count(&gateway, "openmeter_refused").await, 0);
}

#[actix_web::test]
async fn where_every_record_is_refused_none_is_to_blame() {
    let meter = OpenMeter::start();
    meter.act(Act::Answer(400, None, "what is this"));
    let gateway = Gateway::with(&meter.vars());
    let records = records(40, &[]);
    gateway.bill(&records).await;
    let standing = eventually("it is told", async || {
        let standing = gateway.metering().await;
        (standing["away"] == true).then_some(standing)
    })
    .await;
    assert_eq!(
        (&standing["waiting"], &standing["refused"]),
        (&json!(40), &json!(0))
    );
    let error = standing["last_error"].as_str().unwrap();
    assert!(error.contains("refuses every record"), "{error}");
    let (engine, issuer, data) = gateway.stop();
    meter.act(Act::Well);
    let gateway = Gateway::over(engine, issuer, data, &meter.vars());
    gateway.reported().await;
    assert_eq!(kept(&meter), expected(&records));
}

#[actix_web::test]
async fn what_is_too_long_is_sent_in_smaller_batches() {
    let meter = OpenMeter::start();
    meter.act(Act::AtMost(200));
    let gateway = Gateway::with(&meter.vars());
    let records = records(1_000, &[]);
    gateway.bill(&records).await;
    gateway.reported().await;
    assert_eq!(kept(&meter), expected(&records));
    assert_eq!(count(&gateway, "openmeter_refused").await, 0);
    // 500 and 250 are too many; 125 records, twice as many events, are too; then 62,
    // after each of which more are tried.
    let batches = meter.batches();
    assert!(batches <= 3 + 2 * 17, "{batches} requests");
}
