//! From a configuration to everything that handlers share.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use url::Url;

use super::{StartError, grpc::Listener};
use crate::{
    actors::{
        auth::{Auth, Sources},
        courier::{Courier, Pace},
        feed::Feed,
        ledger::Ledger,
        mirror::Mirror,
        sessions::Sessions,
        supervisor::Supervisor,
        task::Workshop,
        writer::Writer,
    },
    adapters::{
        a2a::{cards::AgentCards, directory::Directory},
        api_keys::ApiKeys,
        browsers::BrowserTable,
        clients::Clients,
        engine::Engines,
        identity::{
            discovery::Discovery,
            exchange::Exchange,
            login::Provider,
            mint::{Minter, SigningKey},
            used::UsedTokens,
        },
        memory::Memory,
        push::Webhooks,
        runner::{Means, Runner},
        secret::Secret,
        sessions::SessionTable,
        sqlite::Sqlite,
        store::Store,
        usage::{UsageTable, prometheus::Prometheus},
    },
    config::{AgentConfig, AgentKind, Config, MemoryBackend},
    domain::{
        a2a::{card, push::WebhookRules},
        identity::Scopes,
        quota::Limit,
        redact::Redactor,
        target::{Destination, TargetRules},
        task::RetryPolicy,
        time::UnixMillis,
        token::Counter,
    },
    http::{
        LoginConfig, Quota, State,
        a2a::{card::Cards, tail::Tails},
        browser::{Browsers, Place},
        door::Door,
        login::SignIn,
    },
};

/// The delay before a task's second try; it doubles after that.
const FIRST_DELAY_MS: u32 = 1000;
/// Memory events and usage records that may wait for the disk, at least; and
/// how many times the calls that may be under way at once, which hold theirs.
const WAITING: u32 = 8192;
const WAITING_A_CALL: usize = 4;
/// How long a session that nobody comes back to is known.
const SESSIONS_MS: i64 = 30 * 86_400_000;
/// How often old rows are looked for.
const EXPIRE: Duration = Duration::from_secs(60);

fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StartError {
    StartError::Other(error.into())
}

