//! `attach-gateway usage --reconcile`.

use std::{
    io::Write,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::json;

use super::usage;
use crate::{
    openmeter::record,
    support::{
        blunt::nobody,
        eventually,
        gateway::{Gateway, chat},
        key::with,
        openmeter::{Act, OpenMeter},
        process::Ended,
    },
};

const PROMETHEUS: [(&str, &str); 2] = [
    ("USAGE_METERING", "prometheus"),
    ("MAX_TOKENS_PER_MIN", "100000"),
];

/// A file with a token of `scope`.
fn token(gateway: &Gateway, scope: &str) -> PathBuf {
    let claims = with(&gateway.issuer.claims("ada"), "scope", json!(scope));
    let path = gateway.data.path().join(format!("token-{}", scope.len()));
    let mut file = std::fs::File::create(&path).unwrap();
    writeln!(file, "{}", gateway.issuer.sign(&claims)).unwrap();
    path
}

/// What is said of a gateway that serves, to one who has a token of `scope`.
fn reconcile(gateway: &Gateway, scope: &str) -> Ended {
    let file = token(gateway, scope);
    let args = [
        "--reconcile",
        "--metrics",
        &gateway.url,
        "--token-file",
        file.to_str().unwrap(),
    ];
    let vars = [("OIDC_ISSUER", gateway.issuer.url()), ("OIDC_AUD", "us")];
    usage(gateway.data.path(), &args, &vars)
}

async fn chatted(gateway: &Gateway, users: &[&str]) {
    for user in users {
        let token = gateway.token(user);
        let answered = gateway
            .tell(&token, "/v1/chat/completions", &chat("hi"))
            .await;
        assert_eq!(answered.status, 200);
    }
}

/// Changes rows behind the gateway's back.
async fn change(gateway: &Gateway, sql: &'static str) {
    let changed = gateway
        .database
        .write(move |mut conn| Box::pin(async move { conn.query(sql).run().await.map(drop) }));
    changed.await.unwrap();
}

async fn written(gateway: &Gateway, count: usize) {
    eventually("the rows are written", async || {
        (gateway.usage().await.len() == count).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn rows_and_series_that_agree_end_with_0_and_others_with_1() {
    let gateway = Gateway::with(&PROMETHEUS);
    chatted(&gateway, &["ada", "ada", "eve", "ad\"a\\"]).await;
    // Those on their way to the disk are waited for.
    let even = reconcile(&gateway, "metrics:read");
    assert_eq!(even.code, Some(0), "{}{}", even.out, even.err);
    let agrees = "Prometheus: agrees with the rows, 6 series of 12 tokens in and 20 out";
    assert!(even.out.contains(agrees), "{}", even.out);
    assert!(
        even.out
            .contains("OpenMeter: not compared, it was never on"),
        "{}",
        even.out
    );

    written(&gateway, 4).await;
    change(
        &gateway,
        "update usage_record set tokens_in = tokens_in + 1000 where user_id = 'eve'",
    )
    .await;
    let uneven = reconcile(&gateway, "metrics:read");
    assert_eq!(uneven.code, Some(1), "{}", uneven.out);
    let row = uneven
        .out
        .lines()
        .find(|line| line.starts_with("eve"))
        .unwrap();
    let cells: Vec<_> = row.split_whitespace().collect();
    assert_eq!(cells, ["eve", "scripted", "in", "1,003", "3", "-1,000"]);
    assert!(!uneven.out.contains("ada"), "{}", uneven.out);
}

#[actix_web::test]
async fn series_that_are_folded_are_compared_in_sum() {
    let vars = [&PROMETHEUS[..], &[("METRICS_MAX_SERIES", "1")]].concat();
    let gateway = Gateway::with(&vars);
    chatted(&gateway, &["ada", "eve", "bob"]).await;
    let even = reconcile(&gateway, "metrics:read");
    assert_eq!(even.code, Some(0), "{}{}", even.out, even.err);
    written(&gateway, 3).await;
    change(&gateway, "delete from usage_record where user_id = 'eve'").await;
    let uneven = reconcile(&gateway, "metrics:read");
    assert_eq!(uneven.code, Some(1), "{}", uneven.out);
    let row = uneven
        .out
        .lines()
        .find(|line| line.starts_with("other"))
        .unwrap();
    let cells: Vec<_> = row.split_whitespace().collect();
    assert_eq!(cells, ["other", "other", "in", "3", "6", "+3"]);
}

#[actix_web::test]
async fn calls_that_go_on_meanwhile_are_no_difference() {
    let gateway = Gateway::with(&PROMETHEUS);
    chatted(&gateway, &["ada"]).await;
    let (url, token) = (gateway.url.clone(), gateway.token("ada"));
    let is_over = Arc::new(AtomicBool::new(false));
    let over = is_over.clone();
    let calls = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            // Not the gateway's: its connections stand still while a command runs.
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            while !over.load(Ordering::Relaxed) {
                let request = client.post(format!("{url}/v1/chat/completions"));
                request
                    .bearer_auth(&token)
                    .json(&chat("hi"))
                    .send()
                    .await
                    .unwrap();
            }
        });
    });
    for _ in 0..3 {
        let even = reconcile(&gateway, "metrics:read");
        assert_eq!(even.code, Some(0), "{}{}", even.out, even.err);
    }
    is_over.store(true, Ordering::Relaxed);
    calls.join().unwrap();
}

