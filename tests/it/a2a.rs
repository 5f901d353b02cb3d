//! The A2A protocol.

mod push;
