//! Attach Gateway: an identity and memory side-car for LLM engines and
//! multi-agent systems.
//!
//! # Floors
//!
//! A module uses its own floor and those below it; `tests/it/floors.rs` keeps
//! that.
//!
//! | floor | | |
//! |---|---|---|
//! | 5 | [`cli`] | what a person types |
//! | 4 | [`app`] | wires and drains |
//! | 3 | [`http`] | requests in, answers out |
//! | 2 | [`actors`] | state with one owner that acts by itself |
//! | 1 | [`adapters`] | the outside world; beside it [`config`] and [`telemetry`] |
//! | 0 | [`domain`] | values and decisions: no async, no clock, no I/O |
//!
//! # How a request travels
//!
//! [`http::edge`] names it and refuses what no route should see;
//! [`http::caller`] proves who calls; the handler asks an actor's handle (the
//! [`actors::ledger`] on a chat) or the [`adapters::store`]; the answer goes back
//! through the edge, which writes errors in the caller's dialect. A proxied
//! answer runs through [`http::tap`], which reads along and settles at the end.
//!
//! # How a task travels
//!
//! [`http::tasks`] writes a row and answers; [`actors::supervisor`] claims the
//! row; [`actors::task`] makes the call with [`adapters::runner`] and writes how
//! it ended. The row is the truth: any message between them may be lost.
//!
//! [`http::a2a`] says the same over A2A: its operations are on the same rows, its
//! streams are the rows' history ([`adapters::store`]), its bindings only carry.
//! Agents that speak A2A themselves are called through [`adapters::a2a`].
//!
//! # Words
//!
//! *owner*: the pair (issuer, user) a thing belongs to. *session*: one trace of
//! work by one owner, the same over every hop of a hand-off. *attempt*: one
//! claim of a task; its number fences. *try*: an attempt that counts.
//! *delegation*: the token an agent gets instead of the person's own. *mirror*:
//! the way into shared memory. *bill*: what one call of an engine leaves behind.

pub mod actors;
pub mod adapters;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod http;
pub mod telemetry;
