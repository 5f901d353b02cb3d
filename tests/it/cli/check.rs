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
    let dids = format!(
        "did:key or did:pkh; anyone with a did:key or did:pkh: chat:run; 1 denied; audience {AUDIENCE}"
    );
    assert_eq!(row(&all, "DIDs"), ("on", &*dids));
    assert_eq!(row(&all, "API keys"), ("on", "2 work"));
    let login = format!(
        "at {}, redirect https://gateway.example/auth/callback; not tried",
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
async fn keys_that_end_soon_and_keys_that_ended_are_told() {
    let (issuer, engine) = (Issuer::start(), listing());
    let folder = tempfile::tempdir().unwrap();
    let make = |expires: &str| {
        let args = ["keys", "create", "--user", "ada", "--expires", expires];
        let made = run(folder.path(), &args, &[]);
        assert_eq!(made.code, Some(0), "{}", made.err);
        made.out
    };
    let (gone, soon) = (make("never"), make("13d"));
    make("90d");
    let revoked = run(folder.path(), &["keys", "revoke", &gone], &[]);
    assert_eq!(revoked.code, Some(0), "{}", revoked.err);
    let ended = check(folder.path(), &issuer, engine.url(), &[]);
    let (state, detail) = row(&ended, "API keys");
    let told = "2 work, 1 expired or revoked; the next one expires 20";
    assert!(state == "on" && detail.starts_with(told), "{detail}");
    run(folder.path(), &["keys", "revoke", &soon], &[]);
    let ended = check(folder.path(), &issuer, engine.url(), &[]);
    let told = "1 works, 2 expired or revoked";
    assert_eq!(row(&ended, "API keys"), ("on", told));
}

#[actix_web::test]
async fn what_people_and_dids_may_do_and_which_pages_may_call_is_plain() {
    const ADA: &str = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
    const BOB: &str = "did:pkh:eip155:1:0xb9c5714089478a327f09197987f16f9e5d936e8a";
    let (issuer, engine) = (Issuer::start(), listing());
    let folder = tempfile::tempdir().unwrap();
    let said = |vars: &[(&str, &str)], what: &str| {
        let ended = check(folder.path(), &issuer, engine.url(), vars);
        assert_eq!(ended.code, Some(0), "{}\n{}", ended.out, ended.err);
        let (state, detail) = row(&ended, what);
        format!("{state} {detail}")
    };
    assert!(said(&[], "scopes").starts_with("off REQUIRED_SCOPES is not true: people"));
    let held = said(&[("REQUIRED_SCOPES", "true")], "scopes");
    assert!(held.starts_with("on people of an issuer"), "{held}");
    let pages = said(&[], "CORS");
    assert_eq!(
        pages,
        "on pages of http://localhost:9000, http://127.0.0.1:9000"
    );
    assert!(said(&[("CORS_ORIGINS", "none")], "CORS").starts_with("off no page"));

    let keys = ("DID_METHODS", "key");
    let listed = format!("{ADA},{BOB}");
    let allowed = said(&[keys, ("DID_ALLOW", &listed)], "DIDs");
    let told =
        "on did:key; 2 listed: chat:run tasks:run memory:write memory:read; 2 with a quota of";
    assert!(allowed.starts_with(told), "{allowed}");
    let scopes = format!("{BOB}=tasks:run");
    let allowed = said(&[keys, ("DID_ALLOW", ADA), ("DID_SCOPES", &scopes)], "DIDs");
    let told = "on did:key; 1 listed: tasks:run; 1 with a quota of their own; audience";
    assert!(allowed.starts_with(told), "{allowed}");
    let open = said(&[keys, ("DID_SCOPES", "*=admin")], "DIDs");
    let told = "warning did:key; anyone with a did:key: admin; audience";
    assert!(open.starts_with(told), "{open}");
}

#[actix_web::test]
async fn a_misspelled_variable_is_a_warning_and_host_and_port_are_serves() {
    let (issuer, engine) = (Issuer::start(), listing());
    let folder = tempfile::tempdir().unwrap();
    let slip = [("REQUIRED_SCOPE", "true")];
    let ended = check(folder.path(), &issuer, engine.url(), &slip);
    let told = "REQUIRED_SCOPE is not known here; did you mean REQUIRED_SCOPES?";
    assert_eq!(row(&ended, "configuration"), ("warning", told));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let vars = [
        ("OIDC_ISSUER", issuer.url()),
        ("OIDC_AUD", AUDIENCE),
        ("ENGINE_URL", engine.url()),
        ("PORT", "0"),
    ];
    let ended = run(folder.path(), &["check", "--port", &port], &vars);
    let (state, detail) = row(&ended, "listen");
    assert_eq!(state, "warning");
    assert!(detail.contains(&format!("127.0.0.1:{port}")), "{detail}");
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
