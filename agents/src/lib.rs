//! Agents that work through the gateway, and examples of how to write one.
//!
//! An agent is an HTTP server. The gateway calls it once for each attempt at a
//! task, with a delegation token; whatever the agent does, it does through the
//! gateway's public API with that same token, so it acts for the person who sent
//! the task and can do no more than that person may.
//!
//! ```text
//!  person ── task ──▶ gateway ──▶ planner   1 asks the model for a plan
//!                        ▲            │      2 writes the plan to memory
//!                        └────────────┘      3 hands off to the coder, waits
//!                     gateway ──▶ coder      4 reads the plan from memory, and earlier
//!                        ▲            │        answers where it is asked to reuse them
//!                        │            │      5 asks the model for the code
//!                        └────────────┘      6 writes the code to memory
//! ```
//!
//! It has two faces on one port, and does the same behind both: `POST /api/chat`,
//! JSON in and JSON out (or chat chunks, for whoever accepts them), and A2A 1.0 (a
//! card, JSON-RPC at `/`, HTTP+JSON beside it), which also tells what happens on
//! the way.
//!
//! What makes an agent safe to call again after a crash: every write carries an
//! `Idempotency-Key` made of the task's id and the name of the step, and what it
//! sends follows from its input and from earlier steps' ids alone.
//!
//! | where | what |
//! |---|---|
//! | `aloud` | the simple face's answer, in one piece or while it is written |
//! | `call`, `input`, `id` | what comes in: headers, body, the checks of both |
//! | `planner`, `coder` | what the two agents do, step by step |
//! | `conformance` | an agent that does what conformance suites ask for |
//! | `face` | A2A: card, door, tasks, and how an agent tells what it does |
//! | `subject`, `earlier` | what to search memory for, and how what was found is quoted |
//! | `gateway` | the client of the public API: chat, memory, tasks |
//! | `completion`, `stream` | a model's answer, whole or assembled from a stream |
//! | `error` | every way a call fails, and the status it is answered with |
//! | `server`, [`cli`] | one server an agent; what a person types |

mod aloud;
mod call;
pub mod cli;
mod coder;
mod completion;
mod conformance;
mod earlier;
mod error;
mod face;
mod gateway;
mod id;
mod input;
mod planner;
mod server;
mod stream;
mod subject;

use std::{io, net::TcpListener, sync::Arc};

use axum::{Router, routing::post};
use reqwest::Url;

pub use self::{
    conformance::ConformanceConfig,
    server::{Handle, Server},
};
use self::{face::Profile, gateway::Gateway};

/// What an agent must know to run.
#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// Where the gateway's public API is, such as `http://127.0.0.1:8080`. A
    /// path is kept as a prefix of every route.
    pub gateway: Url,
}

/// The planner: answers `POST /api/chat`, A2A 1.0 and `GET /healthz` on
/// `listener` once the returned server runs.
///
/// # Errors
///
/// The gateway's URL is not `http` or `https`, the client cannot be built (for
/// `https`: the system has no certificates), or the listener cannot be used.
pub fn planner(listener: TcpListener, config: &AgentConfig) -> io::Result<Server> {
    let gateway = Arc::new(Gateway::new(config)?);
    let simple = Router::new().route("/api/chat", post(planner::chat));
    let simple = simple.with_state(gateway.clone());
    let a2a = face::acting(&planner::PROFILE, gateway, planner::told);
    Server::new("planner", listener, simple.merge(a2a))
}

/// The coder, served as [`planner`] is.
///
/// # Errors
///
/// As [`planner`].
pub fn coder(listener: TcpListener, config: &AgentConfig) -> io::Result<Server> {
    let gateway = Arc::new(Gateway::new(config)?);
    let simple = Router::new().route("/api/chat", post(coder::chat));
    let simple = simple.with_state(gateway.clone());
    let a2a = face::acting(&coder::PROFILE, gateway, coder::told);
    Server::new("coder", listener, simple.merge(a2a))
}

/// The agent for conformance suites: A2A 1.0 and `GET /healthz` on `listener`
/// once the returned server runs. It asks nobody who they are.
///
/// What it does with a message is told by how the message's id begins, or else
/// its first text; `conformance --help` has the list.
///
/// # Errors
///
/// The listener cannot be used.
pub fn conformance(listener: TcpListener, config: &ConformanceConfig) -> io::Result<Server> {
    let profile = Profile {
        required_extension: config.required_extension.clone(),
        ..conformance::PROFILE
    };
    let app = face::router(&profile, conformance::work(config.timeout));
    Server::new("conformance", listener, app)
}
