//! What callers see and change of themselves.

mod keys;
mod sessions;

use attach_gateway::{
    adapters::api_keys::{ApiKeys, MadeKey, NewKey},
    domain::{id::Owner, identity::Scopes, time::UnixMillis},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    agent::{Act, Agent},
    asking::{Answer, whole},
    eventually,
    gateway::Gateway,
    key::{read, with},
    provider::Provider,
    tab::{Tab, gateway},
    wallet::Wallet,
};

/// A token of `sub` that names these scopes.
fn token(gateway: &Gateway, sub: &str, scopes: &str) -> String {
    let claims = gateway.issuer.claims(sub);
    gateway.issuer.sign(&with(&claims, "scope", json!(scopes)))
}

/// What an agent gets for `token`.
async fn exchanged(gateway: &Gateway, token: &str) -> String {
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3A";
    let form = format!(
        "grant_type={kind}grant-type%3Atoken-exchange&subject_token={token}\
         &subject_token_type={kind}token-type%3Aaccess_token"
    );
    let request = gateway.client.post(gateway.at("/oauth/token")).body(form);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = whole(request.send().await.unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["access_token"].as_str().unwrap().to_owned()
}

async fn delete(gateway: &Gateway, token: &str, path: &str) -> Answer {
    let request = gateway.client.delete(gateway.at(path)).bearer_auth(token);
    whole(request.send().await.unwrap()).await
}

/// A key of `user` that may chat and never ends, as the command line makes it.
async fn made(gateway: &Gateway, user: &str) -> MadeKey {
    let new = NewKey {
        owner: Owner::new(gateway.issuer.url(), user),
        name: String::new(),
        scopes: Scopes::parse("chat:run"),
        expires_at: None,
    };
    let keys = ApiKeys::new(gateway.database.clone());
    keys.create(new, UnixMillis::now()).await.unwrap()
}

/// What the page sends, with its CSRF token.
async fn from_page(tab: &Tab, method: Method, path: &str, body: &Value) -> Answer {
    let csrf = tab.session().await["csrf"].as_str().unwrap().to_owned();
    let request = tab.request(method, path).json(body);
    let request = request.header("x-attach-csrf", csrf);
    tab.send(request.header("sec-fetch-site", "same-origin"))
        .await
}

#[actix_web::test]
async fn everyone_is_told_who_they_are_taken_for_and_by_what() {
    let wallet = Wallet::edwards(7);
    let gateway = Gateway::with(&[("DID_METHODS", "key"), ("DID_SCOPES", "*=chat:run")]);
    let ada = gateway.token("ada");
    let me = gateway.ask(&ada, "/auth/me").await;
    assert_eq!(me.header("cache-control"), Some("no-store"));
    let usual = json!(["chat:run", "tasks:run", "memory:write", "memory:read"]);
    assert_eq!(me.body["user"], "ada");
    assert_eq!(me.body["issuer"], gateway.issuer.url());
    assert_eq!(
        (&me.body["grant"], &me.body["scopes"]),
        (&json!("oidc"), &usual)
    );
    assert_eq!(me.body["scopes_enforced"], false);
    assert_eq!(
        me.body["session_id"].as_str(),
        me.header("x-attach-session")
    );
    assert!(me.body["expires_at"].is_i64(), "{}", me.body);

    let narrow = token(&gateway, "ada", "memory:read admin other");
    let narrow = gateway.ask(&narrow, "/auth/me").await.body;
    let more = json!([
        "chat:run",
        "tasks:run",
        "memory:write",
        "memory:read",
        "admin"
    ]);
    assert_eq!(narrow["scopes"], more, "nobody is held to scopes here");

    let agent = exchanged(&gateway, &ada).await;
    let agent = gateway.ask(&agent, "/auth/me").await.body;
    assert_eq!(
        (&agent["grant"], &agent["user"]),
        (&json!("delegation"), &json!("ada"))
    );
    let did = gateway.ask(&wallet.jws(), "/auth/me").await.body;
    assert_eq!(
        (&did["grant"], &did["user"]),
        (&json!("did"), &json!(wallet.did))
    );
    assert_eq!(did["scopes"], json!(["chat:run"]));

    let key = made(&gateway, "ada").await;
    let by_key = gateway.ask(&key.text, "/auth/me").await.body;
    assert_eq!(
        (&by_key["grant"], &by_key["user"]),
        (&json!("api_key"), &json!("ada"))
    );
    assert_eq!(
        (&by_key["expires_at"], &by_key["scopes"]),
        (&Value::Null, &json!(["chat:run"]))
    );
    let nobody = gateway.client.get(gateway.at("/auth/me")).send().await;
    assert_eq!(nobody.unwrap().status(), 401);
}

#[actix_web::test]
async fn a_browser_is_told_of_its_own_session() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let tab = Tab::at(&gateway);
    tab.sign_in().await;
    let (page, me) = (tab.session().await, tab.open("/auth/me").await.body);
    assert_eq!(
        (&me["user"], &me["grant"]),
        (&page["user"], &json!("browser"))
    );
    assert_eq!(me["expires_at"], page["expires_at"]);
}

#[actix_web::test]
async fn an_agent_that_is_called_with_a_token_of_an_admin_is_none() {
    let agent = Agent::start(Act::Silence);
    let agents = format!("coder={}/run", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents), ("SHUTDOWN_GRACE", "1")]);
    let admin = token(&gateway, "ada", "tasks:run admin metrics:read");
    gateway
        .send(&admin, &json!({ "target": "coder", "input": {} }))
        .await;
    let call = eventually("the agent is called", async || agent.seen().pop()).await;
    let token = call.header("authorization").unwrap().to_owned();
    let claims = read(token.strip_prefix("Bearer ").unwrap(), 1);
    assert_eq!(claims["scope"], "tasks:run");
}

#[actix_web::test]
async fn an_agent_called_from_the_page_gets_neither_admin_nor_everyones_metrics() {
    let agent = Agent::start(Act::Silence);
    let agents = format!("coder={}/run", agent.url());
    let provider = Provider::start();
    let granted = "openid chat:run tasks:run metrics:read admin";
    provider.plan(|plan| plan.scope = Some(granted));
    let gateway = gateway(&provider, &[("AGENTS", &agents), ("SHUTDOWN_GRACE", "1")]);
    let tab = Tab::at(&gateway);
    tab.sign_in().await;
    let me = tab.open("/auth/me").await.body;
    assert_eq!(me["scopes"], json!(Scopes::ALL.names()));
    assert_eq!(tab.open("/status").await.status, 200);
    let task = json!({ "target": "coder", "input": {} });
    let sent = from_page(&tab, Method::POST, "/a2a/tasks/send", &task).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    let call = eventually("the agent is called", async || agent.seen().pop()).await;
    let token = call.header("authorization").unwrap().to_owned();
    let claims = read(token.strip_prefix("Bearer ").unwrap(), 1);
    assert_eq!(claims["scope"], "chat:run tasks:run");
}
