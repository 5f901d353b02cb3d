//! What `dev` sets, and what it takes from the environment.

use super::{issuer, ports::Ports};
use crate::{
    cli::token::DevIssuer,
    config::{AgentConfig, Config, Faults, Vars, variable},
};

/// The agents that `dev` runs, and what they are for.
const PLANNER: (&str, &str) = (
    "planner",
    "Writes a plan for what is asked, and has the coder carry it out",
);
const CODER: (&str, &str) = ("coder", "Writes the code for a plan");

/// The configuration of the gateway that `dev` runs.
pub(super) fn config(
    vars: &Vars,
    ports: &Ports,
    issuer: &DevIssuer,
    engine: &str,
) -> Result<Config, Faults> {
    let mut config = Config::read(&of(vars, ports, issuer, engine))?;
    for one in &mut config.auth.issuers {
        if one.url == issuer.issuer && one.url != ports.issuer.url() {
            // Its name is that of another time, and leads nowhere now.
            one.jwks_url = Some(issuer::keys_url(&ports.issuer));
        }
    }
    for ((name, description), port) in [(PLANNER, &ports.planner), (CODER, &ports.coder)] {
        let is_ours = |one: &&mut AgentConfig| {
            one.agent.name == name && one.agent.url.as_str().starts_with(&port.url())
        };
        if let Some(one) = config.agents.iter_mut().find(is_ours) {
            one.description = description.to_owned();
        }
    }
    Ok(config)
}

/// What `dev` found, and of the environment only what [`is_passed`] on.
fn of(vars: &Vars, ports: &Ports, issuer: &DevIssuer, engine: &str) -> Vars {
    let has_suite = ports.conformance.is_some();
    let own = [
        ("HOST", "127.0.0.1".to_owned()),
        ("PORT", ports.gateway.number().to_string()),
        ("GRPC_PORT", "0".to_owned()),
        ("OIDC_ISSUER", issuer.issuer.clone()),
        ("OIDC_AUD", issuer.audience.clone()),
        ("AGENTS", agents(ports, vars)),
    ];
    // Of names that nobody has, the configuration knows which were meant for us.
    let is_seen = |name: &str| is_passed(name) || variable::find(name).is_none();
    let passed = vars.iter().filter(|(name, _)| is_seen(name));
    let mut settings: Vars = passed.map(|(n, v)| (n.clone(), v.clone())).collect();
    // Whoever calls is the person at this machine.
    if settings.contains_key("TEMPORAL_URL") {
        let workflows = settings.entry("TEMPORAL_WORKFLOWS".to_owned());
        workflows.or_insert_with(|| "*".to_owned());
    }
    settings.extend(own.map(|(name, value)| (name.to_owned(), value)));
    settings.insert("ENGINE_URL".to_owned(), engine.to_owned());
    if has_suite {
        settings.insert("DEFAULT_AGENT".to_owned(), "conformance".to_owned());
    }
    settings
}

/// Variables that are set and that `dev` does not read.
pub(super) fn ignored(vars: &Vars) -> Vec<&str> {
    let read = |name: &str| name == "PORT" || is_passed(name);
    let ours = |name: &&str| variable::find(name).is_some() && !read(name);
    vars.keys().map(String::as_str).filter(ours).collect()
}

const PASSED: [&str; 6] = [
    "AGENTS",
    "ATTACH_CONFIG",
    "LOG_LEVEL",
    "MAX_TOKENS_PER_MIN",
    "PUSH_ALLOW",
    "WINDOW",
];

/// Whether the gateway sees this variable. Webhooks to try things out are on this
/// machine, where none is told unless somebody says so.
fn is_passed(name: &str) -> bool {
    name.starts_with("ENGINE_")
        || name.starts_with("TEMPORAL_")
        || name.starts_with("TASK_")
        || PASSED.contains(&name)
}

/// Those that `dev` runs, and those of the person, which may take their places.
fn agents(ports: &Ports, vars: &Vars) -> String {
    let taken = Config::agent_names(vars);
    let own = [(PLANNER.0, &ports.planner), (CODER.0, &ports.coder)];
    let own = own
        .into_iter()
        .filter(|(name, _)| !taken.iter().any(|one| one == name));
    let own = own.map(|(name, port)| format!("{name}={}/api/chat", port.url()));
    let suite = ports.conformance.as_ref();
    let suite = suite.filter(|_| !taken.iter().any(|one| one == "conformance"));
    let suite = suite.map(|port| format!("conformance=a2a+{}", port.url()));
    let named = vars.get("AGENTS").filter(|text| !text.trim().is_empty());
    own.chain(suite)
        .chain(named.cloned())
        .collect::<Vec<_>>()
        .join(",")
}
