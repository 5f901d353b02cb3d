//! Signing a browser in and out.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite},
    http::header,
    web,
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    domain::time::UnixMillis,
    http::{State, browser::COOKIE, caller::Caller, error::ApiError},
};

/// The code of a one-use link.
#[derive(Deserialize)]
pub struct Invitation {
    code: String,
}

/// `GET /auth/dev?code=`: the link that `dev` prints. Sets the cookie and leads
/// to the page.
///
/// # Errors
///
/// 400: used or too old.
pub async fn enter(
    invitation: web::Query<Invitation>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let secret = state.browsers.accept(&invitation.code, UnixMillis::now())?;
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, "/"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .cookie(cookie(&secret).finish())
        .finish())
}

/// `GET /auth/session`: who is signed in, and the page's CSRF token.
///
/// # Errors
///
/// 401: nobody.
pub async fn session(
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let page = state.browsers.page(&request, UnixMillis::now())?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({
            "user": page.owner.user,
            "csrf": page.csrf,
            "expires_at": page.ends_at.secs(),
        })))
}

/// `POST /auth/logout`.
///
/// # Errors
///
/// 401, 403 without the page's CSRF token.
pub async fn logout(
    request: HttpRequest,
    _caller: Caller,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    state.browsers.leave(&request);
    let mut gone = cookie("").finish();
    gone.make_removal();
    Ok(HttpResponse::NoContent().cookie(gone).finish())
}

/// `GET /auth/config`: what the original's pages read; public.
pub async fn config(state: web::Data<State>) -> HttpResponse {
    let login = &state.login;
    HttpResponse::Ok().json(json!({
        "domain": login.domain,
        "client_id": login.client_id,
        "audience": login.audience,
    }))
}

fn cookie(secret: &str) -> actix_web::cookie::CookieBuilder<'static> {
    Cookie::build(COOKIE, secret.to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
}
