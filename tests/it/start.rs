//! Starts that end at once, and say what to mend.

use std::net::TcpListener;

use crate::support::{
    issuer::{AUDIENCE, Issuer},
    process,
    served::Served,
};

#[actix_web::test]
async fn a_second_gateway_on_the_same_data_names_the_file_and_leaves() {
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let _first = Served::start(data.path(), &issuer, &[]).await;
    let folder = data.path().to_str().unwrap();
    let vars = [
        ("ATTACH_CONFIG", "/dev/null"),
        ("ATTACH_DATA", folder),
        ("OIDC_ISSUER", issuer.url()),
        ("OIDC_AUD", AUDIENCE),
        ("PORT", "0"),
    ];
    let second = process::run(data.path(), &["serve"], &vars);
    assert_eq!(second.code, Some(64), "{}", second.err);
    let told = format!("{folder}/attach.db is in use by another gateway");
    assert!(second.err.contains(&told), "{}", second.err);
}

#[test]
fn a_port_that_is_taken_is_a_wrong_setting() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (data, port) = (
        tempfile::tempdir().unwrap(),
        taken.local_addr().unwrap().port().to_string(),
    );
    let vars = [
        ("OIDC_ISSUER", "https://issuer.example"),
        ("OIDC_AUD", AUDIENCE),
    ];
    for (args, vars) in [
        (vec!["serve"], [&vars[..], &[("PORT", &*port)]].concat()),
        (vec!["--port", &port], vars.to_vec()),
        (vec!["serve", "--port", &port], vars.to_vec()),
    ] {
        let ended = process::run(data.path(), &args, &vars);
        assert_eq!(ended.code, Some(64), "{}", ended.err);
        let told = format!("127.0.0.1:{port} cannot be listened on");
        assert!(ended.err.contains(&told), "{}", ended.err);
        assert!(ended.err.contains("PORT"), "{}", ended.err);
    }
}

#[test]
fn a_wrong_configuration_is_told_whole_before_anything_is_touched() {
    // Were a port bound first, it would be this one that is told of.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = tempfile::tempdir().unwrap();
    let vars = [
        ("PORT", &*port),
        ("TASK_TTL", "soon"),
        ("AGENTS", "coder=ftp://x"),
        ("MAX_IN_FLIGHT", "many"),
        ("ATTACH_NONSENSE", "1"),
        ("REDIS_URL", "http://x"),
    ];
    let ended = process::run(folder.path(), &["serve"], &vars);
    assert_eq!(ended.code, Some(64), "{}", ended.err);
    for name in [
        "TASK_TTL",
        "AGENTS",
        "MAX_IN_FLIGHT",
        "ATTACH_NONSENSE",
        "REDIS_URL",
        "OIDC_ISSUER",
    ] {
        let lines = ended.err.lines().filter(|line| line.contains(name));
        assert!(lines.count() > 0, "{name} is not told: {}", ended.err);
    }
    assert!(!ended.err.contains("cannot be listened on"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[actix_web::test]
async fn a_misspelled_variable_is_told_at_start_and_with_strict_config_stops_it() {
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let slip = [("DID_METHOD", "key"), ("STRICT_CONFIG", "false")];
    let mut gateway = Served::start(data.path(), &issuer, &slip).await;
    let told = "DID_METHOD is not known here; did you mean DID_METHODS?";
    let line = gateway.process.said(told).await;
    assert!(line.contains("WARN"), "{line}");
    let vars = [
        ("OIDC_ISSUER", issuer.url()),
        ("OIDC_AUD", AUDIENCE),
        ("DID_METHOD", "key"),
        ("STRICT_CONFIG", "true"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let ended = process::run(folder.path(), &["serve"], &vars);
    assert_eq!(ended.code, Some(64), "{}", ended.err);
    assert!(ended.err.contains("DID_METHODS?"), "{}", ended.err);
}

#[actix_web::test]
async fn a_slash_too_few_at_the_issuers_end_is_told_once_with_the_remedy() {
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    issuer.call_itself(&format!("{}/", issuer.url()));
    let mut gateway = Served::start(data.path(), &issuer, &[]).await;
    let told = "only the slash at the end differs; write OIDC_ISSUER exactly as the provider does";
    let line = gateway.process.said(told).await;
    assert!(line.contains("ERROR"), "{line}");
    let names = format!("\"{}/\" is what the discovery document", issuer.url());
    let plain = line.replace("\\\"", "\"");
    assert!(plain.contains(&names), "{line}");
    assert_eq!(gateway.ask("/agents").await.status, 503);
    assert_eq!(gateway.process.logged().matches(told).count(), 1);
}
