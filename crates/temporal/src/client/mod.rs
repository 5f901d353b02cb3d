//! The connection and every call.

mod attributes;
mod call;
mod link;
mod look;
mod probe;
mod queue;
mod setup;
mod start;
mod stop;
mod trace;

pub use self::{
    attributes::Attributes,
    link::{Standing, Temporal},
    look::{Look, NotJson},
    setup::{Made, Setup},
    start::{Start, Started},
    trace::{Step, Trace},
};
