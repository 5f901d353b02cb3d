//! Versions, extensions, keys, and where the server listens.

use std::{net::TcpListener, time::Duration};

use a2a_pb::proto::ListTasksRequest;
use serde_json::Value;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::support::{
    agent::{Act, Agent},
    eventually, file,
    gateway::Gateway,
    hub::{Hub, says},
    process::{Process, command, run},
};

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

#[actix_web::test]
async fn only_the_version_that_is_spoken_is_served() {
    let gateway = Gateway::start();
    let hub = gateway.hub("ada").await;
    let list = async |hub: Hub| hub.list(ListTasksRequest::default()).await;
    for version in ["1.0", "1.0.1", " 1.0 "] {
        assert!(
            list(hub.clone().with("a2a-version", version)).await.is_ok(),
            "{version}"
        );
    }
    for version in ["", "0.3", "1", "1.1", "1.0.1.9", "2.0", "one"] {
        let status = list(hub.clone().with("a2a-version", version))
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition, "{version}");
        assert_eq!(reason(&status), "VERSION_NOT_SUPPORTED");
    }
    let token = format!("Bearer {}", gateway.token("ada"));
    let silent = gateway.stranger().await.with("authorization", &token);
    assert_eq!(
        reason(&list(silent).await.unwrap_err()),
        "VERSION_NOT_SUPPORTED"
    );
}

#[actix_web::test]
async fn an_extension_that_is_required_must_be_named_and_is_named_back() {
    let agent = Agent::start(Act::Raw(200, "application/json", "{}".into()));
    let config = file(&format!(
        "[[agent]]\nname = \"strict\"\nurl = \"{}/run\"\ninternal = true\n[[agent.card.extension]]\nuri = \"urn:needed\"\nrequired = true",
        agent.url()
    ));
    let config = ("ATTACH_CONFIG", config.path().to_str().unwrap());
    let gateway = Gateway::with(&[config, ("DEFAULT_AGENT", "strict")]);
    let hub = gateway.hub("ada").await;
    let status = hub.send(says("hi")).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(reason(&status), "EXTENSION_SUPPORT_REQUIRED");
    let hub = hub.and("a2a-extensions", "urn:other, urn:needed");
    let answer = hub
        .client
        .clone()
        .send_message(hub.request(says("hi")))
        .await;
    let active = answer.unwrap().metadata().get("a2a-extensions").cloned();
    assert_eq!(active.unwrap(), "urn:needed");
}

#[actix_web::test]
async fn the_same_key_gives_the_same_task() {
    let gateway = Gateway::start();
    let hub = gateway.hub("ada").await.with("idempotency-key", "k-1");
    let first = hub.send(says("hi")).await.unwrap();
    assert_eq!(hub.send(says("hi")).await.unwrap().id, first.id);
    let status = hub.send(says("something else")).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let long = hub.with("idempotency-key", &"k".repeat(256));
    assert_eq!(
        long.send(says("hi")).await.unwrap_err().code(),
        Code::InvalidArgument
    );
}

#[actix_web::test]
async fn the_project_goes_with_the_call() {
    let gateway = Gateway::start();
    let hub = gateway
        .hub("ada")
        .await
        .with("x-attach-project", "not a label");
    let status = hub.send(says("hi")).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[actix_web::test]
async fn without_the_server_there_is_no_interface() {
    let gateway = Gateway::with(&[("GRPC_PORT", "off")]);
    assert_eq!(gateway.grpc_address().await, None);
}

#[actix_web::test]
async fn the_port_that_was_asked_for_is_the_one_on_the_card() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let gateway = Gateway::with(&[("GRPC_PORT", &port)]);
    assert_eq!(
        gateway.grpc_address().await.unwrap(),
        format!("127.0.0.1:{port}")
    );
    assert!(
        gateway
            .hub("ada")
            .await
            .list(ListTasksRequest::default())
            .await
            .is_ok()
    );
    let detail: Value = gateway.ask("", "/readyz").await.body;
    assert_eq!(detail["detail"]["warnings"], serde_json::json!([]));
}

#[actix_web::test]
async fn behind_a_proxy_cards_say_where_grpc_is_only_if_they_were_told() {
    let behind = ("ATTACH_PUBLIC_URL", "https://gateway.example");
    let silent = Gateway::with(&[behind]);
    assert_eq!(silent.grpc_address().await, None);
    let told = Gateway::with(&[behind, ("GRPC_PUBLIC", "grpc.example:443")]);
    assert_eq!(told.grpc_address().await.unwrap(), "grpc.example:443");
}

/// A gateway's variables, with its own port `port` and nothing said of gRPC.
fn vars(port: &str) -> [(&str, &str); 5] {
    [
        ("ATTACH_CONFIG", "/dev/null"),
        ("OIDC_ISSUER", "http://127.0.0.1:9/"),
        ("OIDC_AUD", "x"),
        ("ALLOW_HTTP_ISSUER", "true"),
        ("PORT", port),
    ]
}

#[actix_web::test]
async fn a_port_that_is_taken_is_an_error_where_it_was_asked_for() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let grpc = taken.local_addr().unwrap().port().to_string();
    let data = tempfile::tempdir().unwrap();
    let vars = [&vars("0")[..], &[("GRPC_PORT", &*grpc)]].concat();
    let ended = run(data.path(), &["serve"], &vars);
    assert_eq!(ended.code, Some(64), "{}", ended.err);
    assert!(ended.err.contains("set GRPC_PORT"), "{}", ended.err);
}

/// A free port after which one is taken, by the listener.
fn before_a_taken_one() -> (u16, TcpListener) {
    loop {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port() - 1;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return (port, taken);
        }
    }
}

#[actix_web::test]
async fn the_next_port_is_taken_by_default_or_done_without() {
    let (port, taken) = before_a_taken_one();
    let data = tempfile::tempdir().unwrap();
    let folder = ("ATTACH_DATA", data.path().to_str().unwrap());
    let port = port.to_string();
    let vars = [&vars(&port)[..], &[folder]].concat();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let grpc_of = async |path: &str| {
        eventually("the gateway answers", async || {
            let url = format!("http://127.0.0.1:{port}{path}");
            client.get(url).send().await.ok()?.text().await.ok()
        })
        .await
    };
    let process = Process::spawn(&mut command(data.path(), &["serve"], &vars));
    assert!(grpc_of("/readyz").await.contains("gRPC is off: port"));
    assert!(
        !grpc_of("/.well-known/agent-card.json")
            .await
            .contains("GRPC")
    );
    process.signal("TERM");
    process.wait(Duration::from_secs(20));
    drop(taken);
    let _process = Process::spawn(&mut command(data.path(), &["serve"], &vars));
    assert!(
        grpc_of("/.well-known/agent-card.json")
            .await
            .contains("GRPC")
    );
}
