//! What browsers and clients read without a token: metadata under a path, and
//! where a login may lead.

use std::net::TcpListener;

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::{
    row::{Ask, Is, Row, Want},
    scene::{PUBLIC, Scene},
};
use crate::support::peer::Peer;

pub fn metadata(scene: &Scene) -> Vec<Row> {
    let paths = [
        "/v1",
        "/v1/chat/completions",
        "/api",
        "/a2a",
        "/mem/events",
        "/agents/coder",
    ];
    let rows = paths.iter().map(|path| {
        let want = Want::status(200)
            .header("content-type", "application/json")
            .member("/resource", format!("{PUBLIC}{path}"))
            .member("/authorization_servers/0", scene.first.url())
            .member("/bearer_methods_supported", json!(["header"]));
        let ask = Ask::get(&format!("/.well-known/oauth-protected-resource{path}"));
        ask.wants(format!("metadata of {path}"), want)
    });
    rows.collect()
}

/// An issuer that has people sign in.
pub fn with_login() -> (Peer, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let document = json!({
        "issuer": url, "jwks_uri": format!("{url}/jwks.json"),
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    });
    let peer = Peer::on(listener, move |config| {
        let document = document.clone();
        let discovery = move || std::future::ready(HttpResponse::Ok().json(document.clone()));
        let jwks = || std::future::ready(HttpResponse::Ok().json(json!({ "keys": [] })));
        config
            .route(
                "/.well-known/openid-configuration",
                web::get().to(discovery),
            )
            .route("/jwks.json", web::get().to(jwks));
    });
    (peer, url)
}

/// `return_to`, as it stands in the query.
pub fn return_to(_: &Scene) -> Vec<Row> {
    let row = |query: &str, want| {
        Ask::get(&format!("/auth/login{query}")).wants(format!("login {query}"), want)
    };
    let leads = || {
        Want::status(303)
            .has("location", Is::Starting("http://127.0.0.1:".into()))
            .has("set-cookie", Is::Starting("__Host-attach_login=".into()))
    };
    let refused = || Want::status(400).has("set-cookie", Is::Absent);
    let mut rows = Vec::new();
    for query in [
        "",
        "?return_to=/",
        "?return_to=/ui",
        "?return_to=%2Fui%3Fa%3Db",
        "?return_to=/a%20b",
    ] {
        rows.push(row(query, leads()));
    }
    for value in [
        "",
        "ui",
        "//evil.example",
        "/%2Fevil.example",
        "%2F%2Fevil.example",
        "///evil.example",
        "/%5Cevil.example",
        "%5C%5Cevil.example",
        "/a%5Cb",
        "/%255Cevil.example",
        "/%09/evil.example",
        "/a%0Ab",
        "/a%0D%0ASet-Cookie:%20a=b",
        "/a%00b",
        "/a%7Fb",
        "%20/ui",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "@evil.example",
        ".evil.example",
    ] {
        rows.push(row(&format!("?return_to={value}"), refused()));
    }
    rows
}
