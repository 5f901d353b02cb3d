//! One's own API keys: seen, made and revoked.

use reqwest::Method;
use serde_json::{Value, json};

use super::{delete, exchanged, from_page, token};
use crate::support::{
    asking::Answer,
    eventually,
    gateway::Gateway,
    provider::Provider,
    tab::{Tab, gateway},
    wallet::Wallet,
};

async fn make(gateway: &Gateway, token: &str, wanted: Value) -> Answer {
    gateway.tell(token, "/auth/keys", &wanted).await
}

async fn listed(gateway: &Gateway, token: &str) -> Vec<Value> {
    let answer = gateway.ask(token, "/auth/keys").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["keys"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn a_key_is_shown_once_works_as_its_owner_and_ends_when_it_is_revoked() {
    let gateway = Gateway::start();
    let ada = gateway.token("ada");
    let wanted = json!({ "name": " nightly ", "scopes": ["tasks:run"], "expires": "12h" });
    let made = make(&gateway, &ada, wanted).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let (key, id) = (made.body["key"].as_str().unwrap(), &made.body["id"]);
    assert_eq!(id.as_str(), key.get(3..11));
    let mut shown = made.body.clone();
    shown.as_object_mut().unwrap().remove("key");
    assert_eq!(listed(&gateway, &ada).await, [shown.clone()]);
    let lasts = shown["expires"].as_i64().unwrap() - shown["created"].as_i64().unwrap();
    assert_eq!((&shown["name"], lasts), (&json!("nightly"), 12 * 3_600_000));
    assert_eq!(shown["scopes"], json!(["tasks:run"]));

    assert_eq!(gateway.ask(key, "/agents").await.status, 200);
    assert_eq!(gateway.ask(key, "/mem/events").await.status, 403);
    let path = format!("/auth/keys/{}", id.as_str().unwrap());
    assert_eq!(delete(&gateway, &ada, &path).await.status, 204);
    eventually("it is refused", async || {
        (gateway.ask(key, "/agents").await.status == 401).then_some(())
    })
    .await;
    assert_eq!(delete(&gateway, &ada, &path).await.status, 204, "once more");
    assert!(listed(&gateway, &ada).await[0]["revoked"].is_i64());
}

#[actix_web::test]
async fn a_key_has_the_usual_scopes_and_ninety_days_where_nobody_says_more() {
    let gateway = Gateway::start();
    let all = token(&gateway, "ada", "chat:run memory:read admin metrics:read");
    let made = make(&gateway, &all, json!({})).await.body;
    assert_eq!(made["scopes"], json!(["chat:run", "memory:read"]));
    let lasts = made["expires"].as_i64().unwrap() - made["created"].as_i64().unwrap();
    assert_eq!((lasts, &made["name"]), (90 * 86_400_000, &Value::Null));
    let own = make(
        &gateway,
        &all,
        json!({ "scopes": ["admin"], "expires": "never" }),
    )
    .await;
    assert_eq!((own.status, &own.body["expires"]), (201, &Value::Null));
}

#[actix_web::test]
async fn nobody_makes_a_key_that_may_more_than_they() {
    let gateway = Gateway::with(&[("REQUIRED_SCOPES", "true")]);
    let (some, none) = (token(&gateway, "ada", "chat:run"), gateway.token("ada"));
    for (token, wanted) in [
        (&some, json!({ "scopes": ["admin"] })),
        (&some, json!({ "scopes": ["chat:run", "tasks:run"] })),
        (&none, json!({})),
        (&none, json!({ "scopes": ["chat:run"] })),
    ] {
        let refused = make(&gateway, token, wanted.clone()).await;
        assert_eq!(refused.status, 403, "{wanted}: {}", refused.body);
        assert_eq!(refused.body["error"], "forbidden");
    }
    assert!(listed(&gateway, &some).await.is_empty());
    let unheld = Gateway::start();
    let refused = make(
        &unheld,
        &unheld.token("ada"),
        json!({ "scopes": ["admin"] }),
    )
    .await;
    assert_eq!(refused.status, 403, "also where scopes are not required");
}

#[actix_web::test]
async fn what_a_key_cannot_be_is_told_by_the_member() {
    let gateway = Gateway::start();
    let ada = gateway.token("ada");
    for (wanted, member) in [
        (json!({ "name": "a\nb" }), "name: it has control characters"),
        (
            json!({ "name": "x".repeat(101) }),
            "name: it is longer than 100",
        ),
        (json!({ "expires": "90" }), "expires: write it as 90d"),
        (json!({ "expires": "36501d" }), "expires: write it as 90d"),
        (json!({ "scopes": [] }), "scopes: write some of chat:run"),
        (
            json!({ "scopes": ["root"] }),
            "scopes: write some of chat:run",
        ),
        (json!({ "user": "eve" }), "unknown field `user`"),
    ] {
        let refused = make(&gateway, &ada, wanted).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(refused.detail().starts_with(member), "{}", refused.detail());
    }
    assert!(listed(&gateway, &ada).await.is_empty());
}

#[actix_web::test]
async fn other_peoples_keys_are_not_there() {
    let gateway = Gateway::start();
    let (ada, eve) = (gateway.token("ada"), gateway.token("eve"));
    let made = make(&gateway, &ada, json!({})).await.body;
    let (key, id) = (made["key"].as_str().unwrap(), made["id"].as_str().unwrap());
    assert!(listed(&gateway, &eve).await.is_empty());
    let refused = delete(&gateway, &eve, &format!("/auth/keys/{id}")).await;
    assert_eq!(refused.status, 404, "{}", refused.body);
    assert_eq!(gateway.ask(key, "/agents").await.status, 200);
    assert!(listed(&gateway, &ada).await[0]["revoked"].is_null());
}

#[actix_web::test]
async fn neither_a_key_nor_an_agent_nor_a_did_makes_or_revokes_one() {
    let wallet = Wallet::edwards(9);
    let all = "*=chat:run tasks:run memory:write memory:read";
    let gateway = Gateway::with(&[("DID_METHODS", "key"), ("DID_SCOPES", all)]);
    let ada = gateway.token("ada");
    let made = make(&gateway, &ada, json!({})).await.body;
    let key = made["key"].as_str().unwrap().to_owned();
    let agents = [
        exchanged(&gateway, &ada).await,
        exchanged(&gateway, &key).await,
    ];
    let path = format!("/auth/keys/{}", made["id"].as_str().unwrap());
    for (caller, why) in [
        (&key, "an API key can neither"),
        (&agents[0], "an agent's token"),
        (&agents[1], "an agent's token"),
        (&wallet.jws(), "a DID is its own key"),
    ] {
        let refused = make(&gateway, caller, json!({})).await;
        assert!(
            refused.status == 403 && refused.detail().starts_with(why),
            "{}",
            refused.body
        );
        let refused = delete(&gateway, caller, &path).await;
        assert!(
            refused.status == 403 && refused.detail().starts_with(why),
            "{}",
            refused.body
        );
    }
    assert_eq!(
        listed(&gateway, &key).await.len(),
        1,
        "a key sees its owner's"
    );
    assert_eq!(gateway.ask(&agents[0], "/auth/keys").await.status, 403);
    assert!(listed(&gateway, &ada).await[0]["revoked"].is_null());
}

#[actix_web::test]
async fn a_person_has_a_hundred_keys_that_work_and_no_more() {
    let gateway = Gateway::start();
    let (ada, eve) = (gateway.token("ada"), gateway.token("eve"));
    let mut last = Value::Null;
    for _ in 0..100 {
        last = make(&gateway, &ada, json!({})).await.body;
    }
    let refused = make(&gateway, &ada, json!({})).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(refused.detail().contains("revoke one first"));
    assert_eq!(make(&gateway, &eve, json!({})).await.status, 201);
    let path = format!("/auth/keys/{}", last["id"].as_str().unwrap());
    assert_eq!(delete(&gateway, &ada, &path).await.status, 204);
    assert_eq!(make(&gateway, &ada, json!({})).await.status, 201);
    let keys = listed(&gateway, &ada).await;
    assert_eq!(keys.len(), 101);
    assert!(keys[100]["revoked"].is_i64(), "those that work come first");
}

#[actix_web::test]
async fn the_page_makes_a_key_with_its_csrf_token_alone() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let tab = Tab::at(&gateway);
    tab.sign_in().await;
    let wanted = json!({ "name": "from the page" });
    let foreign = tab.request(Method::POST, "/auth/keys").json(&wanted);
    assert_eq!(tab.send(foreign).await.body["error"], "csrf");
    let made = from_page(&tab, Method::POST, "/auth/keys", &wanted).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let me = gateway
        .ask(made.body["key"].as_str().unwrap(), "/auth/me")
        .await;
    let page = tab.session().await;
    assert_eq!(
        (&me.body["user"], &me.body["issuer"]),
        (&page["user"], &page["issuer"])
    );
}
