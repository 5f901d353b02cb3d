//! A2A by gRPC, with the generated client.

mod callers;
mod errors;
mod messages;
mod streams;
mod tasks;
mod terms;
