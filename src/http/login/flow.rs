//! The way to the OpenID provider and back.

use actix_web::{HttpRequest, HttpResponse, cookie::Cookie, http::header, web};
use serde::Deserialize;
use tokio::sync::Semaphore;
use url::Url;

use super::{
    page::failed,
    pending::{Pending, UsedStates},
};
use crate::{
    adapters::identity::login::{Arrival, LoginError, Provider},
    config::is_loopback,
    domain::{return_to::ReturnTo, time::UnixMillis},
    http::{
        State,
        error::ApiError,
        params::{self, Params},
    },
};

/// Sign-ins that the provider is asked about at once: whoever has a login cookie
/// can make the gateway ask.
const ARRIVALS: usize = 8;

/// Where people sign in, and which sign-ins came back.
pub struct SignIn {
    provider: Provider,
    used: UsedStates,
    places: Semaphore,
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
            places: Semaphore::new(ARRIVALS),
        }
    }
}

/// `GET /auth/login?return_to=`: to the provider; from another name of this
/// machine to the public URL first, where the cookie will be needed.
///
/// # Errors
///
/// 404 where login is not set up; 400 if `return_to` leads out of here; 503 while
/// the provider is down.
pub async fn start(
    request: HttpRequest,
    wish: Params<Wish>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    match depart(&request, &wish, &state).await {
        Err(error) if !matches!(error, ApiError::Internal(_)) => {
            Ok(failed(&request, &state, &error))
        }
        answer => answer,
    }
}

async fn depart(
    request: &HttpRequest,
    wish: &Wish,
    state: &State,
) -> Result<HttpResponse, ApiError> {
    let sign_in = sign_in(state)?;
    if let Some(there) = by_its_name(request, state) {
        return Ok(lead(&there, []));
    }
    let return_to = wish.return_to.as_deref().map(ReturnTo::parse).transpose();
    let return_to = return_to.map_err(|error| ApiError::Invalid(error.to_string()))?;
    let departure = sign_in.provider.start().await;
    let departure = departure.map_err(|error| failure(state, error))?;
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

/// The same at the public URL, if it was asked for by another of this machine's
/// names. Whoever changes the port on the way may change the name as well, and
/// would be led in a circle.
fn by_its_name(request: &HttpRequest, state: &State) -> Option<String> {
    let public = &state.public_url;
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    let called = Url::parse(&format!("{}://{host}", public.scheme())).ok()?;
    let is_other = called.host() != public.host() && called.port() == public.port();
    let wish = request.uri().path_and_query()?.as_str();
    (state.is_loopback && is_loopback(public) && is_other)
        .then(|| format!("{}{wish}", public.as_str().trim_end_matches('/')))
}

/// `GET /auth/callback`: back from the provider. Signs in, or says what to do; the
/// login cookie is of no more use then, unless there was no place.
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
            let mut answer = failed(&request, &state, &error);
            let is_spent = !matches!(error, ApiError::NotFound(_) | ApiError::Busy);
            if is_spent {
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
    let answer = params::read::<Answer>(request.query_string());
    let answer = answer.map_err(|_| again(state, BROKEN))?;
    let place = sign_in.places.try_acquire();
    let _place = place.map_err(|_| ApiError::Busy)?;
    let cookie = state.browsers.jar.login_of(request);
    let pending = cookie
        .and_then(|cookie| Pending::open(&state.secret, &cookie, &answer.state, now))
        .filter(|pending| sign_in.used.claim(pending, now))
        .ok_or_else(|| again(state, STRANGE))?;
    let untrue = |error| failure(state, error);
    let provider = &sign_in.provider;
    let checked = provider.check_issuer(answer.iss.as_deref()).await;
    checked.map_err(untrue)?;
    let arrival = Arrival {
        code: answer
            .code
            .as_deref()
            .ok_or_else(|| again(state, NOT_DONE))?,
        nonce: &pending.nonce,
        verifier: &pending.verifier,
    };
    let (owner, scopes) = provider.finish(&arrival).await.map_err(untrue)?;
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
