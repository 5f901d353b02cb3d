//! The A2A protocol.

mod agents;
