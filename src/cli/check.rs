//! `attach-gateway check`: what is on, what is off and why.

mod callers;
mod memory;
mod metering;
mod quota;
mod store;
mod temporal;

use std::{net::TcpListener, process::ExitCode, time::Duration};

use super::{Listen, fail, keys, serve::WRONG_SETTING, table::columns};
use crate::{
    adapters::{
        a2a::{cards::AgentCards, interface},
        clients::Clients,
        identity::install_crypto,
        public_only::is_private_literal,
    },
    config::{self, AgentConfig, AgentKind, Config, GrpcPort},
    domain::time::UnixMillis,
};

const PATIENCE: Duration = Duration::from_secs(5);

/// One line of the table.
struct Finding {
    what: String,
    state: State,
    detail: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    On,
    Off,
    Warning,
    Fault,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::On => "on",
            Self::Off => "off",
            Self::Warning => "warning",
            Self::Fault => "FAULT",
        }
    }
}

fn finding(what: impl Into<String>, state: State, detail: impl Into<String>) -> Finding {
    Finding {
        what: what.into(),
        state,
        detail: detail.into(),
    }
}

pub(super) async fn run(listen: Listen) -> ExitCode {
    install_crypto();
    let mut vars = match config::vars() {
        Ok(vars) => vars,
        Err(faults) => return fail(WRONG_SETTING, faults),
    };
    listen.over(&mut vars);
    let has_keys = keys::is_any(&vars).await;
    let config = match Config::read_beside(&vars, has_keys) {
        Ok(config) => config,
        Err(faults) => return fail(WRONG_SETTING, faults),
    };
    let now = UnixMillis::now();
    let mut findings = vec![address(&config)];
    findings.extend(callers::issuers(&config).await);
    findings.extend(callers::others(&config));
    findings.push(callers::api_keys(keys::standing(&vars, now).await, now));
    findings.extend(engines(&config).await);
    findings.extend(store::store(&config).await);
    findings.extend(agents(&config).await);
    findings.push(memory::memory(&config).await);
    findings.push(metering::metering(&config).await);
    findings.extend(quota::quota(&config).await);
    findings.extend(temporal::temporal(&config).await);
    findings.extend(options(&config));
    findings.extend(
        config
            .warnings
            .iter()
            .map(|w| finding("configuration", State::Warning, w)),
    );
    let rows: Vec<_> = findings
        .iter()
        .map(|f| vec![f.what.clone(), f.state.word().to_owned(), f.detail.clone()])
        .collect();
    say!("{}", columns(&rows).trim_end());
    let faults = findings.iter().filter(|f| f.state == State::Fault).count();
    if faults > 0 {
        return fail(1, format!("{faults} of these would not work"));
    }
    ExitCode::SUCCESS
}

fn address(config: &Config) -> Finding {
    let place = format!("{}:{}", config.host, config.port);
    match super::serve::bind(&config.host, config.port) {
        Ok(_) => finding("listen", State::Ok, place),
        Err(error) => finding(
            "listen",
            State::Warning,
            format!("{error}; fine if a gateway serves here"),
        ),
    }
}

async fn engines(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    for engine in &config.engines {
        let what = format!("engine {}", engine.name);
        let url = format!("{}/v1/models", engine.url.as_str().trim_end_matches('/'));
        let key = engine.api_key.as_deref();
        findings.push(match answers(&url, key).await {
            Ok(200) => finding(what, State::Ok, engine.url.as_str()),
            Ok(status @ (401 | 403)) => finding(
                what,
                State::Fault,
                format!("{url} answered {status}; set ENGINE_API_KEY"),
            ),
            Ok(status) => finding(what, State::Fault, format!("{url} answered {status}")),
            Err(error) => finding(
                what,
                State::Fault,
                format!("{url}: {error}; start it, or set ENGINE_URL"),
            ),
        });
    }
    findings
}

async fn agents(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    for agent in &config.agents {
        let what = format!("agent {}", agent.agent.name);
        let url = agent.agent.url.as_str();
        if agent.kind == AgentKind::A2a {
            findings.push(card(config, agent, what).await);
            continue;
        }
        if !agent.agent.internal && is_private_literal(&agent.agent.url) {
            let why = "its address is private; write internal = true in its table if that is meant";
            findings.push(finding(what, State::Fault, format!("{url}: {why}")));
            continue;
        }
        findings.push(match answers(url, None).await {
            Ok(_) => finding(what, State::Ok, url),
            Err(error) => finding(
                what,
                State::Warning,
                format!("{url}: {error}; tasks for it fail after TASK_MAX_ATTEMPTS tries"),
            ),
        });
    }
    findings
}

