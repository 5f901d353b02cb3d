//! What goes with every call of an agent: for whom it works, and a token for it.

use std::{sync::Arc, time::Duration};

use a2a::{A2AError, SVC_PARAM_EXTENSIONS, jsonrpc::methods};
use a2a_client::{ServiceParams, middleware::CallInterceptor};
use async_trait::async_trait;

use super::outgoing;
use crate::{
    adapters::{
        identity::mint::Minter,
        runner::{Parts, call, mint},
        store::Claimed,
    },
    config::AgentConfig,
    domain::header::percent_encoded,
};

/// Puts headers on the calls of one attempt. The token is made anew for each: an
/// agent may take longer than one is good for.
pub(super) struct Badge {
    minter: Arc<Minter>,
    claimed: Claimed,
    actors: Vec<String>,
    limit: Duration,
    extensions: Vec<String>,
    message: String,
}

impl Badge {
    pub(super) fn new(parts: &Parts, claimed: &Claimed, agent: &AgentConfig) -> Self {
        let mut actors = vec![agent.agent.name.clone()];
        actors.extend(claimed.actors.iter().cloned());
        let request = outgoing::request(claimed);
        Self {
            minter: parts.means.minter.clone(),
            claimed: claimed.clone(),
            actors,
            limit: agent.timeout.unwrap_or(parts.means.timeout),
            extensions: request.extensions,
            message: request.message.message_id,
        }
    }
}

#[async_trait]
impl CallInterceptor for Badge {
    async fn before(&self, method: &str, params: &mut ServiceParams) -> Result<(), A2AError> {
        let token = mint(&self.minter, &self.claimed, &self.actors, self.limit);
        let unmade = |error| A2AError::internal(format!("no token could be made: {error}"));
        let token = token.map_err(unmade)?;
        let mut put = |name: &str, value: String| params.insert(name.to_owned(), vec![value]);
        put("Authorization", format!("Bearer {token}"));
        for (name, value) in call::headers(&self.claimed) {
            put(name, value);
        }
        if !self.extensions.is_empty() {
            let uris = self.extensions.iter().map(|uri| percent_encoded(uri));
            let uris: Vec<String> = uris.collect();
            put(SVC_PARAM_EXTENSIONS, uris.join(", "));
        }
        if matches!(
            method,
            methods::SEND_MESSAGE | methods::SEND_STREAMING_MESSAGE
        ) {
            let task = self.claimed.attempt.task;
            let key = format!("{task}:{}", percent_encoded(&self.message));
            put("Idempotency-Key", key);
        }
        Ok(())
    }
}
