//! The built binary, killed in the middle of calls: what it shows afterwards is what
//! its rows add up to.

use std::{cell::Cell, collections::BTreeMap, rc::Rc};

use serde_json::json;
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

use super::VARS;
use crate::support::{
    engine::{Act, Engine},
    eventually,
    gateway::chat,
    issuer::Issuer,
    key::with,
    process::run,
    served::Served,
};

const CALLERS: usize = 4;
/// Answers that are seen before the gateway dies.
const ANSWERED: usize = 60;

/// Calls again and again, until the gateway is gone.
async fn call(url: String, token: String, answered: Rc<Cell<usize>>) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    loop {
        let request = client.post(format!("{url}/v1/chat/completions"));
        let Ok(answer) = request.bearer_auth(&token).json(&chat("hi")).send().await else {
            return;
        };
        if answer.bytes().await.is_err() {
            return;
        }
        answered.set(answered.get() + 1);
    }
}

#[actix_web::test]
async fn after_a_kill_the_totals_are_those_of_the_rows() {
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let engine = Engine::start(Act::Text("hello"));
    let vars = [&VARS[..], &[("ENGINE_URL", engine.url())]].concat();
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    let answered = Rc::<Cell<usize>>::default();
    let callers: Vec<_> = (0..CALLERS)
        .map(|n| {
            let token = issuer.token(&format!("user-{}", n % 2));
            actix_web::rt::spawn(call(gateway.url.clone(), token, answered.clone()))
        })
        .collect();
    eventually("answers come", async || {
        (answered.get() >= ANSWERED).then_some(())
    })
    .await;
    gateway.process.kill();
    for caller in callers {
        caller.await.unwrap();
    }

    let gateway = Served::start(data.path(), &issuer, &vars).await;
    let claims = with(&issuer.claims("boss"), "scope", json!("metrics:read"));
    let token = issuer.sign(&claims);
    let series = gateway.client.get(format!("{}/metrics", gateway.url));
    let series = series.bearer_auth(&token).send().await.unwrap();
    let series = series.text().await.unwrap();
    let options = SqliteConnectOptions::new().filename(data.path().join("attach.db"));
    let mut database = options.connect().await.unwrap();
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(
        "select user_id, sum(tokens_in), sum(tokens_out) from usage_record group by user_id",
    )
    .fetch_all(&mut database)
    .await
    .unwrap();
    let expected: BTreeMap<_, _> = rows
        .iter()
        .flat_map(|(user, tokens_in, tokens_out)| {
            [
                (super::tokens(user, "in", 0), *tokens_in),
                (super::tokens(user, "out", 0), *tokens_out),
            ]
        })
        .map(|(line, count)| (line.rsplit_once(' ').unwrap().0.to_owned(), count))
        .collect();
    let found: BTreeMap<_, _> = series
        .lines()
        .filter(|line| line.starts_with("attach_usage_tokens_total{"))
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(name, count)| (name.to_owned(), count.parse::<i64>().unwrap()))
        .collect();
    assert_eq!(expected.len(), 4, "{rows:?}");
    assert_eq!(found, expected);

    // And so says the command.
    let file = data.path().join("token");
    std::fs::write(&file, token).unwrap();
    let file = file.to_str().unwrap();
    let args = [
        "usage",
        "--reconcile",
        "--metrics",
        &gateway.url,
        "--token-file",
        file,
    ];
    let vars = [
        ("ATTACH_DATA", data.path().to_str().unwrap()),
        ("OIDC_ISSUER", issuer.url()),
        ("OIDC_AUD", "us"),
    ];
    let even = run(data.path(), &args, &vars);
    assert_eq!(even.code, Some(0), "{}{}", even.out, even.err);
}
