//! The HTTP clients for places outside: none follows a redirect, asks a proxy of
//! the environment, or connects to an address that was not checked.

use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};

use crate::domain::{address::is_public, target::Destination};

const CONNECT: Duration = Duration::from_secs(5);

/// Two clients: one for places the team named as internal, one that connects
/// to public addresses only. A clone is cheap.
#[derive(Clone, Debug)]
pub struct Clients {
    internal: Client,
    public: Client,
}

/// A literal address that is not on the open internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the agent's address is private")]
pub struct Private;

/// Resolves names, and keeps back every address that is not on the open
/// internet. What it returns is what is connected to: no second look-up.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|a| is_public(a.ip())).collect();
            if public.is_empty() {
                return Err("the host has no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

impl Clients {
    /// Both clients.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up on this machine.
    pub fn new() -> Result<Self, reqwest::Error> {
        let builder = || {
            Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .tcp_nodelay(true)
                .connect_timeout(CONNECT)
        };
        Ok(Self {
            internal: builder().build()?,
            public: builder().dns_resolver(PublicOnly).build()?,
        })
    }

    /// The client that may go to `to`.
    ///
    /// # Errors
    ///
    /// [`Private`]: a literal address is not resolved, so it is checked here.
    pub fn to(&self, to: &Destination) -> Result<&Client, Private> {
        if to.internal {
            return Ok(&self.internal);
        }
        let host = to.url.host_str().unwrap_or_default();
        let literal = host.trim_matches(['[', ']']).parse::<IpAddr>();
        if literal.is_ok_and(|address| !is_public(address)) {
            return Err(Private);
        }
        Ok(&self.public)
    }
}

/// Why a place could not be reached: the innermost cause, as the outer ones only
/// repeat the URL.
pub fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    format!("the agent could not be reached: {innermost}")
}
