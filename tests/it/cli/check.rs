//! `attach-gateway check`.

use std::{net::TcpListener, path::Path};

use crate::support::{
    agent::Act,
    descope::{Descope, PROJECT},
    engine::Engine,
    issuer::{AUDIENCE, Issuer},
    process::{Ended, run},
};

fn check(folder: &Path, issuer: &Issuer, engine: &str, vars: &[(&str, &str)]) -> Ended {
    let base = [
        ("OIDC_ISSUER", issuer.url()),
        ("OIDC_AUD", AUDIENCE),
        ("ENGINE_URL", engine),
        ("PORT", "0"),
    ];
    run(folder, &["check"], &[&base, vars].concat())
}

/// State and detail of the row about `what`.
fn row<'a>(ended: &'a Ended, what: &str) -> (&'a str, &'a str) {
    let line = ended.out.lines().find(|line| line.starts_with(what));
    let line = line.unwrap_or_else(|| panic!("no row {what}: {}", ended.out));
    let mut cells = line[what.len()..].trim_start().splitn(2, "  ");
    (
        cells.next().unwrap().trim(),
        cells.next().unwrap_or_default().trim(),
    )
}

fn listing() -> Engine {
    let models = "{\"object\":\"list\",\"data\":[]}".to_owned();
    Engine::start(Act::Raw(200, "application/json", models))
}

/// A place where nothing answers.
fn nowhere() -> String {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", free.local_addr().unwrap())
}

#[actix_web::test]
async fn a_good_configuration_is_shown_row_by_row_and_ends_with_0() {
    let (issuer, engine) = (Issuer::start(), listing());
    let folder = tempfile::tempdir().unwrap();
    let ended = check(folder.path(), &issuer, engine.url(), &[]);
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.out, ended.err);
    assert_eq!(row(&ended, "listen").0, "ok");
    let keys = format!("1 keys, audience {AUDIENCE}");
    let what = format!("issuer {}", issuer.url());
    assert_eq!(row(&ended, &what), ("ok", &*keys));
    assert_eq!(row(&ended, "engine engine").0, "ok");
    assert_eq!(row(&ended, "store"), ("ok", ".attach/attach.db"));
    assert_eq!(row(&ended, "memory"), ("on", "sqlite, kept 30 days"));
    assert_eq!(row(&ended, "quota").0, "off");
    assert_eq!(row(&ended, "metering").0, "off");
    assert_eq!(row(&ended, "target_url").0, "off");
}

#[actix_web::test]
async fn the_kinds_of_callers_are_shown_also_those_that_are_off() {
    let (issuer, engine) = (Issuer::start(), listing());
    let folder = tempfile::tempdir().unwrap();
    let none = check(folder.path(), &issuer, engine.url(), &[]);
    assert_eq!(row(&none, "DIDs"), ("off", "DID_METHODS is not set"));
    let (state, detail) = row(&none, "API keys");
    assert_eq!(state, "off");
    assert!(detail.contains("attach-gateway keys create"), "{detail}");
    assert_eq!(row(&none, "browser login").0, "off");
    assert_eq!(row(&none, "exchange").0, "off");

    let descope = Descope::start();
    let vars = [
        ("DID_METHODS", "key,pkh"),
        ("DID_SCOPES", "*=chat:run"),
        (
            "DID_DENY",
            "did:pkh:eip155:1:0xb9c5714089478a327f09197987f16f9e5d936e8a",
        ),
        ("OIDC_CLIENT_ID", "web"),
        ("ATTACH_PUBLIC_URL", "https://gateway.example"),
        ("ENABLE_DESCOPE_EXCHANGE", "true"),
        ("EXCHANGE_ISSUERS", issuer.url()),
        ("DESCOPE_PROJECT_ID", PROJECT),
        ("DESCOPE_BASE_URL", descope.url()),
        ("DESCOPE_CLIENT_ID", "us"),
        ("DESCOPE_CLIENT_SECRET", "hunter2"),
    ];
    for name in ["one", "two"] {
        let args = ["keys", "create", "--user", "ada", "--name", name];
        assert_eq!(run(folder.path(), &args, &[]).code, Some(0));
    }
    let all = check(folder.path(), &issuer, engine.url(), &vars);
    assert_eq!(all.code, Some(0), "{}\n{}", all.out, all.err);
    let dids = format!("did:key and did:pkh, 0 allowed, 1 denied, audience {AUDIENCE}");
    assert_eq!(row(&all, "DIDs"), ("on", &*dids));
    assert_eq!(row(&all, "API keys"), ("on", "2 work"));
    let login = format!(
        "at {}, redirect https://gateway.example/auth/callback",
        issuer.url()
    );
    assert_eq!(row(&all, "browser login"), ("on", &*login));
    let exchange = format!(
        "tokens of {} at {}/oauth2/v1/apps/token",
        issuer.url(),
        descope.url()
    );
    assert_eq!(row(&all, "exchange"), ("on", &*exchange));
    let result = format!("issuer {}", descope.app_issuer());
    assert_eq!(row(&all, &result).0, "ok");
    assert!(!all.out.contains("hunter2"));
}

