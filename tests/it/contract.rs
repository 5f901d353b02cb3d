//! The contract of identity, row by row: whatever token or request comes, what
//! the gateway answers, in status, headers and dialect.

mod api_keys;
mod asking;
mod claims;
mod cors;
mod delegated;
mod did_names;
mod did_policy;
mod did_signatures;
mod did_tokens;
mod disputed;
mod exchange;
mod issuers;
mod jws;
mod pages;
mod row;
mod scene;
mod scopes;
mod shape;
mod strange_keys;
mod trap;
mod travel;
mod wallet;
mod world;

use serde_json::json;

use attach_gateway::adapters::identity::mint::SigningKey;
use row::{Ask, Want, invalid, later, malformed, nobody, out_of_scope, taken};
use scene::{Delegated, PUBLIC, Scene, did_vars};
use world::{Table, World, leaks};

const ISSUERS: &[Table] = &[
    ("issuers: good tokens", jws::good),
    ("issuers: refused header members", jws::refused_members),
    ("issuers: typ", jws::types),
    ("issuers: algorithms", jws::algorithms),
    ("issuers: keys", jws::keys),
    ("issuers: strange keys", strange_keys::rows),
    ("issuers: a storm of kids", jws::bogus_kids),
    ("issuers: good claims", claims::good),
    ("issuers: users", claims::users),
    ("issuers: iss, aud, sub, cnf", claims::identity),
    ("issuers: times", claims::times),
    ("issuers: sizes", shape::sizes),
    ("issuers: parts", shape::parts),
    ("issuers: JSON", shape::json),
    ("issuers: several", issuers::rows),
    ("issuers: without keys", issuers::without_keys),
];

const DIDS: &[Table] = &[
    ("DIDs: good tokens", did_tokens::good),
    ("DIDs: headers", did_tokens::headers),
    ("DIDs: claims", did_tokens::claims),
    ("DIDs: signatures", did_signatures::signatures),
    ("DIDs: names", did_names::names),
    ("DIDs: form B", did_names::literal),
    ("DIDs: rights", did_signatures::rights),
];

const OWN: &[Table] = &[
    ("API keys", api_keys::rows),
    ("delegation: rights", delegated::rights),
    ("delegation: forged", delegated::forged),
];

const REQUESTS: &[Table] = &[
    ("requests: no credentials", asking::no_credentials),
    ("requests: other ways", asking::other_ways),
    ("requests: garbled", asking::garbled),
    ("requests: paths", asking::paths),
    ("requests: limits", asking::limits),
    ("requests: public", asking::public),
    ("requests: scopes not required", scopes::not_required),
    ("headers: spoofed", travel::spoofed),
    ("headers: hop by hop", travel::hops),
    ("headers: project", travel::project),
    ("targets", travel::targets),
    ("DIDs: off", did_policy::off),
];

const STRICT: &[Table] = &[
    ("scopes required", scopes::required),
    ("access tokens alone", scopes::access_tokens_alone),
    ("DIDs: keys alone", did_policy::keys_alone),
    ("DIDs: one use", did_policy::once),
];

const NARROWED: &[Table] = &[("DIDs: narrowed", did_policy::narrowed)];
const DESCOPE: &[Table] = &[("Descope", issuers::descope)];
const UNPARSABLE: &[Table] = &[("requests: unparsable", asking::unparsable)];
const DISPUTED: &[Table] = &[("disputed", disputed::rows)];
const CORS: &[Table] = &[
    ("CORS: preflights", cors::preflights),
    ("CORS: answers", cors::answers),
];
const CORS_CONFIGURED: &[Table] = &[("CORS: configured", cors::configured)];
const EXCHANGE: &[Table] = &[("exchange", exchange::rows)];
const METADATA: &[Table] = &[("metadata", pages::metadata)];
const LOGIN: &[Table] = &[("login", pages::return_to)];

const EVERYTHING: [&[Table]; 14] = [
    ISSUERS,
    DIDS,
    OWN,
    REQUESTS,
    STRICT,
    NARROWED,
    DESCOPE,
    UNPARSABLE,
    DISPUTED,
    CORS,
    CORS_CONFIGURED,
    EXCHANGE,
    METADATA,
    LOGIN,
];

