//! Cards: where an agent says it is, and how far that is believed.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Hub, output};
use crate::support::{
    a2a_agent::{A2aAgent, Asked, events, status, task},
    eventually,
};

fn helper(edit: impl Fn(&mut Value)) -> A2aAgent {
    A2aAgent::with(edit, |_| {
        events([task("WORKING"), status("COMPLETED", Value::Null)])
    })
}

async fn done(hub: &Hub) {
    let id = hub.send(json!({})).await;
    hub.completed(id).await;
}

#[actix_web::test]
async fn a_card_is_fetched_once_and_kept() {
    let hub = Hub::of(helper(|_| ())).await;
    let many = (0..5).map(|_| done(&hub));
    futures_util::future::join_all(many).await;
    let cards = hub.agent.calls_of("card");
    assert_eq!(cards.len(), 1);
    assert_eq!(cards[0].header("authorization"), "", "it is public");
}

#[actix_web::test]
async fn a_card_that_is_no_longer_fresh_is_asked_for_by_its_etag() {
    let hub = Hub::of(helper(|card| card["x-cache"] = json!("max-age=0"))).await;
    let cards = asked_again(&hub).await;
    let etags: Vec<_> = cards
        .iter()
        .map(|asked| asked.header("if-none-match"))
        .collect();
    assert_eq!(etags, ["", "\"v1\""], "and not with every task");
}

/// Tasks one after the other until the card has been asked for again.
async fn asked_again(hub: &Hub) -> Vec<Asked> {
    eventually("it is asked for again", async || {
        let begun = Instant::now();
        done(hub).await;
        assert!(begun.elapsed() < Duration::from_secs(5), "nobody waits");
        let cards = hub.agent.calls_of("card");
        (cards.len() > 1).then_some(cards)
    })
    .await
}

#[actix_web::test]
async fn a_card_that_does_not_come_again_keeps_nobody_waiting() {
    let agent = helper(|card| {
        card["x-cache"] = json!("no-cache");
        card["x-silent-from"] = json!(1);
    });
    let hub = Hub::of(agent).await;
    asked_again(&hub).await;
    done(&hub).await;
    assert_eq!(hub.agent.calls_of("card").len(), 2, "one asks for all");
}

#[actix_web::test]
async fn no_token_goes_anywhere_but_to_the_configured_address() {
    let thief = A2aAgent::start(|_| events([task("COMPLETED")]));
    let stolen = format!("{}/rpc", thief.url());
    let hub = Hub::of(helper({
        let stolen = stolen.clone();
        move |card| card["supportedInterfaces"][0]["url"] = json!(stolen)
    }))
    .await;
    let id = hub.send(json!({})).await;
    let failed = hub.failed(id).await;
    let why = output(&failed)["detail"].as_str().unwrap().to_owned();
    assert!(
        why.contains(&stolen) && why.contains("TARGET_ALLOW"),
        "{why}"
    );
    assert!(thief.calls().is_empty() && thief.calls_of("card").is_empty());
    assert!(hub.agent.calls().is_empty());
}

#[actix_web::test]
async fn a_redirect_is_not_followed() {
    let thief = A2aAgent::start(|_| events([task("COMPLETED")]));
    let place: &'static str = format!("{}/rpc", thief.url()).leak();
    let agent = A2aAgent::start(move |_| crate::support::a2a_agent::Say::Moved(place));
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    let failed = hub.failed(id).await;
    assert_eq!(failed.task.detail.as_deref(), Some("agent answered 307"));
    assert!(thief.calls().is_empty());
}

#[actix_web::test]
async fn another_place_is_called_where_the_team_allows_it() {
    let elsewhere = helper(|_| ());
    let place = format!("{}/rpc", elsewhere.url());
    let agent = helper({
        let place = place.clone();
        move |card| card["supportedInterfaces"][0]["url"] = json!(place)
    });
    let hub = Hub::with(agent, &[("TARGET_ALLOW", &place)]).await;
    done(&hub).await;
    assert_eq!(elsewhere.calls().len(), 1);
}

#[actix_web::test]
async fn an_agent_that_cannot_be_talked_to_is_a_clear_failure() {
    let old = |card: &mut Value| {
        let url = card["supportedInterfaces"][0]["url"].clone();
        *card = json!({ "name": "helper", "url": url, "protocolVersion": "0.3.0" });
    };
    let grpc = |card: &mut Value| card["supportedInterfaces"][0]["protocolBinding"] = json!("GRPC");
    let broken = |card: &mut Value| card["capabilities"] = json!(7);
    type Edit = fn(&mut Value);
    let edits: [(Edit, &str); 3] = [
        (old, "the agent speaks A2A 0.3.0 alone"),
        (
            grpc,
            "the agent's card offers neither JSONRPC nor HTTP+JSON",
        ),
        (broken, "the agent's card cannot be read"),
    ];
    for (edit, why) in edits {
        let hub = Hub::of(helper(edit)).await;
        let id = hub.send(json!({})).await;
        let failed = hub.failed(id).await;
        let detail = failed.task.detail.unwrap();
        assert!(detail.starts_with(why), "{detail}");
        assert!(hub.agent.calls().is_empty());
    }
}

#[actix_web::test]
async fn an_agent_without_a_card_is_tried_again() {
    let agent = helper(|card| card["x-status"] = json!(503));
    let hub = Hub::with(agent, &[("TASK_MAX_ATTEMPTS", "2")]).await;
    let id = hub.send(json!({})).await;
    let failed = hub.failed(id).await;
    assert_eq!(failed.task.attempt, 2);
    let why = "the agent's card could not be fetched: agent answered 503";
    assert_eq!(failed.task.detail.as_deref(), Some(why));
}
