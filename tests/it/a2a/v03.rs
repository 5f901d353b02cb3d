//! Clients of 0.3, over the same tasks.

mod errors;
mod faces;
mod rest;
mod rpc;
mod streams;
mod world;
