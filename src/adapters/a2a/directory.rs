//! The agents that can be talked to.

use std::sync::Arc;

use crate::{
    config::{AgentConfig, AgentKind, CardConfig},
    domain::target::OWN_CHAT,
};

/// An agent as callers know it.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Its name, which is also its tenant and what a task's `target` says.
    pub name: String,
    /// What it speaks.
    pub kind: AgentKind,
    /// What it is for.
    pub description: String,
    /// What its card says.
    pub card: CardConfig,
}

/// Every agent, and which is meant when none is named.
#[derive(Clone, Debug)]
pub struct Directory {
    agents: Vec<Arc<Agent>>,
    default: String,
}

impl Directory {
    /// The configured agents, and the gateway's own chat.
    pub fn new(agents: &[AgentConfig], default: &str) -> Self {
        let own = Agent {
            name: OWN_CHAT.to_owned(),
            kind: AgentKind::Chat,
            description: "Answers with the model behind this gateway.".to_owned(),
            card: CardConfig::default().of_kind(AgentKind::Chat),
        };
        let others = agents.iter().map(|one| Agent {
            name: one.agent.name.clone(),
            kind: one.kind,
            description: one.description.clone(),
            card: one.card.clone(),
        });
        Self {
            agents: std::iter::once(own).chain(others).map(Arc::new).collect(),
            default: default.to_owned(),
        }
    }

    /// The agent of this name; the default one for an empty name.
    pub fn find(&self, name: &str) -> Option<&Arc<Agent>> {
        let name = if name.is_empty() { &self.default } else { name };
        self.agents.iter().find(|agent| agent.name == name)
    }

    /// All of them.
    pub fn all(&self) -> &[Arc<Agent>] {
        &self.agents
    }

    /// Whether `agent` is the one that is meant when none is named.
    pub fn is_default(&self, agent: &Agent) -> bool {
        agent.name == self.default
    }
}
