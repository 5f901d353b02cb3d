//! An agent that does as it is told. It is an engine by another name: it
//! remembers what it was sent and answers as scripted.

pub use super::engine::{Act, Engine as Agent};
