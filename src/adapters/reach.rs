//! Whether agents and engines answer.

mod away;
mod listen;
mod looks;

use std::{collections::HashMap, sync::Arc};

use futures_util::future::join_all;

use crate::{
    adapters::{
        a2a::cards::AgentCards,
        engine::{Engine, Engines},
    },
    config::{AgentConfig, AgentKind},
    domain::target::OWN_CHAT,
};
pub use away::Away;
use listen::listens;
pub use looks::Look;
use looks::Looks;

/// Looks at them, each at most once in five seconds for all who ask, and within two.
/// A clone is cheap.
#[derive(Clone, Debug)]
pub struct Reach(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    agents: HashMap<String, AgentConfig>,
    cards: AgentCards,
    engines: Engines,
    at_agents: Looks,
    at_engines: Looks,
}

impl Reach {
    /// Looks at these; at none yet.
    pub fn new(agents: &[AgentConfig], cards: AgentCards, engines: Engines) -> Self {
        let agents = agents
            .iter()
            .map(|one| (one.agent.name.clone(), one.clone()));
        Self(Arc::new(Parts {
            agents: agents.collect(),
            cards,
            engines,
            at_agents: Looks::default(),
            at_engines: Looks::default(),
        }))
    }

    /// Whether the agent of this name answers: one that speaks A2A gives its card,
    /// another is connected to. The gateway's own chat answers where an engine does.
    pub async fn agent(&self, name: &str) -> Look {
        if name == OWN_CHAT {
            return self.chat().await;
        }
        self.0.at_agents.at(name, self.ask(name)).await
    }

    /// Whether `engine` is there: it is connected to.
    pub async fn engine(&self, engine: &Engine) -> Look {
        let ask = listens(engine.url(), true);
        self.0.at_engines.at(engine.name(), ask).await
    }

    /// The best of all engines.
    async fn chat(&self) -> Look {
        let engines = self.0.engines.all().iter();
        let looks = join_all(engines.map(|engine| self.engine(engine))).await;
        let best = looks.into_iter().min_by_key(|look| (look.why, look.took));
        best.unwrap_or_default()
    }

    async fn ask(&self, name: &str) -> Result<(), Away> {
        let agent = self.0.agents.get(name).ok_or(Away::Unconfigured)?;
        listens(&agent.agent.url, agent.agent.internal).await?;
        match agent.kind {
            AgentKind::Chat => Ok(()),
            AgentKind::A2a => Ok(self.0.cards.ask_now(name).await?),
        }
    }
}
