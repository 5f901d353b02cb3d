//! Keys that people make for their programs.

mod making;

use std::{path::Path, time::Instant};

use serde_json::json;

use crate::support::{
    asking::id_of,
    eventually,
    gateway::Gateway,
    issuer::AUDIENCE,
    process::{Ended, run},
};

/// `attach-gateway keys` over this data folder.
fn keys(data: &Path, args: &[&str], vars: &[(&str, &str)]) -> Ended {
    let base = [
        ("ATTACH_DATA", data.to_str().unwrap()),
        ("ATTACH_CONFIG", "/dev/null"),
    ];
    run(data, &[&["keys"], args].concat(), &[&base, vars].concat())
}

/// A key that was made so.
fn key(data: &Path, args: &[&str], vars: &[(&str, &str)]) -> String {
    let made = keys(data, &[&["create"], args].concat(), vars);
    assert_eq!(made.code, Some(0), "{}", made.err);
    made.out
}

/// The same beside a gateway, configured as it is.
fn beside(gateway: &Gateway, args: &[&str]) -> String {
    let vars = [
        ("OIDC_ISSUER", gateway.issuer.url()),
        ("OIDC_AUD", AUDIENCE),
    ];
    key(gateway.data.path(), args, &vars)
}

fn id(key: &str) -> &str {
    &key[3..11]
}

#[actix_web::test]
async fn a_key_works_at_once_and_is_the_person_its_owner_is() {
    let gateway = Gateway::start();
    let key = beside(&gateway, &["--user", "ada"]);
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let task = json!({ "target": "chat", "input": {} });
    let sent = gateway.send(&ada, &task).await;
    let own = gateway.send(&key, &task).await;
    let list = |token: String| async { gateway.ask(&{ token }, "/a2a/tasks").await.body };
    let (hers, keys, his) = (
        list(ada.clone()).await,
        list(key.clone()).await,
        list(bob).await,
    );
    assert_eq!(hers["tasks"].as_array().unwrap().len(), 2);
    let ids = |list: &serde_json::Value| {
        let tasks = list["tasks"].as_array().unwrap().iter();
        tasks.map(|t| t["task_id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&hers), ids(&keys));
    assert_eq!(ids(&keys), [json!(own), json!(sent)]);
    assert_eq!(his["tasks"], json!([]));
    let document = json!({ "text": "mine" });
    let kept = id_of(&gateway.tell(&key, "/mem/events", &document).await);
    let path = format!("/mem/events/{kept}");
    assert_eq!(gateway.ask(&ada, &path).await.status, 200);
}

#[actix_web::test]
async fn a_key_with_another_secret_or_of_nobody_is_invalid() {
    let gateway = Gateway::start();
    let key = beside(&gateway, &["--user", "ada"]);
    let last = if key.ends_with('A') { "B" } else { "A" };
    for bad in [
        format!("ak_{}_{}", id(&key), "x".repeat(43)),
        format!("{}{last}", &key[..key.len() - 1]),
        format!("ak_zzzzzzzz_{}", &key[12..]),
        format!("{key}x"),
        key[..11].to_owned(),
        key.to_uppercase(),
    ] {
        let answer = gateway.ask(&bad, "/agents").await;
        assert_eq!(answer.status, 401, "{bad}");
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
    assert_eq!(gateway.ask(&key, "/agents").await.status, 200);
}

#[actix_web::test]
async fn a_revoked_key_ends_within_a_second_and_no_other_with_it() {
    let gateway = Gateway::start();
    let (key, other) = (
        beside(&gateway, &["--user", "ada"]),
        beside(&gateway, &["--user", "ada"]),
    );
    assert_eq!(gateway.ask(&key, "/agents").await.status, 200);
    let revoked = keys(gateway.data.path(), &["revoke", id(&key)], &[]);
    let told = format!("revoked {}\n", id(&key));
    assert!(revoked.out.starts_with(&told), "{}", revoked.out);
    let since = Instant::now();
    eventually("it is refused", async || {
        (gateway.ask(&key, "/agents").await.status == 401).then_some(())
    })
    .await;
    assert!(since.elapsed().as_millis() < 1500, "{:?}", since.elapsed());
    assert_eq!(gateway.ask(&other, "/agents").await.status, 200);
}

#[actix_web::test]
async fn a_key_expires_when_it_was_said_to() {
    let gateway = Gateway::start();
    let key = beside(&gateway, &["--user", "ada", "--expires", "2s"]);
    let ended = eventually("it ends", async || {
        let answer = gateway.ask(&key, "/agents").await;
        (answer.status == 401).then_some(answer)
    })
    .await;
    let challenge = ended.header("www-authenticate").unwrap();
    assert!(challenge.contains("expired"), "{challenge}");
    let never = beside(&gateway, &["--user", "ada", "--expires", "never"]);
    assert_eq!(gateway.ask(&never, "/agents").await.status, 200);
}

#[actix_web::test]
async fn a_key_does_what_its_scopes_say_whatever_callers_of_issuers_are_held_to() {
    for required in ["false", "true"] {
        let gateway = Gateway::with(&[("REQUIRED_SCOPES", required)]);
        let key = beside(&gateway, &["--user", "ada", "--scopes", "memory:read"]);
        assert_eq!(gateway.ask(&key, "/mem/events").await.status, 200);
        for (path, scope) in [("/agents", "tasks:run"), ("/v1/models", "chat:run")] {
            let refused = gateway.ask(&key, path).await;
            assert_eq!(refused.status, 403, "{path}");
            let challenge = refused.header("www-authenticate").unwrap();
            let said = format!("error=\"insufficient_scope\", scope=\"{scope}\"");
            assert!(challenge.contains(&said), "{challenge}");
        }
    }
}
