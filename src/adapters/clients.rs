//! The HTTP clients for places outside: none follows a redirect, asks a proxy of
//! the environment, or connects to an address that was not checked.

use std::{error::Error, time::Duration};

use reqwest::{Client, redirect::Policy};

use crate::{
    adapters::public_only::{PublicOnly, is_private_literal},
    domain::target::Destination,
};

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
#[error(
    "the agent's address is private; set internal = true in its [[agent]] table if that is meant"
)]
pub struct Private;

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
        if is_private_literal(&to.url) {
            return Err(Private);
        }
        Ok(&self.public)
    }
}

/// Why a place could not be reached: the innermost cause, as the outer ones only
/// repeat the URL.
pub fn cause(error: &reqwest::Error) -> String {
    format!("the agent could not be reached: {}", innermost(error))
}

/// What an error comes from in the end.
pub fn innermost(error: &reqwest::Error) -> &(dyn Error + 'static) {
    let mut innermost: &(dyn Error + 'static) = error;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    innermost
}
