//! The ports of `dev`.

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
};

use crate::{app::StartError, cli::serve::bind};

/// How many ports after a taken one are tried.
const TRIED: u16 = 50;

/// A port that is ours.
pub(super) struct Port {
    pub(super) listener: TcpListener,
    /// The default that was taken, if this is another one.
    pub(super) instead_of: Option<u16>,
    number: u16,
}

/// Everything `dev` listens on, loopback only.
pub(super) struct Ports {
    pub(super) gateway: Port,
    pub(super) planner: Port,
    pub(super) coder: Port,
    pub(super) issuer: Port,
    /// Of the agent for conformance suites, where it is asked for.
    pub(super) conformance: Option<Port>,
}

impl Port {
    pub(super) fn number(&self) -> u16 {
        self.number
    }

    /// Its server, for whoever is on this machine.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.number)
    }

    fn of(listener: TcpListener, instead_of: Option<u16>) -> Result<Self, StartError> {
        let address = listener
            .local_addr()
            .map_err(|e| StartError::Other(e.into()))?;
        Ok(Self {
            listener,
            instead_of,
            number: address.port(),
        })
    }

    /// `default`, or the next one that is free.
    pub(super) fn near(default: u16) -> Result<Self, StartError> {
        let mut candidates = default..default.saturating_add(TRIED);
        let free = candidates.find_map(|port| Some((port, local(port).ok()?)));
        let none = || {
            let text = format!("no port from {default} on is free");
            StartError::Other(io::Error::new(io::ErrorKind::AddrInUse, text).into())
        };
        let (port, listener) = free.ok_or_else(none)?;
        Self::of(listener, (port != default).then_some(default))
    }
}

impl Ports {
    /// Takes them all. `explicit` is `PORT`: where it is set it must be free.
    pub(super) fn take(explicit: Option<&str>, conformance: bool) -> Result<Self, StartError> {
        let gateway = match explicit.map(str::trim).filter(|port| !port.is_empty()) {
            Some(port) => Port::of(bind("127.0.0.1", number(port)?)?, None)?,
            None => Port::near(8080)?,
        };
        Ok(Self {
            gateway,
            planner: Port::near(8100)?,
            coder: Port::near(8101)?,
            issuer: Port::near(8110)?,
            conformance: conformance.then(|| Port::near(8102)).transpose()?,
        })
    }
}

fn number(text: &str) -> Result<u16, StartError> {
    text.parse().map_err(|_| StartError::Bind {
        address: format!("PORT={text}"),
        source: io::Error::new(
            io::ErrorKind::InvalidInput,
            "write a whole number from 0 to 65535",
        ),
    })
}

fn local(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}
