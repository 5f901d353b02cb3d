//! What `dev` sets, and what it takes from the environment.

use super::ports::{Port, Ports};
use crate::{
    cli::token::DevIssuer,
    config::{Vars, variable},
};

/// The configuration of the gateway that `dev` runs: what it found, and of the
/// environment only what [`is_passed`] on.
pub(super) fn of(vars: &Vars, ports: &Ports, issuer: &DevIssuer, engine: &str) -> Vars {
    let has_suite = ports.conformance.is_some();
    let own = [
        ("ATTACH_CONFIG", "/dev/null".to_owned()),
        ("HOST", "127.0.0.1".to_owned()),
        ("PORT", ports.gateway.number().to_string()),
        ("GRPC_PORT", "0".to_owned()),
        ("OIDC_ISSUER", issuer.issuer.clone()),
        ("OIDC_AUD", issuer.audience.clone()),
        ("AGENTS", agents(ports)),
    ];
    let passed = vars.iter().filter(|(name, _)| is_passed(name));
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

/// Whether the gateway sees this variable. Webhooks to try things out are on this
/// machine, where none is told unless somebody says so.
fn is_passed(name: &str) -> bool {
    name.starts_with("ENGINE_")
        || name.starts_with("TEMPORAL_")
        || matches!(name, "LOG_LEVEL" | "PUSH_ALLOW")
}

fn agents(ports: &Ports) -> String {
    let chat = |name: &str, port: &Port| format!("{name}={}/api/chat", port.url());
    let suite = ports.conformance.as_ref();
    let suite = suite.map(|port| format!("conformance=a2a+{}", port.url()));
    [chat("planner", &ports.planner), chat("coder", &ports.coder)]
        .into_iter()
        .chain(suite)
        .collect::<Vec<_>>()
        .join(",")
}
