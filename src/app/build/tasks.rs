//! Tasks: where they are kept, who runs them, and who is told.

use std::sync::Arc;

use super::{Site, StartError, Tables, other, temporal};
use crate::{
    actors::{
        courier::{Courier, Pace},
        feed::Feed,
        supervisor::Supervisor,
        task::Workshop,
    },
    adapters::{
        a2a::cards::AgentCards,
        clients::Clients,
        database::Database,
        identity::mint::Minter,
        push::Webhooks,
        runner::{Means, Runner},
        secret::Secret,
        store::Store,
        temporal::Workflows,
        trace::Traces,
        usage::prometheus::Prometheus,
    },
    config::Config,
    domain::{
        a2a::push::WebhookRules,
        target::{Destination, TargetRules},
        task::RetryPolicy,
        time::UnixMillis,
    },
    http::temporal::InTemporal,
};

/// The delay before a task's second try; it doubles after that.
const FIRST_DELAY_MS: u32 = 1000;

/// What it takes to reach agents and webhooks.
pub(super) struct Outside {
    pub(super) clients: Clients,
    pub(super) cards: AgentCards,
    pub(super) minter: Arc<Minter>,
    pub(super) secret: Secret,
    pub(super) metrics: Prometheus,
    pub(super) traces: Traces,
}

/// Tasks, running from now on.
pub(super) struct Tasks {
    pub(super) store: Store,
    pub(super) targets: TargetRules,
    pub(super) runner: Runner,
    pub(super) supervisor: Supervisor,
    pub(super) temporal: Option<InTemporal>,
    pub(super) feed: Feed,
    pub(super) webhooks: Webhooks,
    pub(super) courier: Courier,
}

impl Tasks {
    /// # Errors
    ///
    /// The rows cannot be read; a client cannot be built.
    pub(super) async fn start(
        config: &Config,
        database: &Database,
        (site, tables): (&Site, &Tables),
        outside: Outside,
    ) -> Result<Self, StartError> {
        let store = store(database).await?;
        let (targets, own_chat) = site.own_chat(config.targets.clone())?;
        let webhooks = webhooks(config, database, &store, &outside);
        let (metrics, traces) = (outside.metrics.clone(), outside.traces.clone());
        let (counted, counted_too) = (metrics.clone(), metrics.clone());
        let courier = Courier::start(store.clone(), webhooks.clone(), counted, Pace::default());
        let workflows = temporal::workflows(config, database, &store).await?;
        let to = (targets.clone(), own_chat);
        let runner = runner(config, &store, (to, workflows.clone()), outside);
        let workshop = Workshop {
            store: store.clone(),
            runner: runner.clone(),
            policy: RetryPolicy {
                max_attempts: config.tasks.max_attempts,
                first_delay_ms: FIRST_DELAY_MS,
            },
            mirror: tables.mirror.clone(),
            metrics,
            traces,
        };
        let supervisor = Supervisor::start(workshop, config.tasks);
        let means = temporal::Means {
            database,
            store: &store,
            supervisor: &supervisor,
            mirror: &tables.mirror,
            metrics: &counted_too,
        };
        let temporal = workflows.map(|one| temporal::start(config, one, means));
        Ok(Self {
            courier: courier.map_err(other)?,
            supervisor,
            temporal,
            feed: Feed::start(store.changes()),
            store,
            targets,
            runner,
            webhooks,
        })
    }
}

/// The rows, with what the last process left, and what other gateways do to them.
async fn store(database: &Database) -> Result<Store, StartError> {
    let store = Store::open(database.clone()).await.map_err(other)?;
    store.listen();
    let taken = store.take_back(UnixMillis::now()).await.map_err(other)?;
    if taken > 0 {
        tracing::info!(tasks = taken, "going on with what the last process left");
    }
    Ok(store)
}

fn webhooks(config: &Config, database: &Database, store: &Store, outside: &Outside) -> Webhooks {
    let allow = config.a2a.push_allow.clone();
    let (store, secret) = (store.clone(), outside.secret.clone());
    Webhooks::new(database.clone(), store, secret, WebhookRules { allow })
}

fn runner(
    config: &Config,
    store: &Store,
    ((rules, own_chat), workflows): ((TargetRules, Destination), Option<Workflows>),
    outside: Outside,
) -> Runner {
    Runner::new(Means {
        rules,
        own_chat,
        agents: config.agents.clone(),
        store: store.clone(),
        workflows,
        minter: outside.minter,
        clients: outside.clients,
        cards: outside.cards,
        timeout: config.tasks.timeout,
        lease: config.tasks.lease,
    })
}
