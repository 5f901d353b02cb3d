//! How a request says who sends it; paths, sizes, and what needs no token.

use serde_json::json;

use super::{
    row::{Ask, Row, Want, invalid, malformed, nobody, taken},
    scene::{PUBLIC, Scene},
};
use crate::support::{gateway::chat, key::b64};

/// Routes and the scope of each.
pub const ROUTES: &[(&str, &str)] = &[
    ("POST /v1/chat/completions", "chat:run"),
    ("POST /v1/completions", "chat:run"),
    ("POST /v1/embeddings", "chat:run"),
    ("GET /v1/models", "chat:run"),
    ("POST /api/chat", "chat:run"),
    ("POST /api/generate", "chat:run"),
    ("GET /api/tags", "chat:run"),
    ("POST /api/pull", "admin"),
    ("POST /api/create", "admin"),
    ("POST /api/push", "admin"),
    ("POST /api/copy", "admin"),
    ("DELETE /api/delete", "admin"),
    ("POST /api/blobs/sha256:aa", "admin"),
    ("POST /a2a/tasks/send", "tasks:run"),
    ("GET /a2a/tasks", "tasks:run"),
    ("GET /a2a/tasks/status/x", "tasks:run"),
    ("POST /a2a/tasks/cancel/x", "tasks:run"),
    ("GET /agents", "tasks:run"),
    ("GET /mem/events", "memory:read"),
    ("POST /mem/events", "memory:write"),
];

pub fn no_credentials(_: &Scene) -> Vec<Row> {
    let mut rows: Vec<_> = ROUTES
        .iter()
        .map(|(line, scope)| Ask::line(*line).wants(format!("nothing, {line}"), nobody(scope)))
        .collect();
    rows.push(Ask::get("/metrics").wants("nothing, /metrics", nobody("")));
    rows
}

pub fn other_ways(scene: &Scene) -> Vec<Row> {
    let token = scene.token();
    let basic = b64(format!("ada:{token}"));
    let mut rows = Vec::new();
    for header in [
        format!("authorization: Basic {basic}"),
        format!("authorization: DPoP {token}"),
        format!("authorization: Token {token}"),
        format!("authorization: Bearerx {token}"),
        format!("authorization: Digest username=\"{token}\""),
        format!("authorization: {token}"),
        format!("x-authorization: Bearer {token}"),
        format!("proxy-authorization: Bearer {token}"),
        format!("x-api-key: {token}"),
        format!("x-access-token: {token}"),
        format!("cookie: access_token={token}"),
        format!("cookie: authorization=Bearer%20{token}"),
        "cookie: __Host-attach_session=nonsense".to_owned(),
        "cookie: attach_session=nonsense".to_owned(),
    ] {
        let name: String = header.chars().take(34).collect();
        rows.push(
            Ask::get("/agents")
                .header(&header)
                .wants(name, nobody("tasks:run")),
        );
    }
    for query in ["access_token", "token", "jwt", "api_key", "authorization"] {
        let ask = Ask::get(&format!("/agents?{query}={token}"));
        rows.push(ask.wants(format!("{query} in the query"), nobody("tasks:run")));
    }
    let query = Ask::post(
        &format!("/v1/chat/completions?access_token={token}"),
        &chat("hi"),
    );
    rows.push(query.wants("a token in the query, OpenAI", nobody("chat:run")));
    let query = Ask::post(&format!("/api/chat?access_token={token}"), &chat("hi"));
    rows.push(query.wants("a token in the query, Ollama", nobody("chat:run")));
    let form = Ask::form("/a2a/tasks/send", &[("access_token", &token)]);
    rows.push(form.wants("a token in a form", nobody("tasks:run")));
    let body = Ask::post("/mem/events", &json!({ "access_token": token }));
    rows.push(body.wants("a token in a body", nobody("memory:write")));
    let fragment = Ask::get("/agents").header(format!("referer: http://a/#access_token={token}"));
    rows.push(fragment.wants("a token in the referer", nobody("tasks:run")));
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let ask = Ask::get("/agents").header(format!("authorization: {scheme} {token}"));
        rows.push(ask.wants(format!("scheme {scheme}"), taken("ada")));
    }
    let name = Ask::get("/agents").header(format!("AUTHORIZATION: Bearer {token}"));
    rows.push(name.wants("the header's name in upper case", taken("ada")));
    // A cookie counts only where no Authorization header is.
    let both = Ask::get("/agents").header("cookie: attach_session=nonsense");
    rows.push(
        both.bearer(&token)
            .wants("a good token and a cookie", taken("ada")),
    );
    let both = Ask::get("/agents").header("cookie: attach_session=nonsense");
    rows.push(
        both.bearer("a.b.c")
            .wants("a bad token and a cookie", invalid()),
    );
    rows
}

