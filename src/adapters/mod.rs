//! Floor 1: the outside world.

pub mod a2a;
pub mod api_keys;
pub mod browsers;
pub mod chance;
pub mod clients;
pub mod database;
pub mod engine;
pub mod identity;
pub mod memory;
pub mod moving;
pub mod public_only;
pub mod push;
pub mod quota;
pub mod reach;
pub mod runner;
pub mod secret;
pub mod sessions;
pub mod store;
pub mod temporal;
pub mod trace;
pub mod usage;