/// An agent that speaks A2A has a card that can be used.
async fn card(config: &Config, agent: &AgentConfig, what: String) -> Finding {
    let url = agent.agent.url.as_str();
    let warning =
        |why: String| format!("{url}: {why}; tasks for it fail after TASK_MAX_ATTEMPTS tries");
    let clients = match Clients::new() {
        Ok(clients) => clients,
        Err(error) => return finding(what, State::Fault, error.to_string()),
    };
    let cards = AgentCards::new(std::slice::from_ref(agent), clients);
    let found = match cards.named(&agent.agent.name).await {
        Ok(card) => interface::choose(&card, &agent.agent, &config.targets)
            .map(|(interface, _)| format!("{url}, {} by {}", card.name, interface.protocol_binding))
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match found {
        Ok(text) => finding(what, State::Ok, text),
        Err(why) => finding(what, State::Warning, warning(why)),
    }
}

fn options(config: &Config) -> Vec<Finding> {
    let targets = match config.targets.allow.len() {
        0 => finding(
            "target_url",
            State::Off,
            "TARGET_ALLOW is not set; agents by name only",
        ),
        count => finding(
            "target_url",
            State::On,
            format!("{count} entries in TARGET_ALLOW"),
        ),
    };
    let mut found = vec![targets];
    found.extend(faces(config));
    found.extend(observed(config));
    found
}

/// What operators see beside `/metrics`.
fn observed(config: &Config) -> [Finding; 2] {
    let scrape = match config.observe.metrics.map(|at| (at, TcpListener::bind(at))) {
        None => finding("metrics port", State::Off, "METRICS_ADDR is not set"),
        Some((at, Ok(_))) => finding("metrics port", State::On, format!("{at}, without a token")),
        Some((at, Err(error))) => {
            let text = format!("{at}: {error}; fine if a gateway serves here");
            finding("metrics port", State::Warning, text)
        }
    };
    let traces = match &config.observe.traces {
        None => finding(
            "traces",
            State::Off,
            "OTEL_EXPORTER_OTLP_ENDPOINT is not set, or spans are switched off",
        ),
        Some(traces) => finding("traces", State::On, format!("to {}", traces.url)),
    };
    [scrape, traces]
}

/// What is spoken beside the plain routes, and to whom.
fn faces(config: &Config) -> [Finding; 3] {
    let a2a = &config.a2a;
    let versions = match a2a.v03 {
        true => "1.0 and 0.3",
        false => "1.0",
    };
    let card = format!("{versions}; the root card is {}'s", a2a.default_agent);
    let grpc = match grpc_port(config) {
        None => finding("A2A gRPC", State::Off, "GRPC_PORT=off"),
        Some((port, asked)) => match (TcpListener::bind((&*config.host, port)), asked) {
            (Ok(_), _) => finding("A2A gRPC", State::On, format!("{}:{port}", config.host)),
            (Err(error), true) => {
                let text = format!("port {port}: {error}; set GRPC_PORT to another, or to off");
                finding("A2A gRPC", State::Fault, text)
            }
            (Err(error), false) => {
                let text = format!("port {port}: {error}; it will be off; set GRPC_PORT");
                finding("A2A gRPC", State::Warning, text)
            }
        },
    };
    let hooks = match a2a.push_allow.len() {
        0 => "public https addresses alone; PUSH_ALLOW is not set".to_owned(),
        count => format!("public https addresses, and {count} entries in PUSH_ALLOW"),
    };
    [
        finding("A2A", State::On, card),
        grpc,
        finding("webhooks", State::On, hooks),
    ]
}

/// The port of gRPC, and whether it was asked for by number.
fn grpc_port(config: &Config) -> Option<(u16, bool)> {
    match config.a2a.grpc {
        GrpcPort::Off => None,
        GrpcPort::At(port) => Some((port, true)),
        GrpcPort::Next if config.port == 0 => Some((0, false)),
        GrpcPort::Next => Some((config.port.saturating_add(1), false)),
    }
}

/// The status `url` answers with.
async fn answers(url: &str, key: Option<&str>) -> Result<u16, String> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .build();
    let client = client.map_err(|e| e.to_string())?;
    let mut request = client.get(url);
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    let answer = request.send().await;
    answer
        .map(|answer| answer.status().as_u16())
        .map_err(|_| "no answer".to_owned())
}
