//! The A2A face of an agent: the official server's bindings over our own tasks.

mod card;
mod door;
mod draft;
mod executor;
mod shelf;
mod teller;
mod turn;

use std::sync::Arc;

use a2a::{A2AError, error_code};
use a2a_server::{DefaultRequestHandler, ServiceParams, jsonrpc, rest};
use axum::{Router, middleware};
use serde_json::Value;

pub(crate) use self::{
    card::Profile,
    draft::Draft,
    executor::{Work, work as executor_work},
    teller::{Event, Piece, Teller, telling},
    turn::Turn,
};
use self::{executor::Executor, shelf::Shelf};
use crate::{call::Call, error::Error, gateway::Gateway};

/// The routes of an agent that does `work`.
pub(crate) fn router(profile: &Profile, work: Work) -> Router {
    let shelf = Shelf::default();
    let known = profile.clone();
    let handler = DefaultRequestHandler::new(Executor::new(work, shelf.clone()), shelf)
        .with_capabilities(profile.capabilities())
        .with_extended_agent_card_resolver(move |params: &ServiceParams| known.extended(params))
        .with_authorizer(demanded(profile.required_extension.clone()));
    let handler = Arc::new(handler);
    let bindings = jsonrpc::jsonrpc_router(handler.clone()).merge(rest::rest_router(handler));
    let is_guarded = profile.is_guarded;
    bindings
        .layer(middleware::from_fn(move |request, next| {
            door::enter(is_guarded, request, next)
        }))
        .merge(card::router(profile))
}

/// The routes of an agent that acts for people: what `work` gives, beside what
/// it tells, are the documents it left, which stand in the metadata of the end.
pub(crate) fn acting<F, Fut>(profile: &Profile, gateway: Arc<Gateway>, work: F) -> Router
where
    F: Fn(Arc<Gateway>, Call, Teller) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Value, Error>> + Send + 'static,
{
    let act = move |turn: Turn, teller: Teller| {
        let (gateway, work) = (gateway.clone(), work.clone());
        async move {
            let teller = teller.opening(turn.opening());
            let call = Call::over_a2a(&turn);
            let done = match call {
                Ok(call) => work(gateway, call, teller.clone()).await,
                Err(error) => Err(error),
            };
            match done {
                Ok(left) => teller.completed(left).await,
                // There is no task yet: whoever asked may ask again.
                Err(error) if error.may_pass() && !teller.is_open() => {
                    tracing::warn!(task = %turn.task_id, %error, "not now");
                    teller.refused(error.to_a2a()).await;
                }
                Err(error) => {
                    tracing::warn!(task = %turn.task_id, %error, "task failed");
                    teller.failed(&error.to_string()).await;
                }
            }
        }
    };
    router(profile, executor::work(act))
}

/// Refuses callers that do not know the extension they must know.
fn demanded(
    uri: Option<String>,
) -> impl Fn(&ServiceParams, Option<&str>) -> Result<(), A2AError> + Send + Sync {
    move |params, _task| match &uri {
        Some(uri) if !knows(params, uri) => {
            let text = format!("extension {uri} is required: name it in a2a-extensions");
            Err(A2AError::new(error_code::EXTENSION_SUPPORT_REQUIRED, text))
        }
        _ => Ok(()),
    }
}

fn knows(params: &ServiceParams, uri: &str) -> bool {
    let named = params.get("a2a-extensions").into_iter().flatten();
    named
        .flat_map(|list| list.split(','))
        .any(|one| one.trim() == uri)
}
