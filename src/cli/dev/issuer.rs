//! A local issuer for development: discovery and keys, like any other.

use std::io;

use actix_web::{App, HttpResponse, HttpServer, dev::Server, web};
use serde_json::{Value, json};

use super::ports::Port;
use crate::{adapters::identity::signing::SigningKey, cli::token::DevIssuer};

struct Documents {
    metadata: Value,
    keys: Value,
}

/// Where the keys are of the issuer on `port`.
pub(super) fn keys_url(port: &Port) -> String {
    format!("{}/jwks.json", port.url())
}

/// Serves the documents of `issuer` on `port`.
pub(super) fn server(port: Port, issuer: &DevIssuer, key: &SigningKey) -> io::Result<Server> {
    let documents = web::Data::new(Documents {
        metadata: json!({
            "issuer": issuer.issuer,
            "jwks_uri": keys_url(&port),
            "id_token_signing_alg_values_supported": ["ES256"],
        }),
        keys: key.jwks(),
    });
    let app = move || {
        App::new()
            .app_data(documents.clone())
            .route("/.well-known/openid-configuration", web::get().to(metadata))
            .route("/jwks.json", web::get().to(keys))
    };
    Ok(HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .listen(port.listener)?
        .run())
}

async fn metadata(documents: web::Data<Documents>) -> HttpResponse {
    HttpResponse::Ok().json(&documents.metadata)
}

async fn keys(documents: web::Data<Documents>) -> HttpResponse {
    HttpResponse::Ok().json(&documents.keys)
}
