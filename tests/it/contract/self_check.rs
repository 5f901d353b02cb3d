//! The tables themselves: every row can fail, and there are enough of them.

use attach_gateway::adapters::identity::signing::SigningKey;
use serde_json::json;

use super::{
    EVERYTHING,
    row::{Ask, Is, Want, expired, invalid, later, malformed, nobody, out_of_scope, taken},
    scene::{Delegated, PUBLIC, Scene},
    world::{World, leaks},
};

/// Every row can fail: what it must not accept, it does not.
#[actix_web::test]
async fn a_wrong_expectation_is_found_out() {
    let mut world = World::with(&[]).await;
    let token = world.scene.token();
    let good = || Ask::get("/agents").bearer(&token);
    let bad = || Ask::get("/v1/models").bearer("a.b.c");
    let bare = || Ask::get("/api/tags");
    let wrong = [
        good().wants("another user", taken("eve")),
        good().wants("a refusal", invalid()),
        good().wants(
            "a header that is not there",
            taken("ada").header("x-none", "1"),
        ),
        good().wants("an engine that was not asked", {
            taken("ada").upstream("x-attach-user", Is::text("ada"))
        }),
        good().wants(
            "a member that is not there",
            taken("ada").member("/none", 1),
        ),
        bad().wants("a success", taken("ada")),
        bad().wants("another reason", expired()),
        bad().wants("another status", malformed()),
        bad().wants("no challenge", Want::status(401)),
        bad().wants("a time to wait", invalid().header("retry-after", "1")),
        bad().wants("a header that is there", {
            invalid().has("cache-control", Is::Absent)
        }),
        bare().wants("another scope", nobody("tasks:run")),
        bare().wants("no scope", nobody("")),
        bare().wants("a lack of scope", out_of_scope("chat:run")),
        bare().wants("unavailability", later("5")),
    ];
    for row in &wrong {
        assert_ne!(world.row(row).await, [""; 0], "{} went unseen", row.name);
    }
    let answer = world.ask(&bad().bytes(&world.host)).await.unwrap();
    for path in ["/agents", "/api/tags"] {
        let faults = invalid().faults(path, &answer, None);
        assert!(
            !faults.is_empty(),
            "OpenAI's dialect went for that of {path}"
        );
    }
    let secrets = good().secrets();
    assert_eq!(secrets.len(), 4, "three parts and a kid: {secrets:?}");
    for secret in &secrets {
        let text = format!("one two {secret} three");
        assert_eq!(leaks(&text, secrets.iter()).count(), 1);
    }
    drop(std::net::TcpStream::connect((
        "127.0.0.1",
        world.scene.trap.port,
    )));
    let trap = async || (world.scene.trap.calls() == 1).then_some(());
    crate::support::eventually("the trap snaps", trap).await;
}

#[test]
fn the_tables_hold_more_than_three_hundred_rows_and_no_name_twice() {
    let scene = Scene::set();
    pretend(&scene);
    let mut count = 0;
    for (subject, table) in EVERYTHING.concat() {
        let rows = table(&scene);
        println!("{subject}: {} rows", rows.len());
        let mut names = std::collections::BTreeSet::new();
        for row in &rows {
            let is_new = names.insert(&row.name);
            assert!(is_new, "{subject}: {} stands twice", row.name);
        }
        count += rows.len();
    }
    println!("{count} rows in all");
    assert!(count >= 300, "only {count} rows");
}

/// Delegation tokens as if tasks had run, for tables that are only counted.
fn pretend(scene: &Scene) {
    let key = SigningKey::open(&scene.data.path().join("key")).unwrap();
    let claims = json!({
        "iss": PUBLIC, "aud": PUBLIC, "sub": "plain", "idp": scene.first.url(),
        "act": { "sub": "coder" }, "exp": 1, "iat": 1,
    });
    let token = key.sign("JWT", &claims).unwrap();
    let delegated = Delegated {
        narrow: token.clone(),
        plain: token.clone(),
        ended: token,
        forge: Box::new(move |typ, claims| key.sign(typ, claims).unwrap()),
    };
    assert!(scene.delegated.set(delegated).is_ok());
}
