//! Pages of other origins: which may ask, and what they may read.

use super::{
    row::{Ask, Is, Row, Want, invalid, nobody, taken},
    scene::Scene,
};

const LISTED: [&str; 2] = ["http://localhost:9000", "http://127.0.0.1:9000"];
const DOORS: [&str; 7] = [
    "/v1/chat/completions",
    "/api/chat",
    "/a2a/tasks/send",
    "/mem/events",
    "/agents",
    "/metrics",
    "/auth/config",
];

fn preflight(path: &str, origin: &str) -> Ask {
    Ask::line(format!("OPTIONS {path}"))
        .header(format!("origin: {origin}"))
        .header("access-control-request-method: POST")
        .header("access-control-request-headers: authorization, content-type")
}

fn shared(want: Want, origin: &str) -> Want {
    want.header("access-control-allow-origin", origin)
        .has("vary", Is::Listing("Origin"))
}

fn let_in(origin: &str) -> Want {
    shared(Want::status(204), origin)
        .has("access-control-allow-headers", Is::Listing("authorization"))
}

fn kept(want: Want) -> Want {
    want.has("access-control-allow-origin", Is::Absent)
}

pub fn preflights(scene: &Scene) -> Vec<Row> {
    let mut rows = Vec::new();
    for path in DOORS {
        for origin in LISTED {
            let want = let_in(origin);
            rows.push(preflight(path, origin).wants(format!("{origin} at {path}"), want));
        }
        let want = kept(Want::status(403));
        let origin = "https://evil.example";
        rows.push(preflight(path, origin).wants(format!("{origin} at {path}"), want));
    }
    for origin in [
        "https://localhost:9000",
        "http://localhost:9001",
        "http://localhost",
        "http://localhost:90000",
        "http://localhost:9000/",
        "http://localhost:9000.evil.example",
        "http://evil.localhost:9000",
        "HTTP://LOCALHOST:9000",
        "http://[::1]:9000",
        "null",
        "*",
        "http://localhost:9000, https://evil.example",
    ] {
        let want = kept(Want::status(403));
        rows.push(preflight("/v1/models", origin).wants(format!("origin {origin}"), want));
    }
    let ask = preflight("/v1/models", LISTED[0]).bearer(scene.token());
    let want = let_in(LISTED[0]);
    rows.push(ask.wants("a preflight with a token", want));
    let ask = preflight("/v1/models", LISTED[0]).bearer("a.b.c");
    let want = let_in(LISTED[0]);
    rows.push(ask.wants("a preflight with a bad token", want));
    rows
}

pub fn answers(scene: &Scene) -> Vec<Row> {
    let origin = LISTED[0];
    let get = |path: &str| Ask::get(path).header(format!("origin: {origin}"));
    let good = || scene.token();
    let evil = |path: &str| Ask::get(path).header("origin: https://evil.example");
    let mut rows = vec![
        get("/agents")
            .bearer(good())
            .wants("taken", shared(taken("ada"), origin)),
        get("/v1/models")
            .bearer(good())
            .wants("taken, engine", shared(taken("ada"), origin)),
        get("/nothing-here")
            .bearer(good())
            .wants("404", shared(Want::status(404), origin)),
        get("/v1//models")
            .bearer(good())
            .wants("400", shared(Want::status(400), origin)),
        get("/healthz").wants("public", shared(Want::status(200), origin)),
        evil("/agents")
            .bearer(good())
            .wants("taken, unlisted", kept(taken("ada"))),
        evil("/agents").wants("refused, unlisted", kept(nobody("tasks:run"))),
    ];
    for path in ["/agents", "/api/tags", "/v1/models"] {
        let scope = if path == "/agents" {
            "tasks:run"
        } else {
            "chat:run"
        };
        let want = shared(nobody(scope), origin);
        rows.push(get(path).wants(format!("401, {path}"), want));
        let want = shared(invalid(), origin);
        rows.push(
            get(path)
                .bearer("a.b.c")
                .wants(format!("a bad token, {path}"), want),
        );
    }
    let long = Ask::line("POST /v1/chat/completions").header(format!("origin: {origin}"));
    let long = long.bearer(good()).header("content-length: 1000001");
    rows.push(long.wants("413", shared(Want::status(413), origin)));
    rows
}

/// `CORS_ORIGINS=https://app.example`.
pub fn configured(_: &Scene) -> Vec<Row> {
    let want = let_in("https://app.example");
    let mut rows = vec![preflight("/v1/models", "https://app.example").wants("the listed", want)];
    for origin in LISTED {
        let want = kept(Want::status(403));
        rows.push(preflight("/v1/models", origin).wants(format!("no more {origin}"), want));
    }
    rows
}
