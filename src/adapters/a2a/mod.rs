//! The A2A protocol and the rows: one truth, two shapes.

pub mod cards;
pub mod client;
pub mod directory;
pub mod interface;
pub mod whole;
pub mod wire;
