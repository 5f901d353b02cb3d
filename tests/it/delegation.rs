//! The token an agent gets instead of the person's own, and what it is good for.

use attach_gateway::domain::time::UnixMillis;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use crate::support::{
    agent::{Act, Agent},
    engine::Engine,
    eventually,
    gateway::{Gateway, chat},
    issuer::Issuer,
    key::{Key, b64, read, with, without},
};

/// A gateway with these agents, which are slow to answer.
fn gateway(agents: &[(&str, &Agent)]) -> Gateway {
    let agents = agents.iter();
    let agents = agents.map(|(name, agent)| format!("{name}={}/run", agent.url()));
    let agents = agents.collect::<Vec<_>>().join(",");
    Gateway::with(&[("AGENTS", &agents), ("SHUTDOWN_GRACE", "1")])
}

/// The call the agent got, once it has come.
async fn called(agent: &Agent) -> crate::support::engine::Seen {
    eventually("the agent is called", async || agent.seen().pop()).await
}

/// The token the agent got.
async fn delegated(agent: &Agent) -> String {
    let authorization = called(agent).await;
    let authorization = authorization.header("authorization").unwrap();
    authorization.strip_prefix("Bearer ").unwrap().to_owned()
}

async fn send(gateway: &Gateway, token: &str, target: &str) -> String {
    let task = json!({ "target": target, "input": { "q": 1 } });
    gateway.send(token, &task).await
}

#[actix_web::test]
async fn an_agent_gets_who_and_what_for_and_never_the_persons_own_token() {
    let agent = Agent::start(Act::Silence);
    let gateway = gateway(&[("coder", &agent)]);
    let own = gateway.token("auth0|ada é");
    let task = send(&gateway, &own, "coder").await;
    let call = called(&agent).await;
    for (_, value) in &call.headers {
        for part in own.split('.').skip(1) {
            assert!(!value.contains(part), "{value}");
        }
    }
    assert_eq!(call.json(), json!({ "q": 1 }));
    assert_eq!(call.header("x-attach-user"), Some("auth0|ada%20%C3%A9"));
    assert_eq!(call.header("x-attach-issuer"), Some(gateway.issuer.url()));
    assert_eq!(call.header("x-attach-task"), Some(&*task));
    assert_eq!(call.header("x-attach-attempt"), Some("1"));
    let answer = gateway.get(&own, "/agents").await;
    let session = answer.headers()["x-attach-session"].to_str().unwrap();
    assert_eq!(call.header("x-attach-session"), Some(session));
}

#[actix_web::test]
async fn its_claims_name_the_person_the_agent_and_the_task() {
    let agent = Agent::start(Act::Silence);
    let gateway = gateway(&[("coder", &agent)]);
    let task = send(&gateway, &gateway.token("ada"), "coder").await;
    let call = called(&agent).await;
    let claims = read(&delegated(&agent).await, 1);
    assert_eq!(claims["iss"], json!(gateway.url));
    assert_eq!(claims["aud"], json!(gateway.url));
    assert_eq!(claims["sub"], "ada");
    assert_eq!(claims["idp"], json!(gateway.issuer.url()));
    assert_eq!(claims["act"], json!({ "sub": "coder" }));
    assert_eq!(claims["task_id"], json!(task));
    assert_eq!(claims["session"].as_str(), call.header("x-attach-session"));
    let scopes = "chat:run tasks:run memory:write memory:read";
    assert_eq!(claims["scope"], json!(scopes));
    let (now, exp) = (UnixMillis::now().secs(), claims["exp"].as_i64().unwrap());
    assert!((now..=now + 601).contains(&exp), "ends with the attempt");
}

