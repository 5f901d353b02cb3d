//! Limits of one model, one scope, one issuer, one person.

use reqwest::Response;
use serde_json::{Value, json};

use super::{limited_by, number};
use crate::support::{
    gateway::{Gateway, chat},
    key::with,
    wallet::Wallet,
};

const PATH: &str = "/v1/chat/completions";

async fn asked(gateway: &Gateway, token: &str, model: &str) -> Response {
    let body = with(&chat("hi"), "model", json!(model));
    gateway.post(token, PATH, &body).await
}

/// The name of the limit that refused a call.
async fn refused_by(answer: Response) -> String {
    assert_eq!(answer.status(), 429);
    let body: Value = answer.json().await.unwrap();
    body["limit"].as_str().unwrap().to_owned()
}

fn with_scope(gateway: &Gateway, user: &str, scope: &str) -> String {
    let claims = with(&gateway.issuer.claims(user), "scope", json!(scope));
    gateway.issuer.sign(&claims)
}

#[actix_web::test]
async fn a_limit_of_a_model_comes_on_top_and_says_its_name() {
    let tables = "[[limit]]\nname = 'big'\ntokens = 10\nmodel = 'big*'";
    let gateway = limited_by(tables, &[("MAX_TOKENS_PER_MIN", "30")]);
    let ada = gateway.token("ada");
    assert_eq!(asked(&gateway, &ada, "big-1").await.status(), 200);
    let refused = asked(&gateway, &ada, "BIG-2").await;
    assert_eq!(number(&refused, "ratelimit-limit"), 10);
    assert_eq!(number(&refused, "ratelimit-remaining"), 2);
    assert_eq!(refused_by(refused).await, "big");
    assert_eq!(asked(&gateway, &ada, "small").await.status(), 200);
    let refused = asked(&gateway, &ada, "big-1").await;
    assert_eq!(refused_by(refused).await, "big");
    // Of both together 24 are spent: the next does not fit in the 30 of all models.
    assert_eq!(asked(&gateway, &ada, "small").await.status(), 200);
    let refused = asked(&gateway, &ada, "small").await;
    assert_eq!(refused_by(refused).await, "default");
    let eve = gateway.token("eve");
    assert_eq!(asked(&gateway, &eve, "big-1").await.status(), 200);
}

#[actix_web::test]
async fn only_a_scope_that_was_granted_counts_and_takes_the_usual_limits_place() {
    let tables = "[[limit]]\nname = 'runners'\ntokens = 30\nscope = 'chat:run'";
    let gateway = limited_by(tables, &[("MAX_TOKENS_PER_MIN", "9")]);
    // Whoever has no scopes may run chats all the same.
    let ada = gateway.token("ada");
    assert_eq!(asked(&gateway, &ada, "m").await.status(), 200);
    let refused = asked(&gateway, &ada, "m").await;
    assert_eq!(refused_by(refused).await, "default");
    let eve = with_scope(&gateway, "eve", "openid chat:run");
    for _ in 0..3 {
        assert_eq!(asked(&gateway, &eve, "m").await.status(), 200);
    }
    let refused = asked(&gateway, &eve, "m").await;
    assert_eq!(refused_by(refused).await, "runners");
}

#[actix_web::test]
async fn a_limit_of_one_person_is_theirs_alone() {
    let tables = "[[limit]]\ntokens = 9\nuser = 'ada'";
    let gateway = limited_by(tables, &[]);
    let (ada, eve) = (gateway.token("ada"), gateway.token("eve"));
    assert_eq!(asked(&gateway, &ada, "m").await.status(), 200);
    let refused = asked(&gateway, &ada, "m").await;
    assert_eq!(refused_by(refused).await, "limit-1");
    // No limit is for anyone else.
    for _ in 0..5 {
        assert_eq!(asked(&gateway, &eve, "m").await.status(), 200);
    }
}

#[actix_web::test]
async fn those_an_issuer_vouches_for_and_dids_have_limits_of_their_own() {
    let issuer = crate::support::issuer::Issuer::start();
    let tables = format!(
        "[[limit]]\nname = 'people'\ntokens = 17\nissuer = '{}'\n\
         [[limit]]\nname = 'dids'\ntokens = 9\nissuer = 'did'",
        issuer.url()
    );
    let file = crate::support::file(&tables);
    let vars = [
        ("ATTACH_CONFIG", file.path().to_str().unwrap()),
        ("DID_METHODS", "key"),
        ("DID_SCOPES", "*=chat:run"),
    ];
    let gateway = Gateway::trusting(issuer, &vars);
    let ada = gateway.token("ada");
    for _ in 0..2 {
        assert_eq!(asked(&gateway, &ada, "m").await.status(), 200);
    }
    let refused = asked(&gateway, &ada, "m").await;
    assert_eq!(refused_by(refused).await, "people");
    let did = Wallet::edwards(1).jws();
    assert_eq!(asked(&gateway, &did, "m").await.status(), 200);
    // Anyone can make another one: unlisted DIDs pay as one.
    let another = Wallet::edwards(2).jws();
    let refused = asked(&gateway, &another, "m").await;
    assert_eq!(refused_by(refused).await, "dids");
}

#[actix_web::test]
async fn of_several_limits_the_longest_wait_is_told_and_the_least_room_shown() {
    let tables = "[[limit]]\nname = 'hour'\ntokens = 10\nwindow = 3600\nmodel = '*'";
    let gateway = limited_by(tables, &[("MAX_TOKENS_PER_MIN", "9")]);
    let ada = gateway.token("ada");
    assert_eq!(asked(&gateway, &ada, "m").await.status(), 200);
    let refused = asked(&gateway, &ada, "m").await;
    let after = number(&refused, "retry-after");
    assert!((3590..=3601).contains(&after), "{after}");
    assert_eq!(number(&refused, "ratelimit-limit"), 9);
    assert_eq!(number(&refused, "ratelimit-remaining"), 1);
    assert_eq!(refused_by(refused).await, "hour");
}

#[actix_web::test]
async fn each_dialect_says_which_limit_also_when_it_never_fits() {
    let tables = "[[limit]]\nname = 'tiny'\ntokens = 8\nmodel = '*'";
    let gateway = limited_by(tables, &[("MAX_TOKENS_PER_MIN", "100")]);
    let ada = gateway.token("ada");
    for path in [PATH, "/api/chat"] {
        let answer = gateway.post(&ada, path, &chat("hi")).await;
        assert_eq!(answer.status(), 400, "{path}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["limit"], "tiny", "{path}: {body}");
        assert!(body["detail"].is_string() && !body["error"].is_null());
    }
}
