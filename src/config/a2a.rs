//! How the gateway speaks A2A to its callers.

use super::{AgentConfig, reader::Reader, task::prefixes};
use crate::domain::target::{AllowedPrefix, OWN_CHAT};

/// Where gRPC listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrpcPort {
    /// Nowhere.
    Off,
    /// The port after the HTTP port; nowhere if it is taken.
    Next,
    /// Here; a port that is taken is an error. 0 takes any free one.
    At(u16),
}

/// The A2A faces.
#[derive(Clone, Debug)]
pub struct A2aConfig {
    /// `DEFAULT_AGENT`: whose card stands at the root.
    pub default_agent: String,
    /// `GRPC_PORT`.
    pub grpc: GrpcPort,
    /// `A2A_V03`: whether clients of 0.3 are served.
    pub v03: bool,
    /// `PUSH_ALLOW`.
    pub push_allow: Vec<AllowedPrefix>,
}

pub(super) fn read(reader: &Reader<'_>, agents: &[AgentConfig]) -> A2aConfig {
    let default_agent = reader.text("DEFAULT_AGENT").unwrap_or(OWN_CHAT);
    let known = |name: &str| name == OWN_CHAT || agents.iter().any(|a| a.agent.name == name);
    if !known(default_agent) {
        let names: Vec<_> = agents.iter().map(|a| a.agent.name.as_str()).collect();
        let remedy = format!(
            "no agent has this name; write one of {}",
            [&names[..], &[OWN_CHAT]].concat().join(", ")
        );
        reader.fault("DEFAULT_AGENT", Some(default_agent), &remedy);
    }
    let grpc = reader.parsed("GRPC_PORT", "write a port, or off", |text| match text {
        "off" | "none" | "false" => Some(GrpcPort::Off),
        text => text.parse().ok().map(GrpcPort::At),
    });
    A2aConfig {
        default_agent: default_agent.to_owned(),
        grpc: grpc.unwrap_or(GrpcPort::Next),
        v03: reader.word("A2A_V03", &[("on", true), ("off", false)], true),
        push_allow: prefixes(reader, "PUSH_ALLOW"),
    }
}
