//! Clients of 0.3, over the same tasks.

mod errors;
mod faces;
mod push;
mod rest;
mod rpc;
mod streams;
mod world;
