//! Floor 3: requests in, answers out.

pub mod a2a;
pub mod agents;
mod answer;
pub mod bill;
pub mod body;
pub mod browser;
pub mod caller;
pub mod chat;
pub mod cors;
pub mod counting;
pub mod door;
pub mod edge;
pub mod error;
pub mod headers;
pub mod login;
pub mod me;
mod meant;
pub mod memory;
pub mod oauth;
pub mod ops;
mod params;
mod parts;
pub mod request_id;
mod routes;
pub mod scrape;
pub mod span;
pub mod tap;
pub mod tasks;
pub mod temporal;
pub mod usage;
pub mod web;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use url::Url;

use crate::{
    actors::{
        access_log::AccessLog, auth::Auth, courier::Courier, feed::Feed, forwarder::Forwarder,
        ledger::Ledger, mirror::Mirror, sessions::Sessions, supervisor::Supervisor, writer::Writer,
    },
    adapters::{
        a2a::{cards::AgentCards, directory::Directory},
        api_keys::ApiKeys,
        engine::Engines,
        identity::mint::Minter,
        memory::{Memory, access::AccessTable, weaviate::Weaviate},
        push::Webhooks,
        reach::Reach,
        runner::Runner,
        secret::Secret,
        store::Store,
        trace::Traces,
        usage::{UsageTable, openmeter::OpenMeter, prometheus::Prometheus},
    },
    config::TaskConfig,
    domain::{price::Prices, quota::Limits, target::TargetRules, time::UnixMillis, token::Counter},
};
use a2a::{card::Cards, tail::Tails};
use browser::Browsers;
use counting::Counting;
use door::Door;
use login::SignIn;
pub use routes::routes;
use temporal::InTemporal;

/// A quota and who keeps it.
pub struct Quota {
    /// Its limits.
    pub limits: Limits,
    /// Its keeper.
    pub ledger: Ledger,
}

/// Usage on its way to OpenMeter.
pub struct Reporting {
    /// How it stands.
    pub openmeter: OpenMeter,
    /// Sends it.
    pub forwarder: Forwarder<OpenMeter>,
}

/// What `/auth/config` tells.
pub struct LoginConfig {
    /// `AUTH0_DOMAIN`.
    pub domain: Option<String>,
    /// `AUTH0_CLIENT`.
    pub client_id: Option<String>,
    /// `OIDC_AUD`.
    pub audience: Option<String>,
}

/// Everything handlers share.
pub struct State {
    /// Checks tokens.
    pub auth: Auth,
    /// Signs delegations.
    pub minter: Arc<Minter>,
    /// Keys session ids.
    pub secret: Secret,
    /// Browsers that are signed in.
    pub browsers: Browsers,
    /// Notes who calls.
    pub sessions: Sessions,
    /// Keys that people make.
    pub api_keys: ApiKeys,
    /// Tasks.
    pub store: Store,
    /// Runs them.
    pub supervisor: Supervisor,
    /// Temporal, where there is one.
    pub temporal: Option<InTemporal>,
    /// Wakes those who watch them.
    pub feed: Feed,
    /// Who is told of them.
    pub webhooks: Webhooks,
    /// Tells them.
    pub courier: Courier,
    /// Where tasks may go.
    pub targets: TargetRules,
    /// Agents, as callers know them.
    pub directory: Directory,
    /// What callers read of them.
    pub cards: Cards,
    /// What agents that speak A2A publish.
    pub agent_cards: AgentCards,
    /// Whether agents and engines answer.
    pub reach: Reach,
    /// Calls agents.
    pub runner: Runner,
    /// What watchers of one task share.
    pub tails: Tails,
    /// `A2A_V03`: whether clients of 0.3 are served.
    pub v03: bool,
    /// `TASK_*`.
    pub tasks: TaskConfig,
    /// Engines.
    pub engines: Engines,
    /// Places for proxied requests.
    pub door: Door,
    /// `MAX_TOKENS_PER_MIN` and `[[limit]]`.
    pub quota: Option<Quota>,
    /// Counts tokens.
    pub counter: Counter,
    /// Where long texts are counted.
    pub counting: Counting,
    /// Shared memory, for reading and for documents.
    pub memory: Memory,
    /// Uses of memory in the name of tasks.
    pub accesses: AccessTable,
    /// Notes them.
    pub access_log: AccessLog,
    /// How old an event may be, in ms, if there is a limit.
    pub memory_keeps_ms: Option<i64>,
    /// The way into memory for everything else.
    pub mirror: Mirror,
    /// Sends events on, with `MEM_BACKEND=weaviate`.
    pub forwarder: Option<Forwarder<Weaviate>>,
    /// Usage records.
    pub usage: Writer<UsageTable>,
    /// The same, for reading.
    pub usage_table: UsageTable,
    /// What tokens cost.
    pub prices: Prices,
    /// `USAGE_DURABILITY=strict`.
    pub is_strict: bool,
    /// Series.
    pub metrics: Prometheus,
    /// `OTEL_*`: spans, if anybody wants them.
    pub traces: Traces,
    /// `USAGE_METERING=prometheus`.
    pub counts_usage: bool,
    /// `USAGE_METERING=openmeter`.
    pub reporting: Option<Reporting>,
    /// `ATTACH_PUBLIC_URL`.
    pub public_url: Url,
    /// How `WWW-Authenticate` begins.
    pub realm: String,
    /// Whether the gateway listens on loopback only.
    pub is_loopback: bool,
    /// `MAX_REQUEST_BYTES`.
    pub max_request_bytes: usize,
    /// `REQUIRED_SCOPES`.
    pub required_scopes: bool,
    /// `SESSION_COMPAT=v0`.
    pub session_v0: bool,
    /// `CORS_ORIGINS`.
    pub origins: Vec<String>,
    /// `/auth/config`.
    pub login: LoginConfig,
    /// `OIDC_CLIENT_ID`.
    pub sign_in: Option<SignIn>,
    /// What fell back to something else, in words.
    pub warnings: Vec<String>,
    /// Since when it runs.
    pub began_at: UnixMillis,
    /// Set once, when the gateway begins to go down.
    pub draining: AtomicBool,
}

impl State {
    /// Whether new work is refused.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