pub(super) async fn state(
    config: &Config,
    database: &Sqlite,
    secret: Secret,
    (address, grpc): (SocketAddr, &Listener),
) -> Result<State, StartError> {
    let public_url = public_url(config, address)?;
    let key = SigningKey::open(&config.data.join("delegation.key")).map_err(|source| {
        let folder = config.data.display().to_string();
        StartError::Data { folder, source }
    })?;
    let origin = public_url.as_str().trim_end_matches('/').to_owned();
    let minter = Arc::new(Minter::new(key, origin.clone()));
    let metrics = metrics(config, database).await?;
    let store = Store::sqlite(database.clone()).await.map_err(other)?;
    let taken = store.take_back(UnixMillis::now()).await.map_err(other)?;
    if taken > 0 {
        tracing::info!(tasks = taken, "going on with what the last process left");
    }
    let (memory, mirror) = memory(config, database)?;
    let retention = i64::try_from(config.memory_retention.as_millis()).unwrap_or(i64::MAX);
    let tables = (
        SessionTable::new(database.clone()),
        BrowserTable::new(database.clone()),
    );
    let sessions = Sessions::start(tables.0.clone(), tables.1.clone());
    let used = UsedTokens::new(database.clone());
    actix_web::rt::spawn(expire(memory.clone(), tables, used.clone(), retention));
    let place = Place {
        public_url: public_url.clone(),
        is_loopback: address.ip().is_loopback(),
    };
    let (targets, own_chat) = targets(config, address, &public_url)?;
    let clients = Clients::new().map_err(other)?;
    let agent_cards = AgentCards::new(&config.agents, clients.clone());
    actix_web::rt::spawn(meet(agent_cards.clone(), config.agents.clone()));
    let runner = Runner::new(Means {
        rules: targets.clone(),
        own_chat,
        agents: config.agents.clone(),
        store: store.clone(),
        minter: minter.clone(),
        clients,
        cards: agent_cards.clone(),
        timeout: config.tasks.timeout,
        lease: config.tasks.lease,
    });
    let workshop = Workshop {
        store: store.clone(),
        runner: runner.clone(),
        policy: RetryPolicy {
            max_attempts: config.tasks.max_attempts,
            first_delay_ms: FIRST_DELAY_MS,
        },
        mirror: mirror.clone(),
    };
    let exchange = config.auth.exchange.clone();
    let sources = Sources {
        discovery: Discovery::new(config.auth.allow_http).map_err(other)?,
        exchange: exchange.map(Exchange::new).transpose().map_err(other)?,
        api_keys: ApiKeys::new(database.clone()),
        used,
        minter: minter.clone(),
    };
    let sign_in = sign_in(config, &public_url)?;
    let rules = WebhookRules {
        allow: config.a2a.push_allow.clone(),
    };
    let webhooks = Webhooks::new(database.clone(), store.clone(), secret.clone(), rules);
    let courier = Courier::start(
        store.clone(),
        webhooks.clone(),
        metrics.clone(),
        Pace::default(),
    );
    Ok(State {
        auth: Auth::start(&config.auth, sources, &metrics),
        minter: minter.clone(),
        browsers: Browsers::new(
            secret.clone(),
            sessions.clone(),
            place,
            config.auth.session_v0,
        ),
        secret,
        sessions,
        feed: Feed::start(store.changes()),
        webhooks,
        courier: courier.map_err(other)?,
        supervisor: Supervisor::start(workshop, config.tasks),
        store,
        targets,
        directory: Directory::new(&config.agents, &config.a2a.default_agent),
        agent_cards,
        runner,
        cards: Cards::new(card_place(config, &public_url, grpc.port), minter.clone()),
        tails: Tails::default(),
        v03: config.a2a.v03,
        tasks: config.tasks,
        engines: Engines::new(config.engines.clone()),
        door: Door::new(config.max_in_flight),
        quota: quota(config),
        counter: Counter::load(config.encoding),
        memory,
        mirror,
        usage: Writer::start(UsageTable::new(database.clone()), waiting(config)),
        metrics,
        counts_usage: config.prometheus,
        realm: format!(
            "Bearer realm=\"attach\", resource_metadata=\"{origin}/.well-known/oauth-protected-resource\""
        ),
        is_loopback: address.ip().is_loopback(),
        public_url,
        max_request_bytes: config.max_request_bytes,
        required_scopes: config.auth.required_scopes,
        session_v0: config.auth.session_v0,
        origins: config.auth.origins.clone(),
        login: login(config),
        sign_in,
        warnings: config
            .warnings
            .iter()
            .chain(&grpc.warning)
            .cloned()
            .collect(),
        draining: AtomicBool::new(false),
    })
}

/// Fetches the cards of agents that speak A2A, so that the first who asks need not
/// wait; one that is away is asked again when somebody wants it.
async fn meet(cards: AgentCards, agents: Vec<AgentConfig>) {
    for agent in agents.iter().filter(|one| one.kind == AgentKind::A2a) {
        let _ = cards.named(&agent.agent.name).await;
    }
}

/// Never from a Host header: configured, or where we listen.
fn public_url(config: &Config, address: SocketAddr) -> Result<Url, StartError> {
    match &config.public_url {
        Some(url) => Ok(url.clone()),
        None => Url::parse(&format!("http://{}", reachable(address))).map_err(other),
    }
}

/// What cards say of where agents are. The gRPC server goes by the name of the
/// HTTP one.
fn card_place(config: &Config, public_url: &Url, grpc: Option<u16>) -> card::Place {
    let host = public_url.host_str().unwrap_or_default();
    // Where an issuer's keys are said to be elsewhere, it may have no discovery.
    let issuers = config
        .auth
        .issuers
        .iter()
        .filter(|it| it.jwks_url.is_none());
    let discovery = |url: &str| {
        let url = url.trim_end_matches('/');
        format!("{url}/.well-known/openid-configuration")
    };
    card::Place {
        base: public_url.as_str().trim_end_matches('/').to_owned(),
        grpc: grpc.map(|port| format!("{host}:{port}")),
        v03: config.a2a.v03,
        issuers: issuers.map(|it| discovery(&it.url)).collect(),
    }
}