pub fn garbled(scene: &Scene) -> Vec<Row> {
    let token = scene.token();
    let good = format!("authorization: Bearer {token}");
    let (front, back) = token.split_at(40);
    let inside = |what: &[u8]| -> Vec<u8> {
        [
            b"authorization: Bearer ",
            front.as_bytes(),
            what,
            back.as_bytes(),
        ]
        .concat()
    };
    let lines: Vec<(&str, Vec<Vec<u8>>)> = vec![
        (
            "Bearer and nothing",
            vec![b"authorization: Bearer".to_vec()],
        ),
        (
            "Bearer and a space",
            vec![b"authorization: Bearer ".to_vec()],
        ),
        (
            "Bearer and spaces",
            vec![b"authorization: Bearer     ".to_vec()],
        ),
        (
            "bearer in lower case and nothing",
            vec![b"authorization: bearer".to_vec()],
        ),
        ("a space inside", vec![inside(b" ")]),
        ("a comma inside", vec![inside(b",")]),
        ("a comma and a space inside", vec![inside(b", ")]),
        ("a tab inside", vec![inside(b"\t")]),
        ("a comma behind", vec![format!("{good},").into_bytes()]),
        (
            "another word behind",
            vec![format!("{good} x").into_bytes()],
        ),
        ("two tokens", vec![format!("{good} {token}").into_bytes()]),
        (
            "two tokens with a comma",
            vec![format!("{good}, Bearer {token}").into_bytes()],
        ),
        (
            "two headers",
            vec![good.clone().into_bytes(), good.clone().into_bytes()],
        ),
        (
            "a bad and a good header",
            vec![
                b"authorization: Bearer a.b.c".to_vec(),
                good.clone().into_bytes(),
            ],
        ),
        (
            "Basic and a good header",
            vec![
                b"authorization: Basic eA==".to_vec(),
                good.clone().into_bytes(),
            ],
        ),
        (
            "a good header and an empty one",
            vec![good.clone().into_bytes(), b"authorization:".to_vec()],
        ),
    ];
    let mut rows = Vec::new();
    for (nth, (name, lines)) in lines.into_iter().enumerate() {
        let door = super::jws::DOORS[nth % 4];
        let ask = lines.iter().fold(Ask::get(door), Ask::header);
        rows.push(ask.wants(name, malformed()));
    }
    for query in ["access_token=x", "a=b&access_token=x", "access_token="] {
        for door in ["/agents", "/v1/models", "/api/tags"] {
            let ask = Ask::get(&format!("{door}?{query}")).bearer(&token);
            rows.push(ask.wants(format!("header, and {query} at {door}"), malformed()));
        }
    }
    rows
}