#[actix_web::test]
async fn a_gateway_of_keys_alone_is_in_order_and_one_of_nobody_is_not() {
    let (issuer, engine) = (Issuer::start(), listing());
    let folder = tempfile::tempdir().unwrap();
    let no_issuer = [("OIDC_ISSUER", ""), ("OIDC_AUD", "")];
    let nobody = check(folder.path(), &issuer, engine.url(), &no_issuer);
    assert_eq!(nobody.code, Some(64), "{}", nobody.out);
    let made = run(folder.path(), &["keys", "create", "--user", "ada"], &[]);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let keys = check(folder.path(), &issuer, engine.url(), &no_issuer);
    assert_eq!(keys.code, Some(0), "{}\n{}", keys.out, keys.err);
    assert_eq!(row(&keys, "API keys"), ("on", "1 works"));
}

#[actix_web::test]
async fn a_slash_that_differs_is_a_fault_with_its_remedy() {
    let (issuer, engine) = (Issuer::start(), listing());
    issuer.call_itself(&format!("{}/", issuer.url()));
    let folder = tempfile::tempdir().unwrap();
    let ended = check(folder.path(), &issuer, engine.url(), &[]);
    assert_eq!(ended.code, Some(1));
    let (state, detail) = row(&ended, &format!("issuer {}", issuer.url()));
    assert_eq!(state, "FAULT");
    assert!(
        detail.ends_with("write OIDC_ISSUER exactly as the provider does"),
        "{detail}"
    );
}

#[actix_web::test]
async fn what_is_set_is_shown_as_on() {
    let (issuer, engine) = (Issuer::start(), listing());
    let folder = tempfile::tempdir().unwrap();
    let vars = [
        ("MAX_TOKENS_PER_MIN", "5000"),
        ("USAGE_METERING", "prometheus"),
        ("TARGET_ALLOW", "http://a.example/,http://b.example/"),
        ("MEM_BACKEND", "none"),
        ("AGENTS", &format!("coder={}/x", nowhere())),
    ];
    let ended = check(folder.path(), &issuer, engine.url(), &vars);
    assert_eq!(row(&ended, "quota"), ("on", "5000 tokens in 60 s"));
    assert_eq!(row(&ended, "metering").0, "on");
    assert_eq!(
        row(&ended, "target_url"),
        ("on", "2 entries in TARGET_ALLOW")
    );
    assert_eq!(row(&ended, "memory"), ("off", "MEM_BACKEND=none"));
    assert_eq!(row(&ended, "agent coder").0, "warning");
    assert_eq!(
        ended.code,
        Some(0),
        "an agent may come later: {}",
        ended.out
    );
}

#[actix_web::test]
async fn an_engine_that_is_down_is_a_fault_and_ends_with_1() {
    let issuer = Issuer::start();
    let folder = tempfile::tempdir().unwrap();
    let ended = check(folder.path(), &issuer, &nowhere(), &[]);
    assert_eq!(ended.code, Some(1), "{}", ended.out);
    let (state, detail) = row(&ended, "engine engine");
    assert_eq!(state, "FAULT");
    assert!(detail.ends_with("start it, or set ENGINE_URL"), "{detail}");
    assert!(
        ended.err.contains("1 of these would not work"),
        "{}",
        ended.err
    );
    assert_eq!(row(&ended, "store").0, "ok", "the rest is checked too");
}

#[actix_web::test]
async fn an_issuer_that_is_down_is_a_fault_too() {
    let (issuer, engine) = (Issuer::start(), listing());
    issuer.set_down(true);
    let folder = tempfile::tempdir().unwrap();
    let ended = check(folder.path(), &issuer, engine.url(), &[]);
    assert_eq!(ended.code, Some(1), "{}", ended.out);
    assert_eq!(row(&ended, &format!("issuer {}", issuer.url())).0, "FAULT");
}

#[actix_web::test]
async fn an_engine_that_wants_a_key_is_told_apart() {
    let issuer = Issuer::start();
    let engine = Engine::start(Act::Raw(401, "application/json", "{}".into()));
    let folder = tempfile::tempdir().unwrap();
    let ended = check(folder.path(), &issuer, engine.url(), &[]);
    assert_eq!(ended.code, Some(1));
    let (_, detail) = row(&ended, "engine engine");
    assert!(
        detail.ends_with("answered 401; set ENGINE_API_KEY"),
        "{detail}"
    );
}

#[test]
fn a_wrong_configuration_ends_with_64() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(folder.path(), &["check"], &[("PORT", "eighty")]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(64), ""));
    assert!(ended.err.contains("PORT=\"eighty\""), "{}", ended.err);
    assert!(ended.err.contains("OIDC_ISSUER"), "{}", ended.err);
}

#[actix_web::test]
async fn a_store_in_use_is_fine() {
    let gateway = crate::support::gateway::Gateway::start();
    gateway
        .engine
        .act(Act::Raw(200, "application/json", "{}".into()));
    let folder = tempfile::tempdir().unwrap();
    let vars = [("ATTACH_DATA", gateway.data.path().to_str().unwrap())];
    let ended = check(folder.path(), &gateway.issuer, gateway.engine.url(), &vars);
    assert_eq!(ended.code, Some(0), "{}", ended.out);
    assert!(
        row(&ended, "store")
            .1
            .ends_with("in use by a running gateway")
    );
}
