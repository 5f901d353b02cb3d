//! Several issuers, each with an audience, algorithms and keys of its own.

use serde_json::{Value, json};

use super::{
    jws::{DOORS, all},
    row::{Ask, Row, Want, invalid, later, out_of_scope, taken},
    scene::{SECOND_AUDIENCE, Scene},
};
use crate::support::{
    gateway::chat,
    key::{Key, with},
};

fn second(scene: &Scene) -> Value {
    with(&scene.second.claims("ada"), "aud", json!(SECOND_AUDIENCE))
}

fn pss(key: &Key, claims: &Value) -> String {
    key.sign_as(&with(&key.header(), "alg", json!("PS256")), claims)
}

pub fn rows(scene: &Scene) -> Vec<Row> {
    let claims = second(scene);
    let (ec, rsa, p384, ed) = (
        scene.key("ec"),
        scene.key("rsa"),
        scene.key("p384"),
        scene.key("ed"),
    );
    let theirs = |name: &str, token: String| {
        let want = taken("ada").header("x-attach-issuer", scene.second.url());
        Ask::get("/agents").bearer(token).wants(name, want)
    };
    let ours = taken("ada").header("x-attach-issuer", scene.first.url());
    let mut rows = vec![
        theirs("PS256, where it is asked for", pss(rsa, &claims)),
        theirs("ES384, where it is asked for", p384.sign(&claims)),
        theirs("EdDSA, where it is asked for", ed.sign(&claims)),
        Ask::get("/agents")
            .bearer(scene.token())
            .wants("the same sub at the first issuer", ours),
    ];
    let other_audience = with(&claims, "aud", json!("attach-test"));
    let both = with(&claims, "aud", json!(["attach-test", "other"]));
    let other_alg =
        |key: &Key, alg: &str| key.sign_as(&with(&key.header(), "alg", json!(alg)), &claims);
    let tokens = [
        ("RS256, where it is not asked for", rsa.sign(&claims)),
        ("ES256, where it is not asked for", ec.sign(&claims)),
        ("the first issuer's audience", ed.sign(&other_audience)),
        ("two audiences, neither its own", ed.sign(&both)),
        ("PS256 over a signature of RS256", {
            let header = with(&rsa.header(), "alg", json!("PS256")).to_string();
            let by_other_name = header.replace("PS256", "PS\\u003256");
            rsa.sign_text(&by_other_name, &claims.to_string())
        }),
        ("ES384 of a P-256 key", other_alg(ec, "ES384")),
        ("EdDSA of a P-384 key", other_alg(p384, "EdDSA")),
        ("ES384 of an Ed25519 key", other_alg(ed, "ES384")),
        ("Ed25519 by its other name", other_alg(ed, "Ed25519")),
        ("Ed448", other_alg(ed, "Ed448")),
        ("none", other_alg(ed, "none")),
    ];
    rows.extend(all(tokens.map(|(n, t)| (n.to_owned(), t)).into(), invalid));
    rows.extend(words(scene, &claims));
    rows
}

/// What an issuer's own words open.
fn words(scene: &Scene, claims: &Value) -> Vec<Row> {
    let ed = scene.key("ed");
    let pull = |token: String| Ask::post("/api/pull", &chat("hi")).bearer(token);
    let boss = |name: &str| ed.sign(&with(claims, name, json!("role:boss other")));
    let listed = ed.sign(&with(claims, "scp", json!(["other", "role:boss"])));
    let refused = || out_of_scope("admin");
    vec![
        pull(boss("scope")).wants("an issuer's word in scope", taken("ada")),
        pull(boss("scp")).wants("an issuer's word in scp", taken("ada")),
        pull(listed).wants("an issuer's word in a list", taken("ada")),
        pull(ed.sign(&with(claims, "scope", json!("role:boss-not"))))
            .wants("a word that only begins so", refused()),
        pull(ed.sign(&with(claims, "scope", json!("ROLE:BOSS"))))
            .wants("a word in upper case", refused()),
        pull(scene.token_with("scope", json!("role:boss")))
            .wants("another issuer's word", refused()),
        pull(ed.sign(claims)).wants("no word at all", refused()),
    ]
}

/// Issuers whose keys are not to be had.
pub fn without_keys(scene: &Scene) -> Vec<Row> {
    let token = |name: &str| {
        let iss = format!("https://{name}.example");
        scene.token_with("iss", json!(iss))
    };
    let mut rows = Vec::new();
    for name in ["down", "moved", "heavy", "broken"] {
        for door in DOORS {
            let ask = Ask::get(door).bearer(token(name));
            rows.push(ask.wants(format!("keys of {name} at {door}"), later("5")));
        }
    }
    let claims = with(&scene.claims(), "iss", json!("https://down.example"));
    let other = with(&claims, "aud", json!("other"));
    let row =
        |name: &str, token: String, want: Want| Ask::get("/agents").bearer(token).wants(name, want);
    rows.extend([
        row(
            "bad whatever the keys are",
            scene.key("ec").sign(&other),
            invalid(),
        ),
        row("an empty set", token("empty"), invalid()),
        row("the last of a hundred keys", token("hundred"), taken("ada")),
    ]);
    rows
}

pub fn descope_vars(scene: &Scene) -> Vec<(&'static str, String)> {
    vec![
        ("AUTH_BACKEND", "descope".into()),
        ("DESCOPE_PROJECT_ID", "project".into()),
        ("DESCOPE_BASE_URL", scene.sets().into()),
        ("OIDC_ISSUER", format!("{}/v1/apps/project", scene.sets())),
    ]
}

/// `AUTH_BACKEND=descope`: the keys are the project's, wherever it issues.
pub fn descope(scene: &Scene) -> Vec<Row> {
    let iss = format!("{}/v1/apps/project", scene.sets());
    let claims = with(&scene.claims(), "iss", json!(iss));
    let want = taken("ada").header("x-attach-issuer", iss.as_str());
    let good = scene.key("ec").sign(&claims);
    let mut rows = vec![
        Ask::get("/agents")
            .bearer(good)
            .wants("an app of the project", want),
    ];
    let other = with(
        &claims,
        "iss",
        json!(format!("{}/v1/apps/other", scene.sets())),
    );
    let tokens = [
        ("an app of another project", scene.key("ec").sign(&other)),
        ("a key the project lacks", scene.key("both").sign(&claims)),
        (
            "a key of another",
            scene
                .key("stranger")
                .sign_as(&scene.key("ec").header(), &claims),
        ),
        ("an issuer that is not asked any more", scene.token()),
    ];
    rows.extend(all(tokens.map(|(n, t)| (n.to_owned(), t)).into(), invalid));
    rows
}
