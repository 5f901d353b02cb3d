//! An OpenMeter that is away, slow, ill, or none.

use std::net::TcpListener;

use serde_json::json;

use super::{expected, kept, record};
use crate::support::{
    blunt::dropping,
    eventually,
    gateway::Gateway,
    openmeter::{Act, OpenMeter, vars},
    scripted::Gate,
};

#[actix_web::test]
async fn whatever_it_answers_everything_waits_and_then_arrives_once() {
    for (status, told) in [
        (500, "answered 500"),
        (502, "answered 502"),
        (302, "answered 302"),
        (402, "answered 402"),
        (415, "answered 415"),
        (429, "answered 429"),
        (503, "answered 503"),
    ] {
        let meter = OpenMeter::start();
        meter.act(Act::Answer(status, None, "ada may not"));
        let gateway = Gateway::with(&meter.vars());
        let records = [record("a", 1, 2), record("b", 3, 4)];
        gateway.bill(&records).await;
        eventually("it was tried twice", async || {
            (meter.batches() > 1).then_some(())
        })
        .await;
        let standing = gateway.metering().await;
        assert_eq!(
            (
                &standing["waiting"],
                &standing["refused"],
                &standing["away"]
            ),
            (&json!(2), &json!(0), &json!(true))
        );
        let error = standing["last_error"].as_str().unwrap();
        assert!(error.contains(told), "{error}");
        assert!(
            !error.contains("ada"),
            "what it says may be about people: {error}"
        );
        meter.act(Act::Well);
        gateway.reported().await;
        assert_eq!(kept(&meter), expected(&records), "{status}");
        assert_eq!(meter.repeats(), 1);
    }
}

#[actix_web::test]
async fn while_nothing_answers_all_is_recorded_and_then_arrives() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://{address}");
    let gateway = Gateway::with(&vars(&url));
    let records: Vec<_> = (0..1_200).map(|n| record("m", n, 7)).collect();
    gateway.bill(&records).await;
    let standing = eventually("it is told that nothing answers", async || {
        let standing = gateway.metering().await;
        (standing["away"] == true).then_some(standing)
    })
    .await;
    assert_eq!(standing["waiting"], 1_200);
    let error = standing["last_error"].as_str().unwrap();
    assert!(
        error.contains("OPENMETER_URL") && !error.contains("127.0.0.1"),
        "{error}"
    );
    let meter = OpenMeter::on(TcpListener::bind(address).unwrap());
    gateway.reported().await;
    assert_eq!(kept(&meter), expected(&records));
    assert_eq!(meter.batches(), 3);
    let claims = gateway.issuer.claims("boss");
    let claims = crate::support::key::with(&claims, "scope", json!("metrics:read"));
    let boss = gateway.issuer.sign(&claims);
    let series = gateway.get(&boss, "/metrics").await.text().await.unwrap();
    for line in [
        "attach_openmeter_delivered_total 1200",
        "attach_openmeter_refused_total 0",
        "attach_openmeter_backlog 0",
    ] {
        assert!(
            series.lines().any(|found| found == line),
            "{line} in {series}"
        );
    }
}

#[actix_web::test]
async fn what_was_read_before_the_connection_broke_off_counts_once() {
    let meter = OpenMeter::start();
    meter.act(Act::Mute);
    let gateway = Gateway::with(&meter.vars());
    let records = [record("a", 1, 2), record("b", 3, 4)];
    gateway.bill(&records).await;
    eventually("it has read them", async || {
        (meter.events().len() == 4).then_some(())
    })
    .await;
    assert_eq!(gateway.metering().await["waiting"], 2);
    let (engine, issuer, data) = gateway.stop();
    meter.act(Act::Well);
    let gateway = Gateway::over(engine, issuer, data, &meter.vars());
    gateway.reported().await;
    assert_eq!(kept(&meter), expected(&records));
    assert_eq!(meter.repeats(), 2, "it was sent again, under the same ids");
}

