//! Tasks that are erased while Temporal is away.

use serde_json::json;

use super::Nowhere;
use crate::support::{eventually, gateway::Gateway};

/// When the workflow of `id` is looked at next, if anybody still wants to.
async fn next_look(gateway: &Gateway, id: &str) -> Option<i64> {
    let sql = "select due_at from workflow where task_id = $1";
    let row = gateway.database.query(sql).bind(id);
    row.optional_scalar().await.unwrap()
}

#[actix_web::test]
async fn a_workflow_whose_task_is_erased_is_still_to_be_stopped() {
    let temporal = Nowhere::new();
    let vars = [
        ("TEMPORAL_URL", &*temporal.address),
        ("TEMPORAL_WORKFLOWS", "*"),
    ];
    let gateway = Gateway::with(&vars);
    let token = gateway.token("ada");
    let task = json!({ "target_url": "temporal://ProcessChat", "input": { "messages": [] } });
    let id = gateway.send(&token, &task).await;
    let path = format!("/a2a/tasks/cancel/{id}");
    assert_eq!(gateway.post(&token, &path, &json!({})).await.status(), 200);
    let erased = id.clone();
    let erased = gateway.database.write(move |mut conn| {
        let query = "delete from task where task_id = $1";
        let id = erased.clone();
        Box::pin(async move { conn.query(query).bind(id).run().await })
    });
    assert_eq!(erased.await.unwrap(), 1);
    let mut seen = next_look(&gateway, &id).await.unwrap();
    // The first of these looks may have begun before; what is given up is gone by the last.
    for _ in 0..3 {
        seen = eventually("it is looked at again", async || {
            let next = next_look(&gateway, &id).await;
            let next = next.expect("nobody stops it any more");
            (next > seen).then_some(next)
        })
        .await;
    }
}