fn strict_vars() -> Vec<(&'static str, String)> {
    [
        ("REQUIRED_SCOPES", "true"),
        ("OIDC_REQUIRE_AT_JWT", "true"),
        ("DID_METHODS", "key"),
        ("DID_SCOPES", "*=tasks:run"),
        ("DID_REPLAY", "once"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

#[actix_web::test]
async fn tokens_of_issuers_are_answered_row_by_row() {
    let mut world = World::with(&[]).await;
    world.run(ISSUERS, 2).await;
    world.end().await;
}

#[actix_web::test]
async fn tokens_of_dids_are_answered_row_by_row() {
    let mut world = World::with(&did_vars()).await;
    world.run(DIDS, 2).await;
    world.end().await;
}

#[actix_web::test]
async fn keys_and_tokens_of_the_gateways_own_are_answered_row_by_row() {
    let mut world = World::with(&[]).await;
    world.delegate().await;
    world.run(OWN, 2).await;
    world.end().await;
}

#[actix_web::test]
async fn requests_are_answered_row_by_row() {
    let mut world = World::with(&[]).await;
    world.run(REQUESTS, 2).await;
    world.end().await;
}

#[actix_web::test]
async fn a_strict_gateway_answers_row_by_row() {
    let mut world = World::with(&strict_vars()).await;
    world.run(STRICT, 1).await;
    world.end().await;
}

#[actix_web::test]
async fn dids_with_an_audience_and_a_lifetime_of_their_own_are_answered_row_by_row() {
    let vars = [
        ("DID_METHODS", "key,pkh"),
        ("DID_SCOPES", "*=tasks:run"),
        ("DID_AUD", did_policy::AUDIENCE),
        ("DID_MAX_LIFETIME", "300"),
    ];
    let mut world = World::with(&vars.map(|(name, value)| (name, value.to_owned()))).await;
    world.run(NARROWED, 2).await;
    world.end().await;
}

#[actix_web::test]
async fn tokens_of_descope_are_answered_row_by_row() {
    let mut world = World::of(Scene::set(), issuers::descope_vars).await;
    world.run(DESCOPE, 2).await;
    world.end().await;
}

#[test]
fn dids_that_anyone_may_make_are_not_turned_on_without_a_word_on_their_rights() {
    let folder = tempfile::tempdir().unwrap();
    let vars = [
        ("PORT", "0"),
        ("OIDC_ISSUER", "https://issuer.example"),
        ("OIDC_AUD", "attach-test"),
        ("DID_METHODS", "key"),
    ];
    let ended = crate::support::process::run(folder.path(), &["serve"], &vars);
    assert_eq!(ended.code, Some(64), "{}", ended.err);
    for name in ["DID_ALLOW", "DID_SCOPES"] {
        assert!(
            ended.err.contains(name),
            "{name} is not told: {}",
            ended.err
        );
    }
}

#[actix_web::test]
async fn what_is_no_http_is_answered_like_everything_else() {
    let mut world = World::with(&[]).await;
    world.run(UNPARSABLE, 1).await;
    world.end().await;
}

#[actix_web::test]
async fn the_letter_of_the_specification_holds_where_it_is_wide() {
    let mut world = World::with(&[]).await;
    world.delegate().await;
    world.run(DISPUTED, 1).await;
    world.end().await;
}

#[actix_web::test]
async fn pages_of_other_origins_are_answered_row_by_row() {
    let mut world = World::with(&[]).await;
    world.run(CORS, 2).await;
    world.end().await;
}

#[actix_web::test]
async fn pages_of_configured_origins_are_answered_row_by_row() {
    let vars = [("CORS_ORIGINS", "https://app.example".to_owned())];
    let mut world = World::with(&vars).await;
    world.run(CORS_CONFIGURED, 1).await;
    world.end().await;
}

#[actix_web::test]
async fn exchanges_are_answered_row_by_row() {
    let mut world = World::with(&did_vars()).await;
    world.delegate().await;
    world.run(EXCHANGE, 1).await;
    world.end().await;
}

#[actix_web::test]
async fn what_an_exchange_gives_is_the_gateways_own_and_never_outlives_what_it_took() {
    let world = World::with(&[]).await;
    exchange::holds_what_it_must(&world).await;
    world.end().await;
}

#[actix_web::test]
async fn metadata_under_a_path_is_answered_row_by_row() {
    let mut world = World::with(&[]).await;
    world.run(METADATA, 1).await;
    world.end().await;
}

#[actix_web::test]
async fn logins_are_answered_row_by_row() {
    let (_peer, url) = pages::with_login();
    let vars = [
        ("OIDC_ISSUER", url),
        ("OIDC_CLIENT_ID", "client".to_owned()),
        ("OIDC_CLIENT_SECRET", "a-secret-of-the-client".to_owned()),
    ];
    let mut world = World::with(&vars).await;
    world.run(LOGIN, 1).await;
    world.end().await;
}

#[actix_web::test]
async fn a_flood_of_bad_tokens_is_told_to_wait_and_a_good_one_that_is_known_is_not() {
    let vars = [("AUTH_THROTTLE", "on".to_owned())];
    let mut world = World::with(&vars).await;
    let token = world.scene.token();
    let good = Ask::get("/agents").bearer(&token);
    let good = good.wants("a known token", taken("ada"));
    assert_eq!(world.row(&good).await, [""; 0]);
    let mut counts = (0, 0);
    for wave in 0..20 {
        let mut asks = flood(&world.scene, wave);
        asks.push(Ask::get("/agents").bearer(&token));
        let mut answers = world.pipelined(&asks).await;
        let last = answers.pop().unwrap();
        assert_eq!(taken("ada").faults("/agents", &last, None), [""; 0]);
        for (ask, answer) in asks.iter().zip(&answers) {
            let (checked, turned_away) = (
                invalid().faults(ask.path(), answer, None),
                later("1").faults(ask.path(), answer, None),
            );
            assert!(
                checked.is_empty() || turned_away.is_empty(),
                "{checked:?}, {turned_away:?}"
            );
            counts.0 += usize::from(checked.is_empty());
            counts.1 += usize::from(turned_away.is_empty());
        }
        if counts.1 > 0 {
            break;
        }
    }
    assert!(
        counts.0 > 0 && counts.1 > 0,
        "checked, turned away: {counts:?}"
    );
    world.end().await;
}

/// Tokens that someone else signed.
fn flood(scene: &Scene, wave: usize) -> Vec<Ask> {
    let (key, header) = (scene.key("stranger"), scene.key("ec").header());
    let ask = |nth: usize| {
        let claims = scene.first.claims(&format!("u{wave}-{nth}"));
        Ask::get(jws::DOORS[nth % 4]).bearer(key.sign_as(&header, &claims))
    };
    (0..300).map(ask).collect()
}

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
            taken("ada").upstream("x-attach-user", row::Is::text("ada"))
        }),
        good().wants(
            "a member that is not there",
            taken("ada").member("/none", 1),
        ),
        bad().wants("a success", taken("ada")),
        bad().wants("another reason", row::expired()),
        bad().wants("another status", malformed()),
        bad().wants("no challenge", Want::status(401)),
        bad().wants("a time to wait", invalid().header("retry-after", "1")),
        bad().wants("a header that is there", {
            invalid().has("cache-control", row::Is::Absent)
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
