//! The real gateway on a free port, with peers that do as they are told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    dead_code
)]

mod a2a;
mod api_keys;
mod cli;
mod contract;
mod cors;
mod counts;
mod crash;
mod credentials;
mod cut;
mod database;
mod delegation;
mod descope;
mod dids;
mod doors;
mod engines;
mod exchange;
mod first_light;
mod floors;
mod full_disk;
mod gateways;
mod handoff;
mod headers;
mod keys;
mod login;
mod me;
mod memory;
mod metadata;
mod metrics;
mod openmeter;
mod operators;
mod owners;
mod page;
mod paths;
mod proxy;
mod quota;
mod reach;
mod readme;
mod secrets;
mod sessions;
mod spent;
mod start;
mod status;
mod store;
mod streams;
mod strict;
mod support;
mod tasks;
mod temporal;
mod tokens;
mod traces;
mod usage;
mod weaviate;
