//! The signature holds for whoever checks it by the book.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, jwk::JwkSet};
use serde_json::{Value, json};

use super::{CODER, ROOT, of};
use crate::support::{a2a::Asker, file, gateway::Gateway};

/// Whether the last signature of `card` is one of the key that it names, over all
/// that is there.
async fn holds(gateway: &Gateway, card: &Value) -> bool {
    let mut card = card.clone();
    let signatures = card.as_object_mut().unwrap().remove("signatures").unwrap();
    let last = signatures.as_array().unwrap().last().unwrap();
    let (protected, signature) = (&last["protected"], &last["signature"]);
    let protected = protected.as_str().unwrap();
    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(protected).unwrap()).unwrap();
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&json!("ES256"), &json!("JOSE"))
    );
    assert_eq!(header["jku"], gateway.at("/.well-known/jwks.json"));
    let keys = gateway.client.get(header["jku"].as_str().unwrap());
    let keys: JwkSet = keys.send().await.unwrap().json().await.unwrap();
    let key = keys.find(header["kid"].as_str().unwrap()).unwrap();
    let payload = serde_json_canonicalizer::to_vec(&card).unwrap();
    let signed = format!("{protected}.{}", URL_SAFE_NO_PAD.encode(payload));
    let key = DecodingKey::from_jwk(key).unwrap();
    let signature = signature.as_str().unwrap();
    jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &key, Algorithm::ES256).unwrap()
}

#[actix_web::test]
async fn the_signature_is_over_the_card_as_it_is_served() {
    let config = file(CODER);
    let gateway = Gateway::with(&[("ATTACH_CONFIG", config.path().to_str().unwrap())]);
    for path in [ROOT.to_owned(), of("coder")] {
        let card = gateway.card(&format!("{path}?A2A-Version=1.0")).await;
        assert!(holds(&gateway, &card).await, "{path}");
        let mut other = card.clone();
        other["supportedInterfaces"][0]["url"] = json!("http://elsewhere");
        assert!(!holds(&gateway, &other).await, "{path}");
    }
}

#[actix_web::test]
async fn what_0_3_reads_of_a_card_is_under_a_signature_of_its_own() {
    let gateway = Gateway::start();
    let card = gateway.card(ROOT).await;
    assert_eq!(card["signatures"].as_array().unwrap().len(), 2);
    assert!(holds(&gateway, &card).await);
    for (name, value) in [
        ("url", json!("http://elsewhere")),
        ("preferredTransport", json!("GRPC")),
        ("security", json!([])),
        ("supportedInterfaces", json!([])),
    ] {
        let mut other = card.clone();
        assert!(other.get(name).is_some(), "{name}");
        other[name] = value;
        assert!(!holds(&gateway, &other).await, "{name}");
    }
    let ada = Asker::new(&gateway, "ada", "chat");
    let method = "agent/getAuthenticatedExtendedCard";
    let own = ada.rpc_response(method, json!({}), &[("a2a-version", "0.3")]);
    let own: Value = own.await.json().await.unwrap();
    let own = own["result"].clone();
    assert!(own["url"].is_string() && holds(&gateway, &own).await);
}

#[actix_web::test]
async fn without_0_3_there_is_one_signature_and_nothing_else_to_sign() {
    let gateway = Gateway::with(&[("A2A_V03", "off")]);
    let card = gateway.card(ROOT).await;
    assert_eq!(card["signatures"].as_array().unwrap().len(), 1);
    assert!(card.get("url").is_none() && holds(&gateway, &card).await);
}

#[actix_web::test]
async fn a_card_is_signed_once_and_not_for_everyone_who_asks() {
    let gateway = Gateway::start();
    let first = gateway.card(ROOT).await;
    // Each signature of ES256 is another.
    assert_eq!(gateway.card(ROOT).await["signatures"], first["signatures"]);
    let new = gateway.card(&format!("{ROOT}?A2A-Version=1.0")).await;
    assert_eq!(new["signatures"][0], first["signatures"][0]);
}
