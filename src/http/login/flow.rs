//! The way to the OpenID provider and back.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::Cookie,
    http::{StatusCode, header},
    web,
};
use serde::Deserialize;

use super::pending::{Pending, UsedStates};
use crate::{
    adapters::identity::login::{Arrival, LoginError, Provider},
    domain::{return_to::ReturnTo, time::UnixMillis},
    http::{
        State,
        error::{ApiError, Dialect},
    },
};

/// Where people sign in, and which sign-ins came back.
pub struct SignIn {
    provider: Provider,
    used: UsedStates,
}

/// Where to go afterwards.
#[derive(Deserialize)]
pub struct Wish {
    return_to: Option<String>,
}

/// What the provider sends back by way of the browser.
#[derive(Deserialize)]
struct Answer {
    code: Option<String>,
    #[serde(default)]
    state: String,
    iss: Option<String>,
}

impl SignIn {
    /// Signs people in at `provider`.
    pub fn new(provider: Provider) -> Self {
        Self {
            provider,
            used: UsedStates::default(),
        }
    }
}

/// `GET /auth/login?return_to=`: to the provider.
///
/// # Errors
///
/// 404 where login is not set up; 400 if `return_to` leads out of here; 503 while
/// the provider is down.
pub async fn start(
    wish: web::Query<Wish>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let sign_in = sign_in(&state)?;
    let return_to = wish.return_to.as_deref().map(ReturnTo::parse).transpose();
    let return_to = return_to.map_err(|error| ApiError::Invalid(error.to_string()))?;
    let departure = sign_in.provider.start().await;
    let departure = departure.map_err(|error| failure(&state, error))?;
    let pending = Pending {
        state: departure.state,
        nonce: departure.nonce,
        verifier: departure.verifier,
        return_to: return_to.unwrap_or_default().as_str().to_owned(),
        until: Pending::until(UnixMillis::now()),
    };
    let cookie = state.browsers.jar.login(pending.seal(&state.secret)?);
    Ok(lead(departure.url.as_str(), [cookie]))
}

/// `GET /auth/callback`: back from the provider. Signs in, or says what to do; the
/// login cookie is of no more use either way.
///
/// # Errors
///
/// 404 where login is not set up; 503 if the session cannot be written.
pub async fn callback(
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let jar = state.browsers.jar;
    match arrive(&request, &state).await {
        Ok((secret, return_to)) => {
            let cookies = [jar.session(secret), jar.no_login()];
            Ok(lead(&return_to, cookies))
        }
        Err(error @ ApiError::Internal(_)) => Err(error),
        Err(error) => {
            let mut answer = error.answer(Dialect::Plain, &state.realm, None);
            if answer.status() != StatusCode::NOT_FOUND {
                answer
                    .add_cookie(&jar.no_login())
                    .map_err(ApiError::internal)?;
            }
            Ok(answer)
        }
    }
}

/// The secret of a new session, and where to go with it.
async fn arrive(request: &HttpRequest, state: &State) -> Result<(String, String), ApiError> {
    let sign_in = sign_in(state)?;
    let now = UnixMillis::now();
    let answer = web::Query::<Answer>::from_query(request.query_string());
    let answer = answer.map_err(|_| again(state, BROKEN))?.into_inner();
    let cookie = state.browsers.jar.login_of(request);
    let pending = cookie
        .and_then(|cookie| Pending::open(&state.secret, &cookie, &answer.state, now))
        .filter(|pending| sign_in.used.claim(pending, now))
        .ok_or_else(|| again(state, STRANGE))?;
    let failed = |error| failure(state, error);
    let provider = &sign_in.provider;
    let checked = provider.check_issuer(answer.iss.as_deref()).await;
    checked.map_err(failed)?;
    let arrival = Arrival {
        code: answer
            .code
            .as_deref()
            .ok_or_else(|| again(state, NOT_DONE))?,
        nonce: &pending.nonce,
        verifier: &pending.verifier,
    };
    let (owner, scopes) = provider.finish(&arrival).await.map_err(failed)?;
    let secret = state.browsers.sign_in(owner, scopes, now).await?;
    // Nobody has the old session's cookie any more.
    state.browsers.leave(request, now).await?;
    Ok((secret, pending.return_to))
}

const BROKEN: &str = "the provider's answer cannot be read";
const STRANGE: &str =
    "this sign-in did not begin in this browser, began over ten minutes ago, or is done already";
const NOT_DONE: &str = "the sign-in was not completed at the provider";
const UNTRUE: &str = "the provider's answer cannot be trusted; the gateway's log says why";

fn failure(state: &State, error: LoginError) -> ApiError {
    match error {
        LoginError::Down(_) => ApiError::ProviderDown,
        LoginError::Random(error) => ApiError::internal(error),
        LoginError::Refused(_) => {
            tracing::warn!(%error, "a sign-in failed");
            again(state, UNTRUE)
        }
    }
}

fn again(state: &State, what: &str) -> ApiError {
    let public = state.public_url.as_str();
    ApiError::Invalid(format!("{what}; sign in again at {public}auth/login"))
}

fn sign_in(state: &State) -> Result<&SignIn, ApiError> {
    state.sign_in.as_ref().ok_or(ApiError::NotFound(
        "browser login is not set up here; set OIDC_CLIENT_ID",
    ))
}

fn lead<const N: usize>(to: &str, cookies: [Cookie<'_>; N]) -> HttpResponse {
    let mut answer = HttpResponse::SeeOther();
    answer
        .insert_header((header::LOCATION, to))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"));
    for cookie in cookies {
        answer.cookie(cookie);
    }
    answer.finish()
}
