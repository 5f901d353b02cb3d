//! Answers that hold at the moment they are given.

use actix_web::{HttpResponse, http::StatusCode, http::header};
use serde::Serialize;

/// `body` as JSON that nobody keeps.
pub(in crate::http) fn unkept(body: impl Serialize) -> HttpResponse {
    unkept_as(StatusCode::OK, body)
}

/// The same with another status.
pub(in crate::http) fn unkept_as(status: StatusCode, body: impl Serialize) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(body)
}