#[actix_web::test]
async fn one_that_hangs_up_after_reading_is_told_again_the_very_same() {
    let (url, bodies) = dropping(3, "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
    let gateway = Gateway::with(&vars(&url));
    let records = [record("a", 1, 2), record("b", 3, 4)];
    gateway.bill(&records).await;
    gateway.reported().await;
    let bodies = bodies.lock().unwrap().clone();
    assert_eq!(bodies.len(), 4);
    assert!(
        bodies.iter().all(|body| body == &bodies[0]),
        "byte for byte"
    );
    let events: Vec<serde_json::Value> = serde_json::from_slice(&bodies[0]).unwrap();
    let ids = events
        .iter()
        .map(|event| event["id"].as_str().unwrap().to_owned());
    assert!(ids.eq(expected(&records).into_keys()));
    let error = gateway.metering().await["last_error"].clone();
    assert!(
        error.as_str().unwrap().contains("cannot be reached"),
        "{error}"
    );
}

#[actix_web::test]
async fn retry_after_is_heeded_also_over_a_restart() {
    for status in [429, 503] {
        let meter = OpenMeter::start();
        meter.act(Act::Answer(status, Some("3600"), "slow down"));
        let gateway = Gateway::with(&meter.vars());
        let records = [record("a", 1, 2)];
        gateway.bill(&records).await;
        eventually("it was asked", async || {
            (meter.batches() == 1).then_some(())
        })
        .await;
        eventually("that is noted", async || {
            (gateway.metering().await["away"] == true).then_some(())
        })
        .await;
        let (engine, issuer, data) = gateway.stop();
        meter.act(Act::Well);
        let gateway = Gateway::over(engine, issuer, data, &meter.vars());
        // Two looks at the rows, a second apart, see that it is not yet time.
        tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
        assert_eq!(meter.batches(), 1, "it is left alone for a minute");
        let due = "update openmeter set due_at = 1";
        let due = gateway.database.file().unwrap().writer.write(move |conn| {
            Box::pin(async move { sqlx::query(due).execute(conn).await.map(drop) })
        });
        due.await.unwrap();
        gateway.reported().await;
        assert_eq!(kept(&meter), expected(&records));
    }
}

#[actix_web::test]
async fn a_refused_key_or_another_server_sets_nothing_aside_and_is_told() {
    for (status, remedy) in [
        (401, "OPENMETER_API_KEY"),
        (403, "OPENMETER_API_KEY"),
        (404, "OPENMETER_URL"),
        (200, "OPENMETER_URL"),
        (206, "OPENMETER_URL"),
    ] {
        let meter = OpenMeter::start();
        meter.act(Act::Answer(status, None, "no"));
        let gateway = Gateway::with(&meter.vars());
        let records = [record("a", 1, 2), record("b", 3, 4)];
        gateway.bill(&records).await;
        let standing = eventually("it is told", async || {
            let standing = gateway.metering().await;
            (standing["away"] == true).then_some(standing)
        })
        .await;
        assert_eq!(
            (&standing["waiting"], &standing["refused"]),
            (&json!(2), &json!(0))
        );
        let error = standing["last_error"].as_str().unwrap();
        assert!(error.contains(remedy), "{error}");
        assert_eq!(meter.batches(), 1, "and it is left alone for long");
        let (engine, issuer, data) = gateway.stop();
        meter.act(Act::Well);
        // Whoever has mended it starts it again and need not wait.
        let gateway = Gateway::over(engine, issuer, data, &meter.vars());
        gateway.reported().await;
        assert_eq!(kept(&meter), expected(&records));
    }
}

#[actix_web::test]
async fn a_slow_one_gets_one_batch_at_a_time() {
    let meter = OpenMeter::start();
    let gate = Gate::closed();
    meter.act(Act::Hold(gate.clone()));
    let gateway = Gateway::with(&meter.vars());
    let records: Vec<_> = (0..1_000).map(|_| record("m", 1, 1)).collect();
    gateway.bill(&records[..10]).await;
    eventually("a batch is under way", async || {
        (meter.open() == 1).then_some(())
    })
    .await;
    gateway.bill(&records[10..]).await;
    // A look at the rows each second would send more, if it did.
    tokio::time::sleep(std::time::Duration::from_millis(1_300)).await;
    assert_eq!(meter.batches(), 1);
    gate.open();
    gateway.reported().await;
    assert_eq!(kept(&meter), expected(&records));
    assert_eq!((meter.batches(), meter.repeats()), (3, 1));
}
