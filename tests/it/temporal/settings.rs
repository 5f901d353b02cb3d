//! `TEMPORAL_*` and `TASK_RUNNER`.

use std::time::Duration;

use attach_gateway::{
    config::{Config, Faults, TaskRunner},
    domain::target::AllowedWorkflows,
};

const URL: (&str, &str) = ("TEMPORAL_URL", "temporal.example:7233");

fn read(vars: &[(&str, &str)]) -> Result<Config, Faults> {
    let base = [
        ("ATTACH_CONFIG", "/dev/null"),
        ("OIDC_ISSUER", "https://issuer.example"),
        ("OIDC_AUD", "us"),
    ];
    let all = base.iter().chain(vars);
    Config::read(
        &all.map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect(),
    )
}

fn faults(vars: &[(&str, &str)]) -> String {
    read(vars).unwrap_err().to_string()
}

#[test]
fn nothing_is_set_and_temporal_is_not_used() {
    let config = read(&[]).unwrap();
    assert!(config.temporal.is_none());
    assert_eq!(config.tasks.runner, TaskRunner::Local);
    assert_eq!(config.targets.workflows, AllowedWorkflows::Off);
    assert_eq!(config.warnings, Vec::<String>::new());
}

#[test]
fn an_address_is_enough() {
    let config = read(&[URL]).unwrap();
    let temporal = config.temporal.unwrap();
    assert_eq!(temporal.address, "temporal.example:7233");
    assert_eq!(temporal.namespace, "default");
    assert_eq!(temporal.queue, "attach-gateway");
    assert_eq!(temporal.timeout, Duration::from_secs(86_400));
    assert!(temporal.traces && temporal.tls.is_none() && temporal.ui_url.is_none());
    let none = AllowedWorkflows::Named(Vec::new());
    assert_eq!(config.targets.workflows, none);
}

#[test]
fn workflows_are_named_or_any() {
    let workflows = |list| {
        let config = read(&[URL, ("TEMPORAL_WORKFLOWS", list)]).unwrap();
        config.targets.workflows
    };
    let named = ["ProcessChat".to_owned(), "my.Flow".to_owned()];
    assert_eq!(
        workflows("ProcessChat, my.Flow"),
        AllowedWorkflows::Named(named.to_vec())
    );
    assert_eq!(workflows("ProcessChat,*"), AllowedWorkflows::Any);
    let told = faults(&[URL, ("TEMPORAL_WORKFLOWS", "a b")]);
    assert!(told.contains("TEMPORAL_WORKFLOWS=\"a b\""), "{told}");
}

#[test]
fn what_is_wrong_is_told_with_its_remedy() {
    for address in [
        "temporal.example",
        "http://temporal.example:7233",
        ":7233",
        "a:0",
        "a:b",
    ] {
        let told = faults(&[("TEMPORAL_URL", address)]);
        assert!(told.contains("write host:port"), "{address}: {told}");
    }
    let told = faults(&[("TASK_RUNNER", "temporal")]);
    assert!(told.contains("needs TEMPORAL_URL"), "{told}");
    let told = faults(&[("TASK_RUNNER", "cron")]);
    assert!(told.contains("write local, temporal"), "{told}");
    let told = faults(&[URL, ("TEMPORAL_WORKFLOW_TIMEOUT", "2000d")]);
    assert!(told.contains("TEMPORAL_WORKFLOW_TIMEOUT"), "{told}");
}

#[test]
fn certificates_are_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let pem = file("cert.pem", "-----BEGIN CERTIFICATE-----\n");
    let (cert, key) = (
        "TEMPORAL_TLS_CLIENT_CERT_PATH",
        "TEMPORAL_TLS_CLIENT_KEY_PATH",
    );
    let told = faults(&[URL, (cert, &pem)]);
    assert!(told.contains(key) && told.contains("set both"), "{told}");
    let told = faults(&[URL, (cert, &pem), (key, "/nowhere")]);
    assert!(told.contains("cannot be read"), "{told}");
    let told = faults(&[URL, (cert, &pem), (key, &file("none.pem", "nothing"))]);
    assert!(told.contains("is no PEM file"), "{told}");
    let ca = ("TEMPORAL_TLS_SERVER_CA_CERT_PATH", &*pem);
    let config = read(&[URL, ca, (cert, &pem), (key, &pem)]).unwrap();
    let tls = config.temporal.unwrap().tls.unwrap();
    assert!(tls.ca.is_some() && tls.identity.is_some());
    assert!(!format!("{tls:?}").contains("45, 45"), "no bytes are shown");
    let on = read(&[URL, ("TEMPORAL_TLS", "true")]).unwrap();
    assert!(on.temporal.unwrap().tls.is_some());
}

#[test]
fn what_does_nothing_is_told() {
    let alone = ("TEMPORAL_NAMESPACE", "ours");
    let config = read(&[alone]).unwrap();
    let told = ["TEMPORAL_NAMESPACE does nothing without TEMPORAL_URL"];
    assert_eq!(config.warnings, told);
    let told = faults(&[alone, ("STRICT_CONFIG", "true")]);
    assert!(told.contains("does nothing without TEMPORAL_URL"), "{told}");
}

#[test]
fn the_key_is_not_shown() {
    let config = read(&[URL, ("TEMPORAL_API_KEY", "s3cret")]).unwrap();
    assert!(!format!("{config:?}").contains("s3cret"));
    let told = faults(&[URL, ("TEMPORAL_API_KEY", "s3cret"), ("PORT", "x")]);
    assert!(!told.contains("s3cret"));
}
