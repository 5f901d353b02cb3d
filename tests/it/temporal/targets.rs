//! `temporal://Name` in a request.

use serde_json::json;

use super::Nowhere;
use crate::support::gateway::Gateway;

const SEND: &str = "/a2a/tasks/send";

async fn refused(gateway: &Gateway, url: &str) -> String {
    let task = json!({ "target_url": url, "input": {} });
    let refused = gateway.tell(&gateway.token("ada"), SEND, &task).await;
    assert_eq!(refused.status, 400, "{url}");
    refused.detail().to_owned()
}

#[actix_web::test]
async fn without_temporal_a_workflow_is_refused_with_what_is_missing() {
    let gateway = Gateway::start();
    let why = refused(&gateway, "temporal://ProcessChat").await;
    let wanted = "temporal:// targets need TEMPORAL_URL; set it to the host:port of Temporal";
    assert_eq!(why, wanted);
}

#[actix_web::test]
async fn only_workflows_on_the_list_are_started() {
    let temporal = Nowhere::new();
    let vars = [
        ("TEMPORAL_URL", &*temporal.address),
        ("TEMPORAL_WORKFLOWS", "ProcessChat"),
    ];
    let gateway = Gateway::with(&vars);
    let why = refused(&gateway, "temporal://Other").await;
    assert!(why.contains("add Other to TEMPORAL_WORKFLOWS"), "{why}");
    for url in [
        "temporal://",
        "temporal://a/b",
        "temporal://a b",
        "temporal://*",
    ] {
        let why = refused(&gateway, url).await;
        assert!(why.contains("takes the name of one workflow"), "{why}");
    }
}

#[actix_web::test]
async fn an_empty_list_allows_none() {
    let temporal = Nowhere::new();
    let gateway = Gateway::with(&[("TEMPORAL_URL", &temporal.address)]);
    let why = refused(&gateway, "temporal://ProcessChat").await;
    assert!(why.contains("TEMPORAL_WORKFLOWS"), "{why}");
}
