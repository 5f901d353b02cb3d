//! The page, out of the binary.

use actix_web::{HttpResponse, http::header, web};
use rust_embed::RustEmbed;

use crate::http::error::ApiError;

#[derive(RustEmbed)]
#[folder = "web/"]
#[exclude = "*.test.js"]
struct Files;

/// Nothing but the page's own files, and nobody may frame it.
const POLICY: &str =
    "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// `GET /`.
///
/// # Errors
///
/// 404 in a build without the page.
pub async fn index() -> Result<HttpResponse, ApiError> {
    file("index.html")
}

/// `GET /assets/{path}`.
///
/// # Errors
///
/// 404.
pub async fn asset(path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    file(&path)
}

fn file(path: &str) -> Result<HttpResponse, ApiError> {
    let file = Files::get(path).ok_or(ApiError::NotFound("no such file"))?;
    let mime = mime_guess::from_path(path).first_or_octet_stream();
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, format!("{mime}; charset=utf-8")))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(file.data.into_owned()))
}
