//! How a Weaviate is set up, and what `check` says of it.

use attach_gateway::{
    adapters::{
        database::Database,
        memory::{Memory, weaviate},
    },
    config::{Config, MemoryBackend},
};
use serde_json::{Value, json};

use super::texts;
use crate::support::{
    blunt::nobody, gateway::Gateway, issuer::Issuer, process::run, weaviate::Weaviate,
};

/// The line of `check` about memory, and whether that was a fault.
fn checked(issuer: &Issuer, vars: &[(&str, &str)]) -> String {
    let data = tempfile::tempdir().unwrap();
    let base = [
        ("ATTACH_CONFIG", "/dev/null"),
        ("ATTACH_DATA", data.path().to_str().unwrap()),
        ("OIDC_ISSUER", issuer.url()),
        ("OIDC_AUD", "us"),
        ("PORT", "0"),
        ("GRPC_PORT", "off"),
    ];
    let ended = run(data.path(), &["check"], &[&base, vars].concat());
    let all = format!("{}{}", ended.out, ended.err);
    assert!(!all.contains("hunter2"), "{all}");
    let line = ended.out.lines().find(|line| line.starts_with("memory"));
    line.unwrap_or_else(|| panic!("{all}")).to_owned()
}

#[actix_web::test]
async fn check_tells_version_and_class_and_makes_nothing() {
    let (weaviate, issuer) = (Weaviate::start(), Issuer::start());
    let line = checked(&issuer, &weaviate.vars());
    assert!(line.contains("Weaviate 1.39.0"), "{line}");
    assert!(line.contains("missing and will be made"), "{line}");
    assert_eq!(weaviate.class(), None);
    let gateway = Gateway::with(&weaviate.vars());
    gateway.note(&gateway.token("ada"), "one").await;
    gateway.forwarded().await;
    let line = checked(&issuer, &weaviate.vars());
    assert!(
        line.contains("class MemoryEvent made, kept for ever"),
        "{line}"
    );
    let mut class = json!({ "class": "MemoryEvent", "properties": [] });
    class["properties"] = json!([{ "name": "tokens", "dataType": ["text"] }]);
    weaviate.has_class(class);
    let line = checked(&issuer, &weaviate.vars());
    let told = "adopted (tokens is text, so tokens_int is used; ";
    assert!(line.contains(told), "{line}");
}

#[actix_web::test]
async fn check_finds_a_weaviate_that_is_away_or_refuses_the_key() {
    let (weaviate, issuer, away) = (Weaviate::start(), Issuer::start(), nobody());
    weaviate.lock("right");
    let key = ("WEAVIATE_API_KEY", "hunter2");
    for (url, told) in [
        (weaviate.url(), "set WEAVIATE_API_KEY"),
        (&away, "cannot be reached"),
    ] {
        let vars = [("MEM_BACKEND", "weaviate"), ("WEAVIATE_URL", url), key];
        let line = checked(&issuer, &vars);
        assert!(line.contains("FAULT") && line.contains(told), "{line}");
    }
    let right = [&weaviate.vars()[..], &[("WEAVIATE_API_KEY", "right")]].concat();
    assert!(checked(&issuer, &right).contains("on "));
}

#[actix_web::test]
async fn the_key_opens_every_door() {
    let weaviate = Weaviate::start();
    weaviate.lock("right");
    let vars = [&weaviate.vars()[..], &[("WEAVIATE_API_KEY", "right")]].concat();
    let gateway = Gateway::with(&vars);
    let token = gateway.token("ada");
    gateway.note(&token, "one").await;
    gateway.forwarded().await;
    assert_eq!(texts(&gateway.memory(&token, "").await), ["one"]);
}

#[actix_web::test]
async fn two_gateways_that_make_the_class_at_once_both_go_on() {
    let weaviate = Weaviate::start();
    weaviate.has_twin(json!({ "class": "MemoryEvent", "properties": [] }));
    let gateway = Gateway::with(&weaviate.vars());
    let token = gateway.token("ada");
    gateway.note(&token, "one").await;
    gateway.forwarded().await;
    assert_eq!(texts(&gateway.memory(&token, "").await), ["one"]);
    assert_eq!(gateway.standing().await["set_aside"], 0);
}

/// Memory as commands open it, over the database of a gateway that is at rest.
async fn opened(weaviate: &Weaviate, data: &std::path::Path) -> (Memory, Database) {
    let vars = weaviate.vars().map(|(n, v)| (n.to_owned(), v.to_owned()));
    let mut vars = attach_gateway::config::Vars::from(vars);
    vars.insert("ATTACH_CONFIG".into(), "/dev/null".into());
    let config = Config::read_beside(&vars, true).unwrap();
    let MemoryBackend::Weaviate(config) = config.memory.backend else {
        panic!("no Weaviate");
    };
    let database = Database::open(&data.join("attach.db").into())
        .await
        .unwrap();
    let home = Some("https://home.example".to_owned());
    let opened = weaviate::Weaviate::new(&config, database.clone(), home).unwrap();
    (Memory::Weaviate(opened), database)
}

#[actix_web::test]
async fn an_export_has_every_event_once_oldest_first() {
    let weaviate = Weaviate::start();
    let gateway = Gateway::with(&weaviate.vars());
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    gateway.log(&ada, &["1", "2", "3", "4", "5"]).await;
    gateway.log(&bob, &["6", "7", "8"]).await;
    gateway.forwarded().await;
    weaviate.act(crate::support::weaviate::Act::Answer(503, ""));
    gateway.log(&ada, &["9", "10"]).await;
    let (_engine, _issuer, data) = gateway.stop();
    let (memory, database) = opened(&weaviate, data.path()).await;
    let (mut seen, mut after) = (Vec::<Value>::new(), None);
    loop {
        let page = memory.oldest(None, after, 3).await.unwrap();
        after = page.next();
        seen.extend(page.events.into_iter().map(|event| event.fields.into()));
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (1..=10).map(|n| n.to_string()).collect();
    assert_eq!(texts(&seen), expected);
    database.close().await;
}
