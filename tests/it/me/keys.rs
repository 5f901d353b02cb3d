//! One's own API keys: seen, made and revoked.

use reqwest::Method;
use serde_json::{Value, json};

use super::{delete, exchanged, from_page, made};
use crate::support::{
    asking::Answer,
    eventually,
    gateway::Gateway,
    provider::Provider,
    tab::{Tab, gateway},
    wallet::Wallet,
};

/// A browser in which `user` signed in with these scopes.
async fn browser(
    provider: &Provider,
    gateway: &Gateway,
    user: &str,
    scope: Option<&'static str>,
) -> Tab {
    provider.plan(|plan| {
        plan.claims = json!({ "sub": user });
        plan.scope = scope;
    });
    let tab = Tab::at(gateway);
    tab.sign_in().await;
    assert_eq!(tab.session().await["user"], user);
    tab
}

/// A gateway, and a browser of ada's.
async fn ada(vars: &[(&str, &str)], scope: Option<&'static str>) -> (Provider, Gateway, Tab) {
    let provider = Provider::start();
    let gateway = gateway(&provider, vars);
    let tab = browser(&provider, &gateway, "ada", scope).await;
    (provider, gateway, tab)
}

async fn make(tab: &Tab, wanted: Value) -> Answer {
    from_page(tab, Method::POST, "/auth/keys", &wanted).await
}

async fn revoke(tab: &Tab, id: &Value) -> Answer {
    let path = format!("/auth/keys/{}", id.as_str().unwrap());
    from_page(tab, Method::DELETE, &path, &json!({})).await
}