/// Where this machine reaches an address it listens on.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn metrics(config: &Config, database: &Sqlite) -> Result<Prometheus, StartError> {
    let home = config
        .auth
        .issuers
        .first()
        .map(|issuer| issuer.url.as_str());
    let metrics = Prometheus::new(home.unwrap_or_default(), config.max_series);
    if config.prometheus {
        let totals = UsageTable::new(database.clone()).totals().await;
        metrics.seed(&totals.map_err(other)?);
    }
    Ok(metrics)
}

fn memory(config: &Config, database: &Sqlite) -> Result<(Memory, Mirror), StartError> {
    let redactor = Redactor::new(&config.redact).map_err(other)?;
    let memory = match config.memory {
        MemoryBackend::None => return Ok((Memory::None, Mirror::new(None, redactor))),
        MemoryBackend::Sqlite => Memory::Sqlite(database.clone()),
    };
    let writer = Writer::start(memory.clone(), waiting(config));
    Ok((memory, Mirror::new(Some(writer), redactor)))
}

fn waiting(config: &Config) -> u32 {
    let calls = config.max_in_flight.saturating_mul(WAITING_A_CALL);
    u32::try_from(calls).unwrap_or(u32::MAX).max(WAITING)
}

/// Forgets what is old: a thousand rows at a time, so that others get to write
/// in between.
async fn expire(
    memory: Memory,
    (sessions, browsers): (SessionTable, BrowserTable),
    used: UsedTokens,
    retention_ms: i64,
) {
    loop {
        let before = |age_ms: i64| UnixMillis(UnixMillis::now().0.saturating_sub(age_ms));
        while matches!(memory.expire(before(retention_ms)).await, Ok(1000..)) {}
        while matches!(sessions.expire(before(SESSIONS_MS)).await, Ok(1000..)) {}
        while matches!(browsers.expire(before(SESSIONS_MS)).await, Ok(1000..)) {}
        while matches!(used.expire(before(0)).await, Ok(1000..)) {}
        tokio::time::sleep(EXPIRE).await;
    }
}

/// The gateway's own chat is called like any agent, so that it is counted,
/// limited and mirrored like any call, once.
fn targets(
    config: &Config,
    address: SocketAddr,
    public_url: &Url,
) -> Result<(TargetRules, Destination), StartError> {
    let base = format!("http://{}", reachable(address));
    let url = Url::parse(&format!("{base}/v1/chat/completions")).map_err(other)?;
    let mut targets = config.targets.clone();
    let port = address.port();
    let names = [
        base,
        format!("http://localhost:{port}"),
        public_url.as_str().trim_end_matches('/').to_owned(),
    ];
    for name in names {
        for path in ["/api/chat", "/v1/chat/completions"] {
            targets.own.extend(Url::parse(&format!("{name}{path}")));
        }
    }
    Ok((
        targets,
        Destination {
            url,
            internal: true,
        },
    ))
}

fn quota(config: &Config) -> Option<Quota> {
    let quota = config.quota?;
    let limit = Limit {
        tokens: quota.tokens,
        window_ms: i64::try_from(quota.window.as_millis()).unwrap_or(i64::MAX),
    };
    let ledger = Ledger::start(limit);
    Some(Quota { limit, ledger })
}

fn login(config: &Config) -> LoginConfig {
    let (domain, client_id) = config.auth.auth0.clone();
    LoginConfig {
        domain,
        client_id,
        audience: config.auth.audience.clone(),
    }
}

fn sign_in(config: &Config, public_url: &Url) -> Result<Option<SignIn>, StartError> {
    let auth = &config.auth;
    let Some(login) = auth.login.clone() else {
        return Ok(None);
    };
    let mut issuers = auth.issuers.iter();
    let Some(issuer) = issuers.find(|issuer| issuer.url == login.issuer) else {
        return Ok(None);
    };
    // Where nobody is held to scopes, a provider that knows none is not asked.
    let asked = if auth.required_scopes {
        Scopes::DEFAULT
    } else {
        Scopes::default()
    };
    let provider = Provider::new(login, issuer.clone(), asked, public_url, auth.allow_http);
    Ok(Some(SignIn::new(provider.map_err(other)?)))
}
