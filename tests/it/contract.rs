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
mod self_check;
mod shape;
mod strange_keys;
mod trap;
mod travel;

mod world;

use row::{Ask, invalid, later, taken};
use scene::{Scene, did_vars};
use world::{Table, World};

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
const DISPUTED: &[Table] = &[("disputed", disputed::rows)];
const CORS: &[Table] = &[
    ("CORS: preflights", cors::preflights),
    ("CORS: answers", cors::answers),
];
const CORS_CONFIGURED: &[Table] = &[("CORS: configured", cors::configured)];
const EXCHANGE: &[Table] = &[("exchange", exchange::rows)];
const METADATA: &[Table] = &[("metadata", pages::metadata)];
const LOGIN: &[Table] = &[("login", pages::return_to)];

const EVERYTHING: [&[Table]; 13] = [
    ISSUERS,
    DIDS,
    OWN,
    REQUESTS,
    STRICT,
    NARROWED,
    DESCOPE,
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
