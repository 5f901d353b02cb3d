//! Signing a browser in and out.

mod flow;
mod page;
mod pending;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde::Deserialize;
use serde_json::json;

use crate::{
    domain::time::UnixMillis,
    http::{State, caller::Caller, error::ApiError, params::Params},
};
pub use flow::{SignIn, callback, start};

/// The code of a one-use link.
#[derive(Deserialize)]
pub struct Invitation {
    code: String,
}

/// `GET /auth/dev?code=`: the link that `dev` prints. Sets the cookie and leads
/// to the page; so does a used one where somebody is signed in.
///
/// # Errors
///
/// 400: used or too old; 503: the session cannot be written or read.
pub async fn enter(
    request: HttpRequest,
    invitation: Params<Invitation>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let now = UnixMillis::now();
    let mut to_page = HttpResponse::SeeOther();
    to_page
        .insert_header((header::LOCATION, "/"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"));
    match state.browsers.accept(&invitation.code, now).await {
        Ok(secret) => Ok(to_page.cookie(state.browsers.jar.session(secret)).finish()),
        Err(ApiError::Invalid(_)) if state.browsers.page(&request, now).await?.is_some() => {
            Ok(to_page.finish())
        }
        Err(error @ ApiError::Invalid(_)) => Ok(page::failed(&request, &state, &error)),
        Err(error) => Err(error),
    }
}

/// `GET /auth/session`: who is signed in, and the page's CSRF token; or where to
/// sign in. Public.
///
/// # Errors
///
/// 503: the sessions cannot be read.
pub async fn session(
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let body = match state.browsers.page(&request, UnixMillis::now()).await? {
        Some(page) => json!({
            "user": page.owner.user,
            "issuer": page.owner.issuer,
            "csrf": page.csrf,
            "expires_at": page.ends_at.secs(),
        }),
        None => {
            let login = state.sign_in.as_ref().map(|_| "/auth/login");
            json!({ "user": null, "login": login })
        }
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(body))
}

/// `POST /auth/logout`.
///
/// # Errors
///
/// 401, 403 without the page's CSRF token; 503 if the session could not be ended.
pub async fn logout(
    request: HttpRequest,
    _caller: Caller,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    state.browsers.leave(&request, UnixMillis::now()).await?;
    let gone = state.browsers.jar.no_session();
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
