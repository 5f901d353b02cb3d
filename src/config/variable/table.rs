//! The table of variables.

mod callers;
mod engines;
mod gateway;
mod memory;
mod operation;
mod spending;
mod tasks;
mod temporal;

use super::Variable;

const fn now(name: &'static str, default: &'static str, meaning: &'static str) -> Variable {
    Variable {
        name,
        default,
        meaning,
    }
}

/// The rows by what they are about, in the order people meet them.
const PARTS: [&[Variable]; 8] = [
    gateway::ROWS,
    callers::ROWS,
    engines::ROWS,
    tasks::ROWS,
    memory::ROWS,
    spending::ROWS,
    operation::ROWS,
    temporal::ROWS,
];

/// All of them, in the order people meet them.
pub fn all() -> impl Iterator<Item = &'static Variable> {
    PARTS.into_iter().flatten()
}
