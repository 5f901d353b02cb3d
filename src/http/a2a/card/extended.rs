//! GetExtendedAgentCard: the card with what only this caller may know.

use std::sync::Arc;

use a2a::{A2AError, AgentCard};

use super::{Signed, theirs};
use crate::{
    adapters::runner::Behalf,
    config::AgentKind,
    domain::identity::Scope,
    http::a2a::{Call, Refusal},
};

impl Call {
    /// The public card, and on it the skills that the caller's scopes open.
    ///
    /// # Errors
    ///
    /// The agent has no extended card.
    pub async fn extended_card(&self) -> Result<AgentCard, Refusal> {
        Ok(self.signed_extended_card().await?.card.clone())
    }

    /// The same, ready to be sent by HTTP.
    ///
    /// # Errors
    ///
    /// As [`extended_card`](Self::extended_card).
    pub async fn signed_extended_card(&self) -> Result<Arc<Signed>, Refusal> {
        let known = theirs(&self.state, &self.agent).await;
        let cards = &self.state.cards;
        let public = cards.public(&self.agent, known.as_deref())?;
        if public.card.capabilities.extended_agent_card != Some(true) {
            let text = "the agent has no extended card; its public card is all there is";
            return Err(A2AError::unsupported_operation(text).into());
        }
        let told = self.told_to_caller().await?.or(known);
        let holds = |scope: &str| self.holds(scope);
        Ok(cards.extended(&self.agent, told.as_deref(), holds)?)
    }

    /// What an agent that speaks A2A itself tells this caller; `None` where it
    /// is not asked.
    async fn told_to_caller(&self) -> Result<Option<Arc<AgentCard>>, Refusal> {
        if self.agent.kind != AgentKind::A2a {
            return Ok(None);
        }
        let (caller, required) = (&self.caller, self.state.required_scopes);
        let whose = Behalf {
            owner: caller.identity.owner.clone(),
            session: caller.session.clone(),
            scopes: caller.identity.delegable(required),
            actors: caller.agents().to_vec(),
        };
        let runner = &self.state.runner;
        let card = runner.extended_card(&self.agent.name, whose).await?;
        Ok(Some(Arc::new(card)))
    }

    /// Whether the caller may all that `words` name. A word that is none of ours
    /// nobody holds.
    fn holds(&self, words: &str) -> bool {
        let required = self.state.required_scopes;
        words
            .split(' ')
            .filter(|word| !word.is_empty())
            .all(|word| {
                let scope = Scope::ALL.into_iter().find(|one| one.name() == word);
                scope.is_some_and(|scope| self.caller.identity.may(scope, required))
            })
    }
}
