//! What goes with every call of an agent: for whom it works, and a token for it.

use std::{sync::Arc, time::Duration};

use a2a::{A2AError, SVC_PARAM_EXTENSIONS, jsonrpc::methods};
use a2a_client::{ServiceParams, middleware::CallInterceptor};
use async_trait::async_trait;

use crate::{
    adapters::{
        identity::mint::Minter,
        runner::{Parts, call, mint},
        store::Claimed,
    },
    config::AgentConfig,
    domain::{a2a::message::Request, header::percent_encoded},
};

/// Puts headers on the calls of one attempt. The token is made anew for each: an
/// agent may take longer than one is good for.
pub(super) struct Badge {
    minter: Arc<Minter>,
    claimed: Arc<Claimed>,
    actors: Vec<String>,
    limit: Duration,
    /// What the caller asked for, as a header.
    extensions: Option<String>,
}

impl Badge {
    pub(super) fn new(
        parts: &Parts,
        claimed: &Arc<Claimed>,
        request: &Request,
        agent: &AgentConfig,
    ) -> Self {
        let mut actors = vec![agent.agent.name.clone()];
        actors.extend(claimed.actors.iter().cloned());
        let uris = request.extensions.iter().map(|uri| percent_encoded(uri));
        let uris: Vec<String> = uris.collect();
        Self {
            minter: parts.means.minter.clone(),
            claimed: claimed.clone(),
            actors,
            limit: agent.timeout.unwrap_or(parts.means.timeout),
            extensions: (!uris.is_empty()).then(|| uris.join(", ")),
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
        if let Some(uris) = &self.extensions {
            put(SVC_PARAM_EXTENSIONS, uris.clone());
        }
        if matches!(
            method,
            methods::SEND_MESSAGE | methods::SEND_STREAMING_MESSAGE
        ) {
            put("Idempotency-Key", key(&self.claimed));
        }
        Ok(())
    }
}

/// The same however often one message is sent, and another for each that the
/// task gets: callers may use a messageId again.
fn key(claimed: &Claimed) -> String {
    let task = claimed.attempt.task;
    match claimed.answer {
        None => task.to_string(),
        Some(answer) => format!("{task}:{}", answer.seq),
    }
}
