//! Descope, as an issuer and as a place where tokens are exchanged.

mod exchange;

use serde_json::json;

use crate::support::{
    descope::{Descope, PROJECT},
    gateway::Gateway,
    issuer::Issuer,
    key::{Key, with},
};

/// A gateway whose callers are Descope's.
fn gateway(descope: &Descope, vars: &[(&str, &str)]) -> Gateway {
    let base = [
        ("OIDC_ISSUER", ""),
        ("AUTH_BACKEND", "descope"),
        ("DESCOPE_PROJECT_ID", PROJECT),
        ("DESCOPE_BASE_URL", descope.url()),
    ];
    Gateway::trusting(Issuer::start(), &[&base, vars].concat())
}

async fn status(gateway: &Gateway, token: &str) -> u16 {
    gateway.get(token, "/agents").await.status().as_u16()
}

#[actix_web::test]
async fn a_projects_tokens_are_taken_with_keys_from_the_base_that_is_configured() {
    let descope = Descope::start();
    let gateway = gateway(&descope, &[]);
    assert_eq!(status(&gateway, &descope.token("ada")).await, 200);
    assert_eq!(descope.fetches(), 1);
    let stranger = Key::p256("descope").sign(&descope.claims("ada"));
    assert_eq!(status(&gateway, &stranger).await, 401);
    for (name, value) in [
        ("aud", json!("others")),
        ("iss", json!(format!("{}/v1/apps/P2other", descope.url()))),
        ("iss", json!(descope.url())),
        ("iss", json!(PROJECT)),
    ] {
        let claims = with(&descope.claims("ada"), name, value);
        assert_eq!(status(&gateway, &descope.key.sign(&claims)).await, 401);
    }
    assert_eq!(status(&gateway, &gateway.token("ada")).await, 401);
}

#[actix_web::test]
async fn the_project_may_go_by_another_name_and_its_keys_stay_where_they_are() {
    let descope = Descope::start();
    let name = format!("{}/{PROJECT}", descope.url());
    let gateway = gateway(&descope, &[("OIDC_ISSUER", &name), ("DESCOPE_AUD", "them")]);
    let claims = with(&descope.claims("ada"), "iss", json!(name));
    assert_eq!(status(&gateway, &descope.key.sign(&claims)).await, 401);
    let claims = with(&claims, "aud", json!("them"));
    assert_eq!(status(&gateway, &descope.key.sign(&claims)).await, 200);
    assert_eq!(descope.fetches(), 1);
}

#[actix_web::test]
async fn its_keys_may_be_somewhere_else() {
    let (descope, other) = (Descope::start(), Descope::start());
    let keys = format!("{}/elsewhere/keys", other.url());
    let gateway = gateway(&descope, &[("DESCOPE_JWKS_URL", &keys)]);
    let token = other.key.sign(&descope.claims("ada"));
    assert_eq!(status(&gateway, &token).await, 200);
    assert_eq!((descope.fetches(), other.fetches()), (0, 1));
}
