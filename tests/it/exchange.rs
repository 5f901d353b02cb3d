//! `POST /oauth/token`: a token in, a narrower one out (RFC 8693).

use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{
    agent::{Act, Agent},
    eventually,
    gateway::{Gateway, chat},
    key::{read, with},
    process::run,
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";

async fn ask(gateway: &Gateway, subject: &str, more: &[(&str, &str)]) -> Response {
    let mut form = vec![
        ("grant_type", GRANT),
        ("subject_token", subject),
        ("subject_token_type", ACCESS),
    ];
    form.extend(more);
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    let body = body.extend_pairs(form).finish();
    let request = gateway.client.post(gateway.at("/oauth/token"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    request.body(body).send().await.unwrap()
}

async fn exchanged(gateway: &Gateway, subject: &str, more: &[(&str, &str)]) -> String {
    let answer = ask(gateway, subject, more).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["issued_token_type"], ACCESS);
    answer["access_token"].as_str().unwrap().to_owned()
}

async fn refused(gateway: &Gateway, subject: &str, more: &[(&str, &str)]) -> String {
    let answer = ask(gateway, subject, more).await;
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["detail"], answer["error_description"]);
    assert!(!answer.to_string().contains(subject));
    answer["error"].as_str().unwrap().to_owned()
}

/// The token an agent got for a task that goes on.
async fn delegated(gateway: &Gateway, agent: &Agent, token: &str) -> (String, String) {
    let task = json!({ "target": "coder", "input": { "q": 1 } });
    let id = gateway.send(token, &task).await;
    let call = eventually("the agent is called", async || agent.seen().pop()).await;
    let bearer = call.header("authorization").unwrap();
    (id, bearer.strip_prefix("Bearer ").unwrap().to_owned())
}

fn before(agent: &Agent) -> Gateway {
    let agents = format!("coder={}/run", agent.url());
    Gateway::with(&[("AGENTS", &agents), ("SHUTDOWN_GRACE", "1")])
}

#[actix_web::test]
async fn what_comes_out_is_the_persons_narrower_and_ends_no_later() {
    let gateway = Gateway::start();
    let own = gateway.token("ada");
    let token = exchanged(&gateway, &own, &[("scope", "chat:run")]).await;
    let (before, after) = (read(&own, 1), read(&token, 1));
    for (claim, expected) in [
        ("iss", json!(gateway.url)),
        ("aud", json!(gateway.url)),
        ("sub", json!("ada")),
        ("idp", json!(gateway.issuer.url())),
        ("scope", json!("chat:run")),
        ("exp", before["exp"].clone()),
        ("task_id", Value::Null),
        ("act", Value::Null),
    ] {
        assert_eq!(after[claim], expected, "{claim}");
    }
    let answer = gateway.get(&token, "/v1/models").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-attach-user"], "ada");
    let answer = gateway.get(&token, "/a2a/tasks").await;
    assert_eq!(answer.status(), 403);
    let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.ends_with("error=\"insufficient_scope\", scope=\"tasks:run\""));
}

#[actix_web::test]
async fn nothing_wider_than_what_went_in_comes_out() {
    let gateway = Gateway::start();
    let claims = with(
        &gateway.issuer.claims("ada"),
        "scope",
        json!("chat:run tasks:run"),
    );
    let own = gateway.issuer.sign(&claims);
    let all = exchanged(&gateway, &own, &[]).await;
    assert_eq!(read(&all, 1)["scope"], "chat:run tasks:run");
    for scope in [
        "admin",
        "chat:run memory:read",
        "chat:run nonsense",
        "openid",
    ] {
        assert_eq!(
            refused(&gateway, &own, &[("scope", scope)]).await,
            "invalid_scope"
        );
    }
    let chat = exchanged(&gateway, &all, &[("scope", "chat:run")]).await;
    assert_eq!(
        refused(&gateway, &chat, &[("scope", "tasks:run")]).await,
        "invalid_scope"
    );
}

#[actix_web::test]
async fn where_scopes_are_required_nobody_hands_on_what_they_lack() {
    let gateway = Gateway::with(&[("REQUIRED_SCOPES", "true")]);
    let own = gateway.token("ada");
    assert_eq!(refused(&gateway, &own, &[]).await, "invalid_scope");
    assert_eq!(
        refused(&gateway, &own, &[("scope", "chat:run")]).await,
        "invalid_scope"
    );
}

#[actix_web::test]
async fn what_is_asked_wrongly_is_told_by_its_code() {
    let gateway = Gateway::start();
    let own = gateway.token("ada");
    let elsewhere = [("audience", "https://elsewhere.example")];
    assert_eq!(refused(&gateway, &own, &elsewhere).await, "invalid_target");
    let here = [("resource", &*gateway.url), ("audience", &*gateway.url)];
    exchanged(&gateway, &own, &here).await;
    for bad in ["nonsense", &format!("{own}x"), "ak_abcd1234_x"] {
        assert_eq!(refused(&gateway, bad, &[]).await, "invalid_request");
    }
    assert_eq!(
        refused(&gateway, &own, &[("scope", "a"), ("scope", "b")]).await,
        "invalid_request"
    );
    let expired = with(&gateway.issuer.claims("ada"), "exp", json!(1_000_000));
    let expired = gateway.issuer.sign(&expired);
    assert_eq!(refused(&gateway, &expired, &[]).await, "invalid_request");
}