#[actix_web::test]
async fn what_cannot_be_compared_is_said() {
    let gateway = Gateway::with(&PROMETHEUS);
    chatted(&gateway, &["ada"]).await;
    let own = reconcile(&gateway, "chat:run");
    assert_eq!(own.code, Some(1));
    assert!(
        own.out
            .contains("could not be compared, it shows one user's"),
        "{}",
        own.out
    );
    let data = gateway.data.path();
    let nothing = usage(data, &["--reconcile"], &[]);
    assert_eq!(nothing.code, Some(1));
    assert!(
        nothing
            .out
            .contains("Prometheus: not compared, set METRICS_ADDR"),
        "{}",
        nothing.out
    );
    assert!(
        nothing.err.contains("nothing to compare"),
        "{}",
        nothing.err
    );
    let none = usage(data, &["--reconcile", "--metrics", &gateway.url], &[]);
    assert_eq!(none.code, Some(1));
    assert!(none.out.contains("wants a token"), "{}", none.out);
    let away = nobody();
    let away = usage(data, &["--reconcile", "--metrics", &away], &[]);
    assert_eq!(away.code, Some(1));
    assert!(away.out.contains("is the gateway running?"), "{}", away.out);
}

#[actix_web::test]
async fn where_openmeter_stands_is_compared_too() {
    let meter = OpenMeter::start();
    let gateway = Gateway::with(&meter.vars());
    gateway
        .bill(&[record("m", 1000, 20), record("m", 0, 0), record("m", 4, 0)])
        .await;
    gateway.reported().await;
    let even = usage(gateway.data.path(), &["--reconcile"], &[]);
    assert_eq!(even.code, Some(0), "{}{}", even.out, even.err);
    let told =
        "OpenMeter: agrees with the rows, 2 records of 1,004 tokens in and 20 out told, 0 wait";
    assert!(even.out.contains(told), "{}", even.out);

    meter.act(Act::Answer(500, None, ""));
    gateway.bill(&[record("m", 1, 1)]).await;
    eventually("it is away", async || {
        (gateway.metering().await["away"] == true).then_some(())
    })
    .await;
    let waiting = usage(gateway.data.path(), &["--reconcile"], &[]);
    assert_eq!(waiting.code, Some(0), "{}", waiting.out);
    assert!(
        waiting.out.contains("1 wait: OpenMeter answered 500"),
        "{}",
        waiting.out
    );

    meter.act(Act::Spoil(400, "spoiled"));
    let spoiled = record("spoiled", 7, 7);
    gateway.bill(std::slice::from_ref(&spoiled)).await;
    gateway.reported().await;
    let refused = usage(gateway.data.path(), &["--reconcile"], &[]);
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(
        refused.out.contains("1 set aside and not billed"),
        "{}",
        refused.out
    );

    assert!(refused.out.contains("usage --settle"), "{}", refused.out);
    let none = usage(gateway.data.path(), &["--settle", "no-such-id"], &[]);
    assert_eq!(none.code, Some(1), "{}", none.out);
    let settled = usage(
        gateway.data.path(),
        &["--settle", &spoiled.id.to_string()],
        &[],
    );
    assert_eq!(settled.code, Some(0), "{}{}", settled.out, settled.err);
    let even = usage(gateway.data.path(), &["--reconcile"], &[]);
    assert_eq!(even.code, Some(0), "{}", even.out);
    assert!(even.out.contains("1 set aside and settled"), "{}", even.out);
    assert_eq!(gateway.metering().await["refused"], 0);
    let again = usage(gateway.data.path(), &["--settle", "all"], &[]);
    assert_eq!(again.code, Some(1), "{}", again.out);

    change(&gateway, "delete from openmeter_refused").await;
    let deleted = usage(gateway.data.path(), &["--reconcile"], &[]);
    assert_eq!(deleted.code, Some(1), "{}", deleted.out);
    assert!(deleted.out.contains("put them back"), "{}", deleted.out);
    change(&gateway, "delete from usage_record where model = 'spoiled'").await;
    change(
        &gateway,
        "update usage_record set tokens_out = 0 where tokens_in = 1",
    )
    .await;
    let uneven = usage(gateway.data.path(), &["--reconcile"], &[]);
    assert_eq!(uneven.code, Some(1), "{}", uneven.out);
    let cells = |name: &str| {
        let line = uneven
            .out
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap();
        line.split_whitespace()
            .skip(1)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(cells("recorded"), ["3", "1,005", "20"]);
    assert_eq!(cells("told"), ["3", "1,005", "21"]);
}
