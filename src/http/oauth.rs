//! `POST /oauth/token`: token exchange (RFC 8693). A caller's own token in, a
//! narrower one of the gateway's out.

mod form;

use actix_web::{HttpMessage, HttpRequest, HttpResponse, http::header, web};
use serde_json::json;

use crate::{
    actors::auth::AuthError,
    adapters::identity::mint::Delegated,
    domain::{
        identity::{Identity, Scopes},
        time::UnixMillis,
    },
    http::{State, body, caller::Caller, error::ApiError},
};
use form::{ACCESS_TOKEN, Form};

/// The longest form, in bytes: two tokens and some words.
const MAX_FORM: usize = 32 * 1024;
/// The longest life of what is handed out, in milliseconds.
const MAX_LIFE_MS: i64 = 3_600_000;

/// Exchanges a token.
///
/// # Errors
///
/// 400 with a code of RFC 6749 section 5.2: `invalid_request` (also for a token
/// that is not taken), `invalid_scope`, `invalid_target`,
/// `unsupported_grant_type`; 503 where a token cannot be checked now.
pub async fn exchange(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, MAX_FORM).await?;
    let form = Form::read(&bytes)?;
    form.check_target(state.minter.public_url())?;
    let now = UnixMillis::now();
    let subject = known(&request, &state, form.subject_token(), now).await?;
    let mut actors = subject.agents().to_vec();
    if let Some(token) = form.actor_token() {
        let actor = known(&request, &state, token, now).await?;
        actors.insert(0, name_of(&actor));
    }
    if actors.len() > state.tasks.max_depth as usize {
        let text = "too many agents act in a row; raise TASK_MAX_DEPTH if that is meant";
        return Err(ApiError::OAuth("invalid_request", text.to_owned()));
    }
    let scopes = narrowed(&subject.identity, form.scope(), state.required_scopes)?;
    let answer = handed_out(&state, &subject, &actors, scopes, now);
    request.extensions_mut().insert(subject);
    answer
}

fn handed_out(
    state: &State,
    subject: &Caller,
    actors: &[String],
    scopes: Scopes,
    now: UnixMillis,
) -> Result<HttpResponse, ApiError> {
    let delegated = Delegated {
        owner: &subject.identity.owner,
        task: subject.task(),
        session: &subject.session,
        scopes,
        actors,
        key: subject.identity.api_key().map(|key| &**key),
        expires_at: subject.identity.expires_at.min(now.plus(MAX_LIFE_MS)),
    };
    let token = state.minter.mint(&delegated, now);
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({
            "access_token": token.map_err(ApiError::internal)?,
            "issued_token_type": ACCESS_TOKEN,
            "token_type": "Bearer",
            "expires_in": (delegated.expires_at.0 - now.0).max(0) / 1000,
            "scope": scopes.to_text(),
        })))
}

/// Whoever a token in the form proves, for whom everything holds that holds for
/// one who calls with it.
async fn known(
    request: &HttpRequest,
    state: &State,
    token: &str,
    now: UnixMillis,
) -> Result<Caller, ApiError> {
    let from = request.peer_addr().map(|peer| peer.ip());
    let identity = state.auth.verify(token, from, now).await;
    let identity = identity.map_err(|error| told(error.into()))?;
    // The leeway of clocks is for those who check, not for what is handed out.
    if identity.expires_at <= now {
        return Err(told(AuthError::Expired.into()));
    }
    let caller = Caller::known(request, state, identity)?;
    caller.is_still_good(state).await.map_err(told)?;
    Ok(caller)
}

/// What is wrong with a token in the form, in the words of RFC 8693 section
/// 2.2.2; what is wrong with the gateway stays as it is.
fn told(error: ApiError) -> ApiError {
    match error {
        ApiError::Token(
            fault @ (AuthError::Invalid | AuthError::Expired | AuthError::NotYetValid),
        ) => ApiError::OAuth("invalid_request", fault.to_string()),
        other => other,
    }
}

/// The scopes asked for, which are among those that may be handed on; all of
/// them where none are asked for.
fn narrowed(identity: &Identity, asked: Option<&str>, required: bool) -> Result<Scopes, ApiError> {
    let all = identity.exchangeable(required);
    let scopes = asked.map_or(Some(all), Scopes::parse_known);
    scopes
        .filter(|scopes| !scopes.is_empty() && scopes.is_within(all))
        .ok_or_else(|| {
            let text = match all.is_empty() {
                true => "the subject token has no scope to hand on".to_owned(),
                false => format!("ask for some of: {}", all.to_text()),
            };
            ApiError::OAuth("invalid_scope", text)
        })
}

/// What `act` calls whoever proves to be the actor: an agent by its name, anyone
/// else so that they cannot be taken for one.
fn name_of(actor: &Caller) -> String {
    let owner = &actor.identity.owner;
    let person = || format!("{}@{}", owner.user, owner.issuer);
    actor.agent().map_or_else(person, str::to_owned)
}
