//! The A2A 1.0 face and the 0.3 one, over the same rows as the plain one. The
//! operations are here, told apart from the bindings that carry them.

mod asked;
mod cancel;
pub mod card;
pub(in crate::http) mod envelope;
mod follow;
pub mod grpc;
pub mod jsonrpc;
mod lists;
mod modes;
mod push;
mod refusal;
pub mod rest;
mod send;
mod sse;
pub mod tail;
mod tasks;
mod turns;
mod v03;

use std::sync::Arc;

use a2a::A2AError;
use actix_web::web;

use crate::{
    adapters::a2a::directory::Agent,
    domain::a2a::error,
    http::{State, caller::Caller},
};
pub use follow::{Following, Told};
pub use refusal::Refusal;
pub use send::Sent;

/// One operation that someone asks of an agent.
pub struct Call {
    /// Everything handlers share.
    pub state: web::Data<State>,
    /// Who asks.
    pub caller: Caller,
    /// Whom.
    pub agent: Arc<Agent>,
    /// The extensions the caller knows: `A2A-Extensions`.
    pub extensions: Vec<String>,
    /// `Idempotency-Key`.
    pub key: Option<String>,
}

impl Call {
    /// # Errors
    ///
    /// The agent does not stream.
    fn wants_streaming(&self) -> Result<(), A2AError> {
        match self.agent.card.streaming {
            true => Ok(()),
            false => Err(A2AError::unsupported_operation(
                "the agent does not stream; send the message without",
            )),
        }
    }

    /// # Errors
    ///
    /// The agent requires an extension that the caller does not name.
    fn knows_extensions(&self) -> Result<(), A2AError> {
        let known = extensions(&self.state, &self.agent).into_iter();
        let mut required = known.filter_map(|(uri, required)| required.then_some(uri));
        let missing = required.find(|uri| !self.extensions.contains(uri));
        missing.map_or(Ok(()), |uri| Err(error::extension_required(&uri)))
    }
}

impl Call {
    /// The extensions that the caller names and the agent knows.
    fn active_extensions(&self) -> Vec<String> {
        let known = extensions(&self.state, &self.agent).into_iter();
        let known = known.map(|(uri, _)| uri);
        known.filter(|uri| self.extensions.contains(uri)).collect()
    }
}

/// The extensions that `agent` knows, by its configuration and by its own card,
/// and whether each is required.
fn extensions(state: &State, agent: &Agent) -> Vec<(String, bool)> {
    let ours = agent.card.extensions.iter();
    let mut known: Vec<_> = ours.map(|e| (e.uri.clone(), e.required)).collect();
    let card = state.agent_cards.known(&agent.name);
    let theirs = card
        .as_ref()
        .and_then(|card| card.capabilities.extensions.as_ref());
    for one in theirs.into_iter().flatten() {
        if known.iter().all(|(uri, _)| *uri != one.uri) {
            known.push((one.uri.clone(), one.required == Some(true)));
        }
    }
    known
}