pub fn paths(scene: &Scene) -> Vec<Row> {
    let token = scene.token();
    let paths = [
        "/v1/../metrics",
        "/v1/..",
        "/v1/a/../models",
        "/v1//models",
        "//v1/models",
        "/v1/models//",
        "/v1/%2e%2e/metrics",
        "/v1/%2E%2E/metrics",
        "/v1/.%2e/metrics",
        "/v1/%2e",
        "/v1/models%2e",
        "/v1%2fmodels",
        "/v1/%2Fmodels",
        "/v1/models%00",
        "/v1/%00",
        "/v1/models%0a",
        "/v1/models%0d%0ax",
        "/v1/models%1f",
        "/v1/models%7f",
        "/api/../v1/models",
        "/api//tags",
        "/api/%2e%2e/tags",
        "/api%2ftags",
        "/api/tags%00",
        "/a2a/../metrics",
        "/a2a//tasks",
        "/a2a/tasks/status/%2e%2e",
        "/a2a/tasks/status/a%2fb",
        "/mem//events",
        "/mem/events/%00",
        "/mem/..%2fmetrics",
        "/agents/../metrics",
        "/agents%2f",
        "/healthz/../metrics",
        "/.well-known/../metrics",
        "/.well-known/%2e%2e/metrics",
        "/auth/../metrics",
        "/auth//config",
    ];
    let rows = paths.iter().map(|path| {
        let ask = Ask::get(path).bearer(&token);
        ask.wants(format!("path {path}"), Want::status(400))
    });
    let good = [
        Ask::get("/v1/models/..x")
            .bearer(&token)
            .wants("two dots in a name", taken("ada")),
        Ask::get("/v1/x?q=%2e%2e//..%00")
            .bearer(&token)
            .wants("a query holds anything", taken("ada")),
        Ask::get("/v1/files/a%20b")
            .bearer(&token)
            .wants("a space in a name", taken("ada")),
    ];
    rows.chain(good).collect()
}

pub fn limits(scene: &Scene) -> Vec<Row> {
    let token = scene.token();
    let mut rows = Vec::new();
    for path in [
        "/v1/chat/completions",
        "/api/chat",
        "/a2a/tasks/send",
        "/mem/events",
    ] {
        let ask = Ask::line(format!("POST {path}")).bearer(&token);
        let long = ask.header("content-length: 1000001");
        let want = Want::status(413).member("/limit_bytes", 1_000_000);
        rows.push(long.wants(format!("a body over the limit, {path}"), want));
        let ask = Ask::line(format!("POST {path}")).bearer(&token);
        let endless = ask.header("content-length: 99999999999");
        rows.push(endless.wants(
            format!("a body far over the limit, {path}"),
            Want::status(413),
        ));
    }
    rows.extend(unparsable(scene));
    rows
}

/// What never gets past the reader of HTTP: it answers with a status alone.
fn unparsable(scene: &Scene) -> Vec<Row> {
    let token = scene.token();
    let mut rows = Vec::new();
    for path in ["/healthz", "/v1/models", "/api/tags", "/agents"] {
        let wide = format!("x-wide: {}", "x".repeat(200_000));
        let ask = Ask::get(path).bearer(&token).header(wide);
        rows.push(ask.wants(
            format!("a header too wide, {path}"),
            Want::status_alone(431),
        ));
        let ask = (0..2000).fold(Ask::get(path).bearer(&token), |ask, n| {
            ask.header(format!("x-many-{n}: {}", "y".repeat(64)))
        });
        rows.push(ask.wants(format!("headers too many, {path}"), Want::status_alone(431)));
    }
    for (byte, door) in [1_u8, 0x1f, 0x7f].into_iter().zip(super::jws::DOORS) {
        let ask = Ask::get(door)
            .header([b"authorization: Bearer a", &[byte][..], token.as_bytes()].concat());
        rows.push(ask.wants(
            format!("a byte of {byte:#x} in a token"),
            Want::status_alone(400),
        ));
    }
    for (name, path) in [
        ("a raw 0x01 in a path", "/v1/mod\u{1}els"),
        ("a raw 0x7f in a path", "/v1/mod\u{7f}els"),
    ] {
        rows.push(
            Ask::get(path)
                .bearer(&token)
                .wants(name, Want::status_alone(400)),
        );
    }
    rows
}

pub fn public(scene: &Scene) -> Vec<Row> {
    let open = |path: &str| Ask::get(path).wants(format!("public {path}"), Want::status(200));
    let metadata = Want::status(200)
        .header("content-type", "application/json")
        .member("/resource", PUBLIC)
        .member("/authorization_servers/0", scene.first.url())
        .member("/bearer_methods_supported", json!(["header"]));
    vec![
        open("/"),
        open("/healthz"),
        open("/readyz"),
        open("/auth/config"),
        open("/.well-known/jwks.json"),
        open("/.well-known/oauth-protected-resource"),
        Ask::get("/.well-known/oauth-protected-resource").wants("what it says", metadata),
        Ask::get("/auth/config").wants(
            "what a page may know",
            Want::status(200).member("/audience", "attach-test"),
        ),
    ]
}
