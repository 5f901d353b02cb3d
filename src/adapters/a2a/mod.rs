//! The A2A protocol and the rows: one truth, two shapes.

pub mod directory;
pub mod wire;
