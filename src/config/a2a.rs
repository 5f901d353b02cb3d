//! How the gateway speaks A2A to its callers.

use super::{AgentConfig, reader::Reader, task::prefixes};
use crate::domain::target::{AllowedPrefix, OWN_CHAT, http_url};

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
    /// `GRPC_PUBLIC`: host and port of gRPC as cards say them.
    pub grpc_public: Option<String>,
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
    let grpc = grpc.unwrap_or(GrpcPort::Next);
    A2aConfig {
        default_agent: default_agent.to_owned(),
        grpc,
        grpc_public: grpc_public(reader, grpc),
        v03: reader.word("A2A_V03", &[("on", true), ("off", false)], true),
        push_allow: prefixes(reader, "PUSH_ALLOW"),
    }
}

fn grpc_public(reader: &Reader<'_>, grpc: GrpcPort) -> Option<String> {
    let remedy = "write host:port, with [] around an address of IPv6";
    let public = reader.parsed("GRPC_PUBLIC", remedy, authority)?;
    if grpc == GrpcPort::Off {
        let remedy = "gRPC is off; remove this, or set GRPC_PORT to a port";
        reader.fault("GRPC_PUBLIC", Some(&public), remedy);
    }
    Some(public)
}

/// A host and its port, and nothing else.
fn authority(text: &str) -> Option<String> {
    let (host, port) = text.rsplit_once(':')?;
    let port: u16 = port.parse().ok().filter(|port| *port > 0)?;
    let url = http_url(&format!("http://{host}:{port}/")).ok()?;
    let is_bare = url.path() == "/" && url.query().is_none() && !host.contains(['/', '@', '?']);
    is_bare.then(|| Some(format!("{}:{port}", url.host_str()?)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_grpc_is_for_others_is_a_host_and_a_port() {
        for (text, expected) in [
            ("Gateway.example:443", Some("gateway.example:443")),
            ("192.0.2.1:8081", Some("192.0.2.1:8081")),
            ("[2001:db8::1]:443", Some("[2001:db8::1]:443")),
            ("gateway.example:80", Some("gateway.example:80")),
            ("gateway.example", None),
            ("gateway.example:0", None),
            ("gateway.example:99999", None),
            ("https://gateway.example:443", None),
            ("gateway.example/x:443", None),
            ("user@gateway.example:443", None),
            ("2001:db8::1:443", None),
            (":443", None),
        ] {
            assert_eq!(authority(text).as_deref(), expected, "{text}");
        }
    }
}
