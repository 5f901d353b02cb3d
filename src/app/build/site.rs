//! Where the gateway is, for itself and for others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::Url;

use super::{StartError, other};
use crate::{
    config::{Config, is_loopback},
    domain::{
        a2a::card,
        target::{Destination, TargetRules},
    },
    http::browser,
};

/// Where the gateway is.
pub(super) struct Site {
    address: SocketAddr,
    /// What others call it. Never from a Host header: configured, or where we
    /// listen.
    pub(super) public_url: Url,
}

impl Site {
    /// # Errors
    ///
    /// The address makes no URL.
    pub(super) fn of(config: &Config, address: SocketAddr) -> Result<Self, StartError> {
        let public_url = match &config.public_url {
            Some(url) => url.clone(),
            None => Url::parse(&format!("http://{}", reachable(address))).map_err(other)?,
        };
        Ok(Self {
            address,
            public_url,
        })
    }

    /// Whether only this machine reaches it.
    pub(super) fn is_loopback(&self) -> bool {
        self.address.ip().is_loopback()
    }

    /// The public URL without a slash at its end.
    pub(super) fn origin(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }

    /// How `WWW-Authenticate` begins.
    pub(super) fn realm(&self) -> String {
        let origin = self.origin();
        format!(
            "Bearer realm=\"attach\", resource_metadata=\"{origin}/.well-known/oauth-protected-resource\""
        )
    }

    /// As browsers see it.
    pub(super) fn browsers(&self) -> browser::Place {
        browser::Place {
            public_url: self.public_url.clone(),
            is_loopback: self.is_loopback(),
        }
    }

    /// What cards say of where agents are; gRPC listens at port `grpc`.
    pub(super) fn cards(&self, config: &Config, grpc: Option<u16>) -> card::Place {
        // Where an issuer's keys are said to be elsewhere, it may have no discovery.
        let issuers = config.auth.issuers.iter();
        let issuers = issuers.filter(|it| it.jwks_url.is_none());
        let discovery = |url: &str| {
            let url = url.trim_end_matches('/');
            format!("{url}/.well-known/openid-configuration")
        };
        card::Place {
            base: self.origin().to_owned(),
            grpc: self.grpc(config, grpc),
            v03: config.a2a.v03,
            issuers: issuers.map(|it| discovery(&it.url)).collect(),
        }
    }

    /// Where others reach gRPC. What stands between them and an HTTP port that has
    /// another name need not pass on the gRPC one.
    fn grpc(&self, config: &Config, port: Option<u16>) -> Option<String> {
        let port = port?;
        if let Some(public) = &config.a2a.grpc_public {
            return Some(public.clone());
        }
        let host = self.public_url.host_str()?;
        let is_direct = self.public_url.scheme() == "http" && self.is_here(host, config);
        if !is_direct {
            tracing::info!("cards leave gRPC out, set GRPC_PUBLIC to the host:port of clients");
        }
        is_direct.then(|| format!("{host}:{port}"))
    }

    /// Whether `host`, of the public URL, is what we listen on.
    fn is_here(&self, host: &str, config: &Config) -> bool {
        let ip: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        is_loopback(&self.public_url) || host == config.host || ip == Some(self.address.ip())
    }

    /// The gateway's own chat, and `targets` with its names: it is called like any
    /// agent, so that it is counted, limited and mirrored like any call, once.
    ///
    /// # Errors
    ///
    /// The address makes no URL.
    pub(super) fn own_chat(
        &self,
        mut targets: TargetRules,
    ) -> Result<(TargetRules, Destination), StartError> {
        let base = format!("http://{}", reachable(self.address));
        let url = Url::parse(&format!("{base}/v1/chat/completions")).map_err(other)?;
        let local = format!("http://localhost:{}", self.address.port());
        for name in [&base, &local, self.origin()] {
            for path in ["/api/chat", "/v1/chat/completions"] {
                targets.own.extend(Url::parse(&format!("{name}{path}")));
            }
        }
        let internal = true;
        Ok((targets, Destination { url, internal }))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn grpc(listens: &str, vars: &[(&str, &str)], port: Option<u16>) -> Option<String> {
        let base = [
            ("ATTACH_CONFIG", "/dev/null"),
            ("OIDC_ISSUER", "https://issuer.example"),
            ("OIDC_AUD", "us"),
        ];
        let vars = base.iter().chain(vars);
        let vars = vars.map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        let config = Config::read(&vars.collect()).unwrap();
        let site = Site::of(&config, listens.parse().unwrap()).unwrap();
        site.cards(&config, port).grpc
    }

    #[test]
    fn cards_say_where_grpc_is_only_if_that_is_known() {
        let at = |listens: &str, url: &str| grpc(listens, &[("ATTACH_PUBLIC_URL", url)], Some(81));
        for (listens, url, expected) in [
            ("127.0.0.1:80", "", Some("127.0.0.1:81")),
            ("0.0.0.0:80", "", Some("127.0.0.1:81")),
            ("[::1]:80", "", Some("[::1]:81")),
            ("192.0.2.1:80", "http://192.0.2.1:80", Some("192.0.2.1:81")),
            ("0.0.0.0:80", "http://localhost:80", Some("localhost:81")),
            ("0.0.0.0:80", "http://gateway.example", None),
            ("192.0.2.1:80", "https://192.0.2.1", None),
            ("127.0.0.1:80", "https://gateway.example", None),
        ] {
            assert_eq!(at(listens, url).as_deref(), expected, "{listens} {url}");
        }
    }

    #[test]
    fn what_was_said_of_grpc_holds_where_there_is_one() {
        let vars = [
            ("ATTACH_PUBLIC_URL", "https://gateway.example"),
            ("GRPC_PUBLIC", "grpc.example:443"),
        ];
        let public = grpc("0.0.0.0:80", &vars, Some(81));
        assert_eq!(public.as_deref(), Some("grpc.example:443"));
        assert_eq!(grpc("0.0.0.0:80", &vars, None), None);
    }
}
