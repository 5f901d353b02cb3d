//! The card an agent keeps for those it knows.

use std::{sync::Arc, time::Duration};

use a2a::{A2AError, AgentCard, GetExtendedAgentCardRequest, error_code as code};
use a2a_client::{ServiceParams, middleware::CallInterceptor};
use async_trait::async_trait;

use crate::{
    adapters::{
        a2a::{
            client::{self, fault::Fault},
            interface,
        },
        identity::mint::{Delegated, Minter},
        runner::Parts,
    },
    config::AgentConfig,
    domain::{
        header::percent_encoded,
        id::{Owner, SessionId},
        identity::Scopes,
        time::UnixMillis,
    },
};

/// How long the agent may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long its token is good, in milliseconds.
const TOKEN_MS: i64 = 60_000;

/// In whose name an agent is asked.
#[derive(Clone, Debug)]
pub struct Behalf {
    /// The person.
    pub owner: Owner,
    /// Their session.
    pub session: SessionId,
    /// What the agent may do meanwhile.
    pub scopes: Scopes,
    /// The agents they come through, the nearest first.
    pub actors: Vec<String>,
}

/// Asks `agent` for the card that it shows to `whose`.
///
/// # Errors
///
/// It has none; it is away or answers nonsense.
pub(in crate::adapters::runner) async fn extended(
    parts: &Parts,
    agent: &AgentConfig,
    whose: Behalf,
) -> Result<AgentCard, A2AError> {
    let asked = tokio::time::timeout(PATIENCE, ask(parts, agent, whose));
    match asked.await {
        Ok(Ok(card)) => Ok(card),
        Ok(Err(error)) => Err(said(error)),
        Err(_) => Err(A2AError::internal("the agent did not answer within 10 s")),
    }
}

async fn ask(parts: &Parts, agent: &AgentConfig, whose: Behalf) -> Result<AgentCard, A2AError> {
    let means = &parts.means;
    let internal = |error: &dyn std::fmt::Display| A2AError::internal(error.to_string());
    let card = means.cards.named(&agent.agent.name).await;
    let card = card.map_err(|error| internal(&error))?;
    let chosen = interface::choose(&card, &agent.agent, &means.rules);
    let (interface, to) = chosen.map_err(|error| internal(&error))?;
    let client = means.clients.to(&to).map_err(|error| internal(&error))?;
    let badge = Badge {
        minter: means.minter.clone(),
        agent: agent.agent.name.clone(),
        whose,
    };
    let client = client::connect(&interface, client.clone(), Arc::new(badge))?;
    let request = GetExtendedAgentCardRequest { tenant: None };
    client.get_extended_agent_card(&request).await
}

/// What its error is to the caller: its own word where it has one.
fn said(error: A2AError) -> A2AError {
    match (Fault::of(&error), error.code) {
        (_, code::EXTENDED_CARD_NOT_CONFIGURED) => A2AError::extended_card_not_configured(),
        (Fault::Unsupported, _) => A2AError::unsupported_operation(error.message),
        (Fault::Nonsense | Fault::TooLarge, _) => {
            A2AError::new(code::INVALID_AGENT_RESPONSE, error.message)
        }
        _ => A2AError::internal(error.message),
    }
}

struct Badge {
    minter: Arc<Minter>,
    agent: String,
    whose: Behalf,
}

#[async_trait]
impl CallInterceptor for Badge {
    async fn before(&self, _: &str, params: &mut ServiceParams) -> Result<(), A2AError> {
        let (whose, now) = (&self.whose, UnixMillis::now());
        let actors = [&[self.agent.clone()][..], &whose.actors].concat();
        let delegated = Delegated {
            owner: &whose.owner,
            task: None,
            session: &whose.session,
            scopes: whose.scopes,
            actors: &actors,
            key: None,
            expires_at: now.plus(TOKEN_MS),
        };
        let token = self.minter.mint(&delegated, now);
        let unmade = |error| A2AError::internal(format!("no token could be made: {error}"));
        let token = token.map_err(unmade)?;
        for (name, value) in [
            ("Authorization", format!("Bearer {token}")),
            ("X-Attach-User", percent_encoded(&whose.owner.user)),
            ("X-Attach-Issuer", percent_encoded(&whose.owner.issuer)),
            ("X-Attach-Session", whose.session.0.to_string()),
        ] {
            params.insert(name.to_owned(), vec![value]);
        }
        Ok(())
    }
}
