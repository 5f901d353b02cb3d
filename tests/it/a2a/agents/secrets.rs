//! With every log line there is: no token, no words.

use serde_json::{Value, json};

use crate::support::{
    a2a_agent::{A2aAgent, events, said, status, task},
    issuer::Issuer,
    served::Served,
};

#[actix_web::test]
async fn neither_tokens_nor_what_is_said_is_logged_at_any_level() {
    for level in [
        "trace",
        "info,a2a_client=trace,a2a_client::wire=trace,reqwest=trace",
    ] {
        let agent = A2aAgent::start(|_| {
            let answer = said("m1", "swordfish-answer");
            events([
                task("WORKING"),
                status("WORKING", answer),
                status("COMPLETED", Value::Null),
            ])
        });
        let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
        let agents = agent.named("helper");
        let vars = [("AGENTS", &*agents), ("LOG_LEVEL", level)];
        let gateway = Served::start(data.path(), &issuer, &vars).await;
        let task = json!({ "target": "helper", "input": { "ask": "swordfish-question" } });
        let id = gateway.send(&task).await;
        assert_eq!(gateway.ended(&id).await["state"], "done");
        let token = agent.calls()[0].header("authorization").to_owned();
        let signature = token.rsplit('.').next().unwrap().to_owned();
        let log = gateway.process.logged();
        for secret in ["swordfish", &*signature] {
            let line = log.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret} at {level}");
        }
        drop(gateway);
        for entry in std::fs::read_dir(data.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
            let has = bytes
                .windows(signature.len())
                .any(|at| at == signature.as_bytes());
            assert!(!has, "a token is kept");
        }
    }
}
