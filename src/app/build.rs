//! From a configuration to everything that handlers share: each part is built by
//! a file of its own, the lowest first.

mod aging;
mod callers;
mod site;
mod spending;
mod tables;
mod tasks;
mod temporal;

use std::{net::SocketAddr, sync::atomic::AtomicBool, time::Duration};

use super::{StartError, grpc::Listener};
use crate::{
    adapters::{
        a2a::{cards::AgentCards, directory::Directory},
        clients::Clients,
        database::Database,
        engine::Engines,
        reach::Reach,
        secret::Secret,
    },
    config::{AgentConfig, AgentKind, Config, Durability},
    domain::{time::UnixMillis, token::Counter},
    http::{
        LoginConfig, State,
        a2a::{card::Cards, tail::Tails},
        counting::Counting,
        door::Door,
    },
};
use callers::Callers;
use site::Site;
use spending::Spending;
use tables::Tables;
use tasks::{Outside, Tasks};

fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StartError {
    StartError::Other(error.into())
}

/// What is built, before it is one thing.
struct Parts {
    site: Site,
    callers: Callers,
    spending: Spending,
    tables: Tables,
    tasks: Tasks,
    agent_cards: AgentCards,
}

pub(super) async fn state(
    config: &Config,
    database: &Database,
    secret: Secret,
    (address, grpc): (SocketAddr, &Listener),
) -> Result<State, StartError> {
    let site = Site::of(config, address)?;
    let spending = Spending::start(config, database).await?;
    let tables = Tables::start(config, database, &spending.metrics)?;
    let callers = Callers::start(config, (&site, &tables, &spending), (database, secret)).await?;
    let (clients, agent_cards) = agents(config)?;
    let outside = Outside {
        clients,
        cards: agent_cards.clone(),
        minter: callers.minter.clone(),
        secret: callers.secret.clone(),
        metrics: spending.metrics.clone(),
        traces: spending.traces.clone(),
    };
    // Tasks come last: one that has begun when a later part fails has lost a try.
    let tasks = Tasks::start(config, database, (&site, &tables), outside).await?;
    let parts = Parts {
        site,
        callers,
        spending,
        tables,
        tasks,
        agent_cards,
    };
    Ok(parts.joined(config, grpc))
}

impl Parts {
    /// All of it, with what the configuration says as it stands.
    fn joined(self, config: &Config, grpc: &Listener) -> State {
        let place = self.site.cards(config, grpc.port);
        let engines = Engines::new(config.engines.clone());
        let warnings = config.warnings.iter().chain(&grpc.warning);
        State {
            cards: Cards::new(place, self.callers.minter.clone()),
            directory: Directory::new(&config.agents, &config.a2a.default_agent),
            reach: Reach::new(&config.agents, self.agent_cards.clone(), engines.clone()),
            agent_cards: self.agent_cards,
            tails: Tails::default(),
            v03: config.a2a.v03,
            auth: self.callers.auth,
            minter: self.callers.minter,
            browsers: self.callers.browsers,
            secret: self.callers.secret,
            sessions: self.callers.sessions,
            api_keys: self.tables.api_keys,
            sign_in: self.callers.sign_in,
            login: login(config),
            required_scopes: config.auth.required_scopes,
            session_v0: config.auth.session_v0,
            origins: config.auth.origins.clone(),
            feed: self.tasks.feed,
            webhooks: self.tasks.webhooks,
            courier: self.tasks.courier,
            supervisor: self.tasks.supervisor,
            temporal: self.tasks.temporal,
            store: self.tasks.store,
            targets: self.tasks.targets,
            runner: self.tasks.runner,
            tasks: config.tasks,
            engines,
            door: Door::new(config.max_in_flight),
            max_request_bytes: config.max_request_bytes,
            quota: self.spending.quota,
            counter: Counter::load_all(config.encoding),
            counting: Counting::default(),
            usage: self.spending.usage,
            usage_table: self.spending.table,
            prices: config.prices.clone(),
            is_strict: config.durability == Durability::Strict,
            metrics: self.spending.metrics,
            traces: self.spending.traces,
            reporting: self.spending.reporting,
            counts_usage: config.metering.is_prometheus(),
            memory: self.tables.memory,
            accesses: self.tables.accesses,
            access_log: self.tables.access_log,
            memory_keeps_ms: config.memory.retention.map(millis),
            mirror: self.tables.mirror,
            forwarder: self.tables.forwarder,
            realm: self.site.realm(),
            is_loopback: self.site.is_loopback(),
            public_url: self.site.public_url,
            warnings: warnings.cloned().collect(),
            began_at: UnixMillis::now(),
            draining: AtomicBool::new(false),
        }
    }
}

/// The way to agents, and what they publish, which is asked for at once.
fn agents(config: &Config) -> Result<(Clients, AgentCards), StartError> {
    let clients = Clients::new().map_err(other)?;
    let cards = AgentCards::new(&config.agents, clients.clone());
    actix_web::rt::spawn(meet(cards.clone(), config.agents.clone()));
    Ok((clients, cards))
}

/// Fetches the cards of agents that speak A2A, so that the first who asks need not
/// wait; one that is away is asked again when somebody wants it.
async fn meet(cards: AgentCards, agents: Vec<AgentConfig>) {
    for agent in agents.iter().filter(|one| one.kind == AgentKind::A2a) {
        let _ = cards.named(&agent.agent.name).await;
    }
}

/// A span as the tables have it.
fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

fn login(config: &Config) -> LoginConfig {
    let (domain, client_id) = config.auth.auth0.clone();
    LoginConfig {
        domain,
        client_id,
        audience: config.auth.audience.clone(),
    }
}
