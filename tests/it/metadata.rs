use serde_json::Value;

use crate::support::gateway::Gateway;

#[actix_web::test]
async fn a_refusal_leads_to_where_tokens_are_had() {
    let gateway = Gateway::start();
    let refused = gateway
        .client
        .get(gateway.at("/a2a/tasks"))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
    let (_, rest) = challenge.split_once("resource_metadata=\"").unwrap();
    let url = rest.split('"').next().unwrap();
    let found: Value = gateway
        .client
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(found["resource"], gateway.url);
    assert_eq!(found["authorization_servers"][0], gateway.issuer.url());
    assert_eq!(found["bearer_methods_supported"][0], "header");
}
