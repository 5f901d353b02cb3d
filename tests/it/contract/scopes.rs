//! Scopes of an issuer's callers, with and without `REQUIRED_SCOPES`.

use serde_json::{Value, json};

use super::{
    asking::ROUTES,
    jws::all,
    row::{Ask, Row, Want, invalid, out_of_scope, taken},
    scene::Scene,
};
use crate::support::{
    gateway::chat,
    key::{with, without},
};

/// An access token with this claim besides.
fn token(scene: &Scene, name: &str, value: Value) -> String {
    let key = scene.key("ec");
    let header = with(&key.header(), "typ", json!("at+jwt"));
    key.sign_as(&header, &with(&scene.claims(), name, value))
}

pub fn required(scene: &Scene) -> Vec<Row> {
    let every = [
        "chat:run",
        "tasks:run",
        "memory:read",
        "memory:write",
        "metrics:read",
        "admin",
    ];
    let mut rows = Vec::new();
    for (line, scope) in ROUTES {
        let others: Vec<_> = every
            .iter()
            .filter(|other| *other != scope)
            .copied()
            .collect();
        for (what, scopes) in [
            ("no scope", String::new()),
            ("every other", others.join(" ")),
        ] {
            let ask = Ask::line(*line).bearer(token(scene, "scope", json!(scopes)));
            rows.push(ask.wants(format!("{what}, {line}"), out_of_scope(scope)));
        }
    }
    let get =
        |path: &str, name: &str, value: Value| Ask::get(path).bearer(token(scene, name, value));
    let ada = || taken("ada");
    let no = || out_of_scope("tasks:run");
    rows.extend([
        get("/agents", "scope", json!("tasks:run")).wants("scope, one word", ada()),
        get("/agents", "scope", json!("openid tasks:run x")).wants("scope, among others", ada()),
        get("/agents", "scp", json!("x tasks:run")).wants("scp, words", ada()),
        get("/agents", "scp", json!(["x", "tasks:run"])).wants("scp, a list", ada()),
        get("/mem/events", "scope", json!("memory:read")).wants("memory:read", ada()),
        get("/v1/models", "scp", json!(["chat:run"])).wants("chat:run", ada()),
        get("/api/tags", "scope", json!("chat:run")).wants("chat:run, Ollama", ada()),
        get("/agents", "scope", json!("TASKS:RUN")).wants("scope in upper case", no()),
        get("/agents", "scope", json!("tasks:run2")).wants("a longer word", no()),
        get("/agents", "scope", json!("tasks")).wants("a shorter word", no()),
        get("/agents", "scope", json!("tasks:*")).wants("a star", no()),
        get("/agents", "scope", json!("tasks:run,x")).wants("a comma between", no()),
        get("/agents", "scope", json!("admin")).wants("admin is not everything", no()),
        get("/agents", "scp", json!([])).wants("an empty list", no()),
        get("/agents", "roles", json!(["tasks:run"])).wants("roles are no scopes", no()),
        get("/agents", "scopes", json!("tasks:run")).wants("nor are scopes", no()),
        get("/agents", "permissions", json!(["tasks:run"])).wants("nor permissions", no()),
    ]);
    let pull = Ask::post("/api/pull", &chat("hi")).bearer(token(scene, "scope", json!("admin")));
    rows.push(pull.wants("admin", ada()));
    rows
}

/// `OIDC_REQUIRE_AT_JWT`.
pub fn access_tokens_alone(scene: &Scene) -> Vec<Row> {
    let key = scene.key("ec");
    let claims = with(&scene.claims(), "scope", json!("tasks:run"));
    let typed = |typ: &str| key.sign_as(&with(&key.header(), "typ", json!(typ)), &claims);
    let mut rows: Vec<_> = ["at+jwt", "AT+JWT", "application/at+jwt"]
        .map(|typ| {
            Ask::get("/agents")
                .bearer(typed(typ))
                .wants(format!("typ {typ}"), taken("ada"))
        })
        .into();
    let mut tokens: Vec<_> = [
        "JWT",
        "jwt",
        "application/jwt",
        "id+jwt",
        "did+jwt",
        "at",
        "",
    ]
    .map(|typ| (format!("typ {typ:?}"), typed(typ)))
    .into();
    let untyped = key.sign_as(&without(&key.header(), "typ"), &claims);
    tokens.push(("no typ".into(), untyped));
    rows.extend(all(tokens, invalid));
    rows
}

/// Where nobody requires scopes, one is asked for all the same.
pub fn not_required(scene: &Scene) -> Vec<Row> {
    let bare = scene.token();
    let mut rows: Vec<_> = ROUTES
        .iter()
        .filter(|(_, scope)| *scope == "admin")
        .map(|(line, _)| {
            let ask = Ask::line(*line).bearer(&bare);
            ask.wants(format!("no admin, {line}"), out_of_scope("admin"))
        })
        .collect();
    let admin = |name: &str, value: Value| scene.token_with(name, value);
    let pull = |token: String| Ask::post("/api/pull", &chat("hi")).bearer(token);
    rows.extend([
        Ask::get("/v1/models")
            .bearer(&bare)
            .wants("chat without scopes", taken("ada")),
        Ask::get("/agents")
            .bearer(&bare)
            .wants("tasks without scopes", taken("ada")),
        Ask::get("/mem/events")
            .bearer(&bare)
            .wants("memory without scopes", taken("ada")),
        Ask::get("/metrics")
            .bearer(&bare)
            .wants("metrics without scopes", Want::status(200)),
        pull(admin("scope", json!("x admin"))).wants("admin in scope", taken("ada")),
        pull(admin("scp", json!(["admin"]))).wants("admin in scp", taken("ada")),
        pull(admin("scope", json!("administrator"))).wants("a longer word", out_of_scope("admin")),
        pull(admin("roles", json!(["admin"]))).wants("a role", out_of_scope("admin")),
    ]);
    rows
}
