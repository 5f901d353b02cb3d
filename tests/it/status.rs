//! What whoever runs the gateway sees of its parts.

use serde_json::{Value, json};

use crate::support::{
    agent::{Act, Agent},
    asking::Answer,
    gateway::Gateway,
    key::with,
};

async fn status(gateway: &Gateway) -> Answer {
    let claims = gateway.issuer.claims("root");
    let token = gateway.issuer.sign(&with(&claims, "scope", json!("admin")));
    gateway.ask(&token, "/status").await
}

fn part<'a>(status: &'a Value, name: &str) -> &'a Value {
    let mut parts = status["parts"].as_array().unwrap().iter();
    let found = parts.find(|part| part["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {status}"))
}

#[actix_web::test]
async fn the_status_is_for_admins_alone() {
    let gateway = Gateway::start();
    let refused = gateway.ask(&gateway.token("ada"), "/status").await;
    assert_eq!(
        refused.status, 403,
        "also where people are held to no scopes"
    );
    let challenge = refused.header("www-authenticate").unwrap();
    assert!(challenge.contains("scope=\"admin\""), "{challenge}");
    let nobody = gateway.client.get(gateway.at("/status")).send().await;
    assert_eq!(nobody.unwrap().status(), 401);
    let told = status(&gateway).await;
    assert_eq!(
        (told.status, told.header("cache-control")),
        (200, Some("no-store"))
    );
}

#[actix_web::test]
async fn every_part_says_how_it_stands_and_what_turns_it_on() {
    let gateway = Gateway::start();
    let told = status(&gateway).await.body;
    assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(told["ready"], true);
    assert!(told["since"].as_i64() > Some(1_700_000_000_000));
    for (name, state, setting) in [
        ("Task store", "ok", Some("DATABASE_URL")),
        ("OpenID issuers", "ok", Some("OIDC_ISSUER")),
        ("Sign-in at the page", "off", Some("OIDC_CLIENT_ID")),
        ("API keys", "ok", None),
        ("DIDs", "off", Some("DID_METHODS")),
        ("Scopes of people", "off", Some("REQUIRED_SCOPES")),
        ("Pages of other origins", "ok", Some("CORS_ORIGINS")),
        ("Engine engine", "ok", Some("ENGINE_URL")),
        ("Agents", "off", Some("AGENTS")),
        ("Memory", "ok", Some("MEM_BACKEND")),
        ("Token quota", "off", Some("MAX_TOKENS_PER_MIN")),
        ("Redis", "off", Some("REDIS_URL")),
        ("Usage metering", "off", Some("USAGE_METERING")),
        ("OpenMeter", "off", Some("OPENMETER_URL")),
        ("Traces", "off", Some("OTEL_EXPORTER_OTLP_ENDPOINT")),
        ("Temporal", "off", Some("TEMPORAL_URL")),
        ("Webhooks", "ok", Some("PUSH_ALLOW")),
        ("gRPC", "ok", Some("GRPC_PORT")),
        ("A2A 0.3", "ok", Some("A2A_V03")),
    ] {
        let part = part(&told, name);
        assert_eq!(part["state"], state, "{part}");
        assert_eq!(part["setting"].as_str(), setting, "{part}");
        let why = part["why"].as_str().unwrap();
        // OpenMeter is turned on by the word that says where usage is told.
        let settings = [setting.unwrap_or_default(), "USAGE_METERING"];
        let turns_on = settings.iter().any(|setting| why.contains(setting));
        assert!(state != "off" || turns_on, "{part}");
        assert!(why.len() > 10 && !why.ends_with('.'), "{part}");
    }
    let keys = &told["keys"][0];
    assert_eq!(
        (&keys["issuer"], &keys["state"]),
        (&json!(gateway.issuer.url()), &json!("fresh"))
    );
    assert!(keys["count"].as_i64() >= Some(1) && keys["age_ms"].as_i64() < Some(60_000));
    let backlog = &told["backlog"];
    for name in ["tasks_waiting", "tasks_running", "webhooks_waiting"] {
        assert_eq!(backlog[name], 0, "{name}");
    }
    for name in [
        "oldest_waiting_ms",
        "memory_waiting",
        "usage_waiting",
        "traces_waiting",
    ] {
        assert_eq!(backlog.get(name), Some(&Value::Null), "{name}");
    }
}

#[actix_web::test]
async fn what_is_away_is_told_and_why_and_no_secret_is() {
    let engine = "http://127.0.0.1:9";
    let vars = [
        ("ENGINE_URL", engine),
        ("ENGINE_API_KEY", "engine-hunter2"),
        ("AGENTS", "planner=http://127.0.0.1:9/secret-path"),
        ("MAX_TOKENS_PER_MIN", "20"),
        ("REDIS_URL", "redis://me:redis-hunter2@127.0.0.1:9/"),
        ("QUOTA_FAIL", "open"),
        ("USAGE_METERING", "openmeter"),
        ("OPENMETER_API_KEY", "openmeter-hunter2"),
        ("OPENMETER_URL", engine),
    ];
    let gateway = Gateway::with(&vars);
    let told = status(&gateway).await.body;
    for name in ["Engine engine", "Agent planner", "Redis"] {
        let part = part(&told, name);
        assert_eq!(part["state"], "away", "{part}");
        assert!(!part["why"].as_str().unwrap().is_empty());
    }
    assert_eq!(
        told["ready"], true,
        "nothing of it keeps work from being taken"
    );
    assert_eq!(told["backlog"]["usage_waiting"], 0);
    let text = told.to_string();
    assert!(
        !text.contains("hunter2") && !text.contains("secret-path"),
        "{text}"
    );
}

#[actix_web::test]
async fn tasks_that_wait_and_those_that_run_are_counted_with_the_age_of_the_oldest() {
    let agent = Agent::start(Act::Silence);
    let list = format!("coder={}/run", agent.url());
    let vars = [
        ("AGENTS", &*list),
        ("TASK_MAX_RUNNING", "1"),
        ("SHUTDOWN_GRACE", "1"),
    ];
    let gateway = Gateway::with(&vars);
    let ada = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let first = gateway.send(&ada, &task).await;
    gateway.reaches(&ada, &first, "in_progress").await;
    gateway.send(&ada, &task).await;
    let told = status(&gateway).await.body;
    let backlog = &told["backlog"];
    assert_eq!(
        (&backlog["tasks_running"], &backlog["tasks_waiting"]),
        (&json!(1), &json!(1))
    );
    let age = backlog["oldest_waiting_ms"].as_i64().unwrap();
    assert!((0..60_000).contains(&age), "{backlog}");
}

#[actix_web::test]
async fn what_fell_back_at_the_start_is_told() {
    let gateway = Gateway::with(&[
        ("USAGE_BACKEND", "prometheus"),
        ("MAX_TOKENS_PER_MIN", "100"),
    ]);
    let told = status(&gateway).await.body;
    let warning = told["warnings"][0].as_str().unwrap();
    assert!(
        warning.contains("USAGE_BACKEND is the old name"),
        "{warning}"
    );
    assert_eq!(part(&told, "Usage metering")["state"], "ok");
}
