//! Temporal, as far as it goes without one: what is configured, what is refused, and
//! what becomes of tasks while it is away.

mod away;
mod called_off;
mod erased;
mod settings;
mod targets;

use std::net::SocketAddr;

use socket2::{Domain, Socket, Type};

/// A port of this machine that answers nobody, for as long as this is held.
pub struct Nowhere {
    _held: Socket,
    pub address: String,
}

impl Nowhere {
    pub fn new() -> Self {
        let held = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        held.bind(&any.into()).unwrap();
        let address = held.local_addr().unwrap().as_socket().unwrap().to_string();
        Self {
            _held: held,
            address,
        }
    }
}
