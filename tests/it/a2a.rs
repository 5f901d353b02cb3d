//! A2A: cards, and one set of operations by several bindings.

mod cards;
mod grpc;
