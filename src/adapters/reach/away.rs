//! Why a place does not answer.

use std::io;

use crate::adapters::a2a::cards::CardError;

/// What is wrong with it. No address is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Away {
    /// Nobody knows its name any more.
    Unconfigured,
    /// Its URL has no host, or the host's name no address.
    Nowhere,
    /// Only addresses that it may not be at.
    Private,
    /// Nothing listens there.
    Refused,
    /// No network leads there.
    NoWay,
    /// Any other fault of the network.
    Broken,
    /// It takes longer than a look waits.
    Late,
    /// It should speak A2A, and gives no card.
    NoCard,
    /// It gives one that cannot be used.
    BadCard,
}

impl Away {
    /// What callers are told: that it is so, and nothing of the network.
    pub fn plain(self) -> &'static str {
        match self {
            Self::Late => "it does not answer within 2 s",
            Self::NoCard | Self::BadCard => "it is there and publishes no card of A2A 1.0",
            _ => "it cannot be reached",
        }
    }

    /// What whoever runs the gateway is told: what to do.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Unconfigured => "it is not configured",
            Self::Nowhere => "the name in its url is not found; mend the url, or the name service",
            Self::Private => "its address is private; set internal = true in its [[agent]] table",
            Self::Refused => "it refuses connections; start it, or mend its url",
            Self::NoWay => "there is no way to its address; see the network, or mend its url",
            Self::Broken => "it cannot be connected to; see that it runs, and the network",
            Self::Late => "it does not answer within 2 s; see that it runs, and its firewall",
            Self::NoCard => "it is there and gives no card at /.well-known/agent-card.json",
            Self::BadCard => "what it publishes is no card of A2A 1.0",
        }
    }
}

impl From<io::Error> for Away {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Self::NoWay,
            io::ErrorKind::TimedOut => Self::Late,
            _ => Self::Broken,
        }
    }
}

impl From<CardError> for Away {
    fn from(error: CardError) -> Self {
        match error {
            CardError::Away(_) => Self::NoCard,
            CardError::Unusable(_) | CardError::Unknown => Self::BadCard,
        }
    }
}