async fn listed(tab: &Tab) -> Vec<Value> {
    let answer = tab.open("/auth/keys").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["keys"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn a_key_is_shown_once_works_as_its_owner_and_ends_when_it_is_revoked() {
    let (_provider, gateway, tab) = ada(&[], None).await;
    let wanted = json!({ "name": " nightly ", "scopes": ["tasks:run"], "expires": "12h" });
    let made = make(&tab, wanted).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let (key, id) = (made.body["key"].as_str().unwrap(), &made.body["id"]);
    assert_eq!(id.as_str(), key.get(3..11));
    let mut shown = made.body.clone();
    shown.as_object_mut().unwrap().remove("key");
    assert_eq!(listed(&tab).await, [shown.clone()]);
    let lasts = shown["expires"].as_i64().unwrap() - shown["created"].as_i64().unwrap();
    assert_eq!((&shown["name"], lasts), (&json!("nightly"), 12 * 3_600_000));
    assert_eq!(shown["scopes"], json!(["tasks:run"]));

    assert_eq!(gateway.ask(key, "/agents").await.status, 200);
    assert_eq!(gateway.ask(key, "/mem/events").await.status, 403);
    let (me, page) = (gateway.ask(key, "/auth/me").await.body, tab.session().await);
    assert_eq!(
        (&me["user"], &me["issuer"]),
        (&page["user"], &page["issuer"])
    );
    assert_eq!(revoke(&tab, id).await.status, 204);
    eventually("it is refused", async || {
        (gateway.ask(key, "/agents").await.status == 401).then_some(())
    })
    .await;
    assert_eq!(revoke(&tab, id).await.status, 204, "once more");
    assert!(listed(&tab).await[0]["revoked"].is_i64());
}

#[actix_web::test]
async fn a_key_has_the_usual_scopes_and_ninety_days_where_nobody_says_more() {
    let all = "openid chat:run memory:read admin metrics:read";
    let (_provider, _gateway, tab) = ada(&[("REQUIRED_SCOPES", "true")], Some(all)).await;
    let made = make(&tab, json!({})).await.body;
    assert_eq!(made["scopes"], json!(["chat:run", "memory:read"]));
    let lasts = made["expires"].as_i64().unwrap() - made["created"].as_i64().unwrap();
    assert_eq!((lasts, &made["name"]), (90 * 86_400_000, &Value::Null));
    let own = make(&tab, json!({ "scopes": ["admin"], "expires": "365d" })).await;
    assert_eq!((own.status, &own.body["scopes"]), (201, &json!(["admin"])));
}

#[actix_web::test]
async fn nobody_makes_a_key_that_may_more_than_they() {
    let vars = [("REQUIRED_SCOPES", "true")];
    let (provider, strict, some) = ada(&vars, Some("openid chat:run")).await;
    let none = browser(&provider, &strict, "bob", Some("openid")).await;
    let (_provider, _gateway, free) = ada(&[], None).await;
    for (tab, wanted) in [
        (&some, json!({ "scopes": ["admin"] })),
        (&some, json!({ "scopes": ["chat:run", "tasks:run"] })),
        (&none, json!({})),
        (&none, json!({ "scopes": ["chat:run"] })),
        (&free, json!({ "scopes": ["admin"] })),
        (&free, json!({ "scopes": ["metrics:read"] })),
    ] {
        let refused = make(tab, wanted.clone()).await;
        assert_eq!(refused.status, 403, "{wanted}: {}", refused.body);
        assert_eq!(refused.body["error"], "forbidden");
    }
    assert!(listed(&some).await.is_empty());
}

#[actix_web::test]
async fn who_may_chat_without_its_scope_may_have_a_key_for_it() {
    let (_provider, _gateway, tab) = ada(&[], Some("openid admin")).await;
    let made = make(&tab, json!({ "scopes": ["chat:run", "admin"] })).await;
    assert_eq!(made.status, 201, "{}", made.body);
}

#[actix_web::test]
async fn what_a_key_cannot_be_is_told_by_the_member() {
    let (_provider, _gateway, tab) = ada(&[], None).await;
    let until = "expires: write it as 90d or 12h, up to 365d; attach-gateway keys create makes";
    for (wanted, member) in [
        (json!({ "name": "a\nb" }), "name: it has control characters"),
        (
            json!({ "name": "x".repeat(101) }),
            "name: it is longer than 100",
        ),
        (json!({ "expires": "90" }), until),
        (json!({ "expires": "366d" }), until),
        (json!({ "expires": "never" }), until),
        (json!({ "scopes": [] }), "scopes: write some of chat:run"),
        (
            json!({ "scopes": ["root"] }),
            "scopes: write some of chat:run",
        ),
        (json!({ "user": "eve" }), "unknown field `user`"),
    ] {
        let refused = make(&tab, wanted).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(refused.detail().starts_with(member), "{}", refused.detail());
    }
    assert!(listed(&tab).await.is_empty());
}

#[actix_web::test]
async fn other_peoples_keys_are_not_there() {
    let (provider, gateway, ada) = ada(&[], None).await;
    let eve = browser(&provider, &gateway, "eve", None).await;
    let made = make(&ada, json!({})).await.body;
    assert!(listed(&eve).await.is_empty());
    let refused = revoke(&eve, &made["id"]).await;
    assert_eq!(refused.status, 404, "{}", refused.body);
    let key = made["key"].as_str().unwrap();
    assert_eq!(gateway.ask(key, "/agents").await.status, 200);
    assert!(listed(&ada).await[0]["revoked"].is_null());
}

#[actix_web::test]
async fn neither_a_key_nor_an_agent_nor_a_did_sees_makes_or_revokes_one() {
    let wallet = Wallet::edwards(9);
    let all = "*=chat:run tasks:run memory:write memory:read";
    let vars = [("DID_METHODS", "key"), ("DID_SCOPES", all)];
    let (_provider, gateway, tab) = ada(&vars, None).await;
    let made = make(&tab, json!({})).await.body;
    let key = made["key"].as_str().unwrap().to_owned();
    let agent = exchanged(&gateway, &key).await;
    let path = format!("/auth/keys/{}", made["id"].as_str().unwrap());
    for (caller, why) in [
        (&key, "an API key is told of itself alone"),
        (&agent, "an agent's token"),
        (&wallet.jws(), "a DID is its own key"),
    ] {
        for refused in [
            gateway.tell(caller, "/auth/keys", &json!({})).await,
            delete(&gateway, caller, &path).await,
            gateway.ask(caller, "/auth/keys").await,
            gateway.ask(caller, "/auth/sessions").await,
        ] {
            let told = refused.detail().starts_with(why);
            assert!(refused.status == 403 && told, "{}", refused.body);
        }
        let me = gateway.ask(caller, "/auth/me").await.body;
        assert_eq!(me["may_make_keys"], false, "{me}");
    }
    assert_eq!(tab.open("/auth/me").await.body["may_make_keys"], true);
    assert!(listed(&tab).await[0]["revoked"].is_null());
}

#[actix_web::test]
async fn a_providers_token_sees_keys_and_neither_makes_nor_revokes_one() {
    let gateway = Gateway::start();
    let ada = gateway.token("ada");
    let id = made(&gateway, "ada").await.id;
    for refused in [
        gateway.tell(&ada, "/auth/keys", &json!({})).await,
        delete(&gateway, &ada, &format!("/auth/keys/{id}")).await,
    ] {
        let told = refused.detail().starts_with("a provider's token can");
        assert!(refused.status == 403 && told, "{}", refused.body);
    }
    let seen = gateway.ask(&ada, "/auth/keys").await.body;
    assert_eq!(seen["keys"][0]["id"], id);
    assert!(seen["keys"][0]["revoked"].is_null());
    let me = gateway.ask(&ada, "/auth/me").await.body;
    assert_eq!(me["may_make_keys"], false);
}

#[actix_web::test]
async fn a_person_has_a_hundred_keys_that_work_and_no_more() {
    let (provider, gateway, ada) = ada(&[], None).await;
    let eve = browser(&provider, &gateway, "eve", None).await;
    let mut last = Value::Null;
    for _ in 0..100 {
        last = make(&ada, json!({})).await.body;
    }
    let refused = make(&ada, json!({})).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(refused.detail().contains("revoke one first"));
    assert_eq!(make(&eve, json!({})).await.status, 201);
    assert_eq!(revoke(&ada, &last["id"]).await.status, 204);
    assert_eq!(make(&ada, json!({})).await.status, 201);
    let keys = listed(&ada).await;
    assert_eq!(keys.len(), 101);
    assert!(keys[100]["revoked"].is_i64(), "those that work come first");
}

#[actix_web::test]
async fn the_page_makes_a_key_with_its_csrf_token_alone() {
    let (_provider, _gateway, tab) = ada(&[], None).await;
    let wanted = json!({ "name": "from the page" });
    let foreign = tab.request(Method::POST, "/auth/keys").json(&wanted);
    assert_eq!(tab.send(foreign).await.body["error"], "csrf");
    assert_eq!(make(&tab, wanted).await.status, 201);
}