#[actix_web::test]
async fn the_public_key_at_jwks_json_checks_it_and_the_private_one_is_kept_close() {
    use std::os::unix::fs::PermissionsExt;

    let agent = Agent::start(Act::Silence);
    let gateway = gateway(&[("coder", &agent)]);
    send(&gateway, &gateway.token("ada"), "coder").await;
    let token = delegated(&agent).await;
    let jwks = gateway.raw("GET /.well-known/jwks.json", &[]).await.json();
    let key = &jwks["keys"][0];
    assert_eq!(jwks["keys"].as_array().unwrap().len(), 1);
    assert_eq!(key.get("d"), None);
    assert_eq!(read(&token, 0)["kid"], key["kid"]);
    let text = |name: &str| key[name].as_str().unwrap();
    let public = DecodingKey::from_ec_components(text("x"), text("y")).unwrap();
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_audience(&[&gateway.url]);
    rules.set_issuer(&[&gateway.url]);
    jsonwebtoken::decode::<Value>(&token, &public, &rules).unwrap();
    let file = std::fs::metadata(gateway.data.path().join("delegation.key")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
}

#[actix_web::test]
async fn with_it_the_agent_asks_as_the_person_and_for_the_task() {
    let agent = Agent::start(Act::Silence);
    let gateway = gateway(&[("coder", &agent)]);
    let own = gateway.token("ada");
    let task = send(&gateway, &own, "coder").await;
    let (call, token) = (called(&agent).await, delegated(&agent).await);
    let answer = gateway
        .post(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    assert_eq!(answer.status(), 200);
    let asked = gateway.engine.seen().remove(0);
    assert_eq!(asked.header("x-attach-user"), Some("ada"));
    assert_eq!(asked.header("x-attach-issuer"), Some(gateway.issuer.url()));
    // One session over every hop, whatever the agent calls itself.
    let session = call.header("x-attach-session");
    assert_eq!(asked.header("x-attach-session"), session);
    let usage = gateway.one_usage().await;
    assert_eq!(usage.task_id.as_deref(), Some(&*task));
    assert_eq!((&*usage.user_id, &*usage.outcome), ("ada", "finished"));
    let document = json!({ "title": "plan", "text": "do it", "agent": "someone else" });
    let kept = gateway.post(&token, "/mem/events", &document).await;
    assert_eq!(kept.status(), 201);
    let kept: Value = kept.json().await.unwrap();
    let path = format!("/mem/events/{}", kept["id"].as_str().unwrap());
    let event: Value = gateway.get(&own, &path).await.json().await.unwrap();
    assert_eq!(
        (&event["task_id"], &event["agent"]),
        (&json!(task), &json!("coder"))
    );
    let found: Value = gateway.get(&token, &path).await.json().await.unwrap();
    assert_eq!(found["text"], "do it");
}

#[actix_web::test]
async fn it_dies_with_its_task() {
    let agent = Agent::start(Act::Silence);
    let gateway = gateway(&[("coder", &agent)]);
    let own = gateway.token("ada");
    let first = send(&gateway, &own, "coder").await;
    let token = delegated(&agent).await;
    assert_eq!(gateway.get(&token, "/mem/events").await.status(), 200);
    let cancel = format!("/a2a/tasks/cancel/{first}");
    assert_eq!(gateway.post(&own, &cancel, &json!({})).await.status(), 200);
    for path in ["/mem/events", "/agents", "/v1/models", "/metrics"] {
        let answer = gateway.get(&token, path).await;
        assert_eq!(answer.status(), 401, "{path}");
        let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
    agent.act(Act::Raw(200, "application/json", "{}".into()));
    let second = send(&gateway, &own, "coder").await;
    assert_eq!(gateway.ended(&own, &second).await["state"], "done");
    let token = delegated(&agent).await;
    assert_eq!(gateway.get(&token, "/mem/events").await.status(), 401);
}

#[actix_web::test]
async fn its_scope_is_no_wider_than_the_callers() {
    let agent = Agent::start(Act::Silence);
    let gateway = gateway(&[("coder", &agent)]);
    let claims = with(&gateway.issuer.claims("ada"), "scope", json!("tasks:run"));
    send(&gateway, &gateway.issuer.sign(&claims), "coder").await;
    let token = delegated(&agent).await;
    assert_eq!(read(&token, 1)["scope"], "tasks:run");
    assert_eq!(gateway.get(&token, "/agents").await.status(), 200);
    for (path, scope) in [
        ("/v1/chat/completions", "chat:run"),
        ("/api/chat", "chat:run"),
        ("/api/pull", "admin"),
        ("/mem/events", "memory:write"),
    ] {
        let answer = gateway.post(&token, path, &chat("hi")).await;
        assert_eq!(answer.status(), 403, "{path}");
        let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
        let error = format!("error=\"insufficient_scope\", scope=\"{scope}\"");
        assert!(challenge.ends_with(&error), "{challenge}");
    }
    assert_eq!(gateway.get(&token, "/mem/events").await.status(), 403);
    assert!(gateway.engine.seen().is_empty());
}

#[actix_web::test]
async fn a_hand_off_adds_a_level_and_keeps_session_person_and_scope() {
    let (planner, coder) = (Agent::start(Act::Silence), Agent::start(Act::Silence));
    let gateway = gateway(&[("planner", &planner), ("coder", &coder)]);
    let claims = gateway.issuer.claims("ada");
    let claims = with(&claims, "scope", json!("tasks:run chat:run admin"));
    let parent = send(&gateway, &gateway.issuer.sign(&claims), "planner").await;
    let above = read(&delegated(&planner).await, 1);
    let child = send(&gateway, &delegated(&planner).await, "coder").await;
    let below = read(&delegated(&coder).await, 1);
    let act = json!({ "sub": "coder", "act": { "sub": "planner" } });
    assert_eq!((&below["act"], &below["task_id"]), (&act, &json!(child)));
    for name in ["sub", "idp", "session", "scope", "iss", "aud"] {
        assert_eq!(above[name], below[name], "{name}");
    }
    let token = delegated(&coder).await;
    let path = format!("/a2a/tasks/status/{child}");
    let status: Value = gateway.get(&token, &path).await.json().await.unwrap();
    assert_eq!(status["parent"], json!(parent));
}

#[actix_web::test]
async fn forged_and_altered_delegations_are_refused() {
    let key = Key::p256("idp");
    let agent = Agent::start(Act::Silence);
    let agents = format!("coder={}/run", agent.url());
    let issuer = Issuer::with(std::slice::from_ref(&key.jwk));
    let vars = [("AGENTS", &*agents), ("SHUTDOWN_GRACE", "1")];
    let gateway = Gateway::trusting(issuer, &vars);
    let own = key.sign(&gateway.issuer.claims("ada"));
    send(&gateway, &own, "coder").await;
    let token = delegated(&agent).await;
    assert_eq!(gateway.get(&token, "/mem/events").await.status(), 200);
    let (header, claims) = (read(&token, 0), read(&token, 1));
    let signature = token.rsplit('.').next().unwrap();
    let altered = |header: &Value, claims: &Value| {
        let (header, claims) = (header.to_string(), claims.to_string());
        format!("{}.{}.{signature}", b64(header), b64(claims))
    };
    let mallory = Key::p256(header["kid"].as_str().unwrap());
    let forged = [
        altered(&header, &with(&claims, "sub", json!("eve"))),
        altered(&header, &with(&claims, "scope", json!("admin"))),
        altered(&header, &without(&claims, "act")),
        altered(&with(&header, "alg", json!("none")), &claims),
        mallory.sign(&claims),
        key.sign(&claims),
        key.sign_as(&header, &claims),
        format!("{}x", &token[..token.len() - 1]),
    ];
    for token in forged {
        assert_eq!(
            gateway.get(&token, "/mem/events").await.status(),
            401,
            "{token}"
        );
    }
    // An issuer cannot make its people agents: what it says of tasks is air.
    let mut dressed = gateway.issuer.claims("ada");
    for name in ["task_id", "act", "idp"] {
        dressed[name] = claims[name].clone();
    }
    dressed["session"] = json!("0".repeat(32));
    let dressed = key.sign(&dressed);
    let answer = gateway
        .post(&dressed, "/v1/chat/completions", &chat("hi"))
        .await;
    assert_eq!(answer.status(), 200);
    assert_ne!(answer.headers()["x-attach-session"], "0".repeat(32));
    assert_eq!(gateway.one_usage().await.task_id, None);
}

#[actix_web::test]
async fn a_task_that_goes_on_after_a_restart_gets_a_fresh_one_and_none_was_kept() {
    let agent = Agent::start(Act::Silence);
    let agents = format!("coder={}/run", agent.url());
    let vars = [("AGENTS", &*agents), ("SHUTDOWN_GRACE", "1")];
    let gateway = Gateway::before(Engine::start(Act::Text("hello")), &vars);
    let own = gateway.token("ada");
    let task = send(&gateway, &own, "coder").await;
    let first = delegated(&agent).await;
    let secrets = [&own, &first].map(|token| token.rsplit('.').next().unwrap().to_owned());
    let (engine, issuer, data) = gateway.stop();
    let kept = std::fs::read_dir(data.path()).unwrap().map(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let kept = kept.collect::<Vec<_>>().concat();
    assert!(kept.contains("ada") && kept.contains(&task));
    for secret in &secrets {
        assert!(!kept.contains(secret));
    }
    let gateway = Gateway::over(engine, issuer, data, &vars);
    eventually("the agent is called again", async || {
        (agent.seen().len() == 2).then_some(())
    })
    .await;
    let call = called(&agent).await;
    assert_eq!(call.header("x-attach-task"), Some(&*task));
    assert_eq!(call.header("x-attach-attempt"), Some("2"));
    assert_eq!(call.header("idempotency-key"), Some(&*task));
    let second = delegated(&agent).await;
    assert_ne!(first, second);
    assert_eq!(gateway.get(&second, "/mem/events").await.status(), 200);
}
