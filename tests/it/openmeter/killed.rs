//! The built binary, killed in the middle of batches.

use std::{collections::BTreeMap, path::Path};

use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

use crate::support::{
    engine::{Act as Answer, Engine},
    eventually,
    gateway::chat,
    issuer::Issuer,
    openmeter::{Act, OpenMeter},
    served::Served,
};

/// Calls before each of the kills, and after the last one.
const CALLS: usize = 60;
const KILLS: usize = 3;

async fn call(gateway: &Served) {
    let calls = (0..CALLS).map(|_| {
        let request = gateway
            .client
            .post(format!("{}/v1/chat/completions", gateway.url));
        let request = request.bearer_auth(&gateway.token).json(&chat("hi"));
        async move { assert_eq!(request.send().await.unwrap().status(), 200) }
    });
    futures_util::future::join_all(calls).await;
}

/// The ids that OpenMeter must have by now, and their tokens.
async fn recorded(folder: &Path) -> BTreeMap<String, u64> {
    let options = SqliteConnectOptions::new().filename(folder.join("attach.db"));
    let mut database = options.connect().await.unwrap();
    let rows: Vec<(String, u32, u32)> =
        sqlx::query_as("select usage_id, tokens_in, tokens_out from usage_record")
            .fetch_all(&mut database)
            .await
            .unwrap();
    let events = rows.into_iter().flat_map(|(id, tokens_in, tokens_out)| {
        [
            (format!("{id}-in"), u64::from(tokens_in)),
            (format!("{id}-out"), u64::from(tokens_out)),
        ]
    });
    events.collect()
}

#[actix_web::test]
async fn each_record_arrives_once_by_id_however_often_the_gateway_is_killed() {
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let (engine, meter) = (Engine::start(Answer::Text("hello")), OpenMeter::start());
    let strict = [("ENGINE_URL", engine.url()), ("USAGE_DURABILITY", "strict")];
    let vars = [&strict[..], &meter.vars()].concat();
    for _ in 0..KILLS {
        // It reads a batch, and the gateway is gone before it has an answer.
        meter.act(Act::Mute);
        let before = meter.batches();
        let gateway = Served::start(data.path(), &issuer, &vars).await;
        call(&gateway).await;
        eventually("a batch is under way", async || {
            (meter.batches() > before).then_some(())
        })
        .await;
        gateway.process.kill();
    }
    meter.act(Act::Well);
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    call(&gateway).await;
    let expected = recorded(data.path()).await;
    assert_eq!(expected.len(), 2 * CALLS * (KILLS + 1), "strict");
    eventually("everything arrived", async || {
        (meter.events().len() >= expected.len()).then_some(())
    })
    .await;
    let kept = meter.events().into_iter();
    let kept: BTreeMap<_, _> = kept
        .map(|(id, event)| (id, event["data"]["tokens"].as_u64().unwrap()))
        .collect();
    assert_eq!(kept, expected);
    assert!(meter.repeats() > 1, "some were in doubt, and sent again");
    assert!(meter.repeats() <= KILLS + 1);
    assert!(
        meter.batches() <= 4 * (KILLS + 1),
        "{} requests",
        meter.batches()
    );
}
