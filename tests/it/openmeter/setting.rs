//! When it is switched on, off, and on again; and a key that is missing.

use serde_json::json;

use super::{expected, kept, record};
use crate::support::{
    eventually,
    gateway::Gateway,
    openmeter::{KEY, OpenMeter},
};

const QUOTA: (&str, &str) = ("MAX_TOKENS_PER_MIN", "100000");

#[actix_web::test]
async fn it_begins_with_what_comes_and_later_misses_nothing() {
    let meter = OpenMeter::start();
    let gateway = Gateway::start();
    gateway.bill(&[record("before", 1, 1)]).await;
    let (engine, issuer, data) = gateway.stop();

    let gateway = Gateway::over(engine, issuer, data, &meter.vars());
    let first = record("first", 1, 1);
    gateway.bill(std::slice::from_ref(&first)).await;
    gateway.reported().await;
    let (engine, issuer, data) = gateway.stop();

    let gateway = Gateway::over(engine, issuer, data, &[]);
    let meanwhile = record("meanwhile", 1, 1);
    gateway.bill(std::slice::from_ref(&meanwhile)).await;
    assert_eq!(gateway.metering().await, json!({ "backend": "null" }));
    let (engine, issuer, data) = gateway.stop();

    let gateway = Gateway::over(engine, issuer, data, &meter.vars());
    gateway.reported().await;
    assert_eq!(kept(&meter), expected(&[first, meanwhile]));
}

#[actix_web::test]
async fn without_a_key_metering_is_off_and_says_so() {
    let on = [("USAGE_METERING", "openmeter"), QUOTA];
    let gateway = Gateway::with(&on);
    assert_eq!(gateway.metering().await, json!({ "backend": "null" }));
    let ready = gateway.raw("GET /readyz", &[]).await.json();
    let warning = ready["detail"]["warnings"][0].as_str().unwrap();
    assert!(warning.contains("OPENMETER_API_KEY"), "{warning}");
    gateway.bill(&[record("m", 1, 1)]).await;
    assert_eq!(crate::support::rows::count(&gateway, "openmeter").await, 0);
}

#[actix_web::test]
async fn users_are_named_as_prometheus_names_them_and_the_key_is_nowhere() {
    let meter = OpenMeter::start();
    let gateway = Gateway::with(&meter.vars());
    let owner = |issuer: &str, user: &str| attach_gateway::domain::id::Owner::new(issuer, user);
    let home = gateway.issuer.url().to_owned();
    let did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
    let people = [
        owner(&home, "ada"),
        owner("https://other", "ada"),
        owner(did, did),
    ];
    let records: Vec<_> = people
        .into_iter()
        .map(|owner| {
            let mut record = record("m", 1, 0);
            record.owner = owner;
            record
        })
        .collect();
    gateway.bill(&records).await;
    gateway.reported().await;
    let subjects: Vec<_> = records
        .iter()
        .map(|record| meter.events()[&format!("{}-in", record.id)]["subject"].clone())
        .collect();
    assert_eq!(
        subjects,
        [json!("ada"), json!("ada@https://other"), json!(did)]
    );
    gateway.reported().await;
    let file = std::fs::read(gateway.data.path().join("attach.db")).unwrap();
    let wal = std::fs::read(gateway.data.path().join("attach.db-wal")).unwrap_or_default();
    for bytes in [file, wal] {
        assert!(
            !bytes
                .windows(KEY.len())
                .any(|window| window == KEY.as_bytes())
        );
    }
}

#[actix_web::test]
async fn a_gateway_that_stops_ends_the_batch_under_way() {
    let meter = OpenMeter::start();
    let gate = crate::support::scripted::Gate::closed();
    meter.act(crate::support::openmeter::Act::Hold(gate.clone()));
    let gateway = Gateway::with(&meter.vars());
    let records = [record("m", 1, 1)];
    gateway.bill(&records).await;
    eventually("a batch is under way", async || {
        (meter.open() == 1).then_some(())
    })
    .await;
    let opened = actix_web::rt::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        gate.open();
    });
    let stopped = tokio::task::spawn_blocking(move || gateway.stop());
    let (engine, issuer, data) = stopped.await.unwrap();
    opened.await.unwrap();
    assert_eq!(kept(&meter), expected(&records));
    let gateway = Gateway::over(engine, issuer, data, &meter.vars());
    gateway.reported().await;
    assert_eq!(
        (meter.batches(), meter.repeats()),
        (1, 1),
        "its end was noted"
    );
}