#[actix_web::test]
async fn an_agents_token_stays_the_tasks_and_dies_with_it() {
    let agent = Agent::start(Act::Silence);
    let gateway = before(&agent);
    let own = gateway.token("ada");
    let (task, delegation) = delegated(&gateway, &agent, &own).await;
    let narrow = exchanged(&gateway, &delegation, &[("scope", "chat:run")]).await;
    let (before, after) = (read(&delegation, 1), read(&narrow, 1));
    for claim in ["task_id", "session", "act", "exp", "sub", "idp"] {
        assert_eq!(after[claim], before[claim], "{claim}");
    }
    assert_eq!(
        gateway
            .post(&narrow, "/api/chat", &chat("hi"))
            .await
            .status(),
        200
    );
    let path = format!("/a2a/tasks/cancel/{task}");
    gateway.post(&own, &path, &json!({})).await;
    for token in [&delegation, &narrow] {
        assert_eq!(
            gateway.post(token, "/api/chat", &chat("hi")).await.status(),
            401
        );
        assert_eq!(refused(&gateway, token, &[]).await, "invalid_request");
    }
}

#[actix_web::test]
async fn an_actor_stands_before_those_that_act_already_and_chains_end() {
    let agent = Agent::start(Act::Silence);
    let agents = format!("coder={}/run", agent.url());
    let vars = [
        ("AGENTS", &*agents),
        ("SHUTDOWN_GRACE", "1"),
        ("TASK_MAX_DEPTH", "2"),
    ];
    let gateway = Gateway::with(&vars);
    let (_, delegation) = delegated(&gateway, &agent, &gateway.token("ada")).await;
    let tool = gateway.token("service|tool");
    let actor = [("actor_token", &*tool), ("actor_token_type", ACCESS)];
    let two = exchanged(&gateway, &delegation, &actor).await;
    let name = format!("service|tool@{}", gateway.issuer.url());
    let chain = json!({ "sub": name, "act": { "sub": "coder" } });
    assert_eq!(read(&two, 1)["act"], chain);
    assert_eq!(refused(&gateway, &two, &actor).await, "invalid_request");
    let bad = [("actor_token", "nonsense"), ("actor_token_type", ACCESS)];
    assert_eq!(
        refused(&gateway, &delegation, &bad).await,
        "invalid_request"
    );
}

#[actix_web::test]
async fn one_session_spans_what_is_done_with_both() {
    let gateway = Gateway::start();
    let own = gateway.token("ada");
    let token = exchanged(&gateway, &own, &[]).await;
    let session = async |token: &str| {
        let answer = gateway.get(token, "/agents").await;
        answer.headers()["x-attach-session"].clone()
    };
    assert_eq!(session(&own).await, session(&token).await);
}

#[actix_web::test]
async fn an_actor_whose_task_has_ended_is_none() {
    let agent = Agent::start(Act::Silence);
    let gateway = before(&agent);
    let own = gateway.token("ada");
    let (task, delegation) = delegated(&gateway, &agent, &own).await;
    let actor = [("actor_token", &*delegation), ("actor_token_type", ACCESS)];
    let acting = exchanged(&gateway, &own, &actor).await;
    assert_eq!(read(&acting, 1)["act"], json!({ "sub": "coder" }));
    let path = format!("/a2a/tasks/cancel/{task}");
    gateway.post(&own, &path, &json!({})).await;
    assert_eq!(refused(&gateway, &own, &actor).await, "invalid_request");
}

#[actix_web::test]
async fn what_a_key_was_exchanged_for_dies_with_the_key() {
    let gateway = Gateway::start();
    let vars = [
        ("ATTACH_DATA", gateway.data.path().to_str().unwrap()),
        ("ATTACH_CONFIG", "/dev/null"),
    ];
    let keys = |args: &[&str]| {
        let args = [&["keys"], args].concat();
        let ended = run(gateway.data.path(), &args, &vars);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        ended.out.trim().to_owned()
    };
    let key = keys(&["create", "--user", "ada"]);
    let token = exchanged(&gateway, &key, &[]).await;
    let again = exchanged(&gateway, &token, &[("scope", "chat:run")]).await;
    for token in [&token, &again] {
        assert_eq!(gateway.get(token, "/v1/models").await.status(), 200);
    }
    keys(&["revoke", &key[3..11]]);
    for token in [&token, &again] {
        eventually("the token is refused", async || {
            let answer = gateway.get(token, "/v1/models").await;
            (answer.status() == 401).then_some(())
        })
        .await;
    }
}
