//! Two agents that work through the gateway, and an example of how to write one.
//!
//! An agent is an HTTP server with one route. The gateway calls it once for
//! each attempt at a task, with a delegation token; whatever the agent does, it
//! does through the gateway's public API with that same token, so it acts for
//! the person who sent the task and can do no more than that person may.
//!
//! ```text
//!  person ── task ──▶ gateway ──▶ planner   1 asks the model for a plan
//!                        ▲            │      2 writes the plan to memory
//!                        └────────────┘      3 hands off to the coder, waits
//!                     gateway ──▶ coder      4 reads the plan from memory
//!                        ▲            │      5 asks the model for the code
//!                        └────────────┘      6 writes the code to memory
//! ```
//!
//! What makes an agent safe to call again after a crash: every write carries an
//! `Idempotency-Key` made of the task's id and the name of the step, and what it
//! sends follows from its input and from earlier steps' ids alone.
//!
//! | where | what |
//! |---|---|
//! | `call`, `input`, `id` | what comes in: headers, body, the checks of both |
//! | `planner`, `coder` | what the two agents do, step by step |
//! | `gateway` | the client of the public API: chat, memory, tasks |
//! | `completion`, `stream` | a model's answer, whole or assembled from a stream |
//! | `error` | every way a call fails, and the status it is answered with |
//! | `server`, [`cli`] | one actix server an agent; what a person types |

mod call;
pub mod cli;
mod coder;
mod completion;
mod error;
mod gateway;
mod id;
mod input;
mod planner;
mod server;
mod stream;

use std::{io, net::TcpListener};

use actix_web::{dev::Server, web};
use reqwest::Url;

/// What an agent must know to run.
#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// Where the gateway's public API is, such as `http://127.0.0.1:8080`. A
    /// path is kept as a prefix of every route.
    pub gateway: Url,
}

/// The planner: answers `POST /api/chat` and `GET /healthz` on `listener` once
/// the returned server is awaited or spawned.
///
/// It has one worker and leaves signals alone, so it may live in another
/// program's process; stop it through [`Server::handle`].
///
/// # Errors
///
/// The gateway's URL is not `http` or `https`, the client cannot be built (for
/// `https`: the system has no certificates), or the listener cannot be used.
pub fn planner(listener: TcpListener, config: &AgentConfig) -> io::Result<Server> {
    server::serve("planner", listener, config, || {
        web::post().to(planner::chat)
    })
}

/// The coder, served as [`planner`] is.
///
/// # Errors
///
/// As [`planner`].
pub fn coder(listener: TcpListener, config: &AgentConfig) -> io::Result<Server> {
    server::serve("coder", listener, config, || web::post().to(coder::chat))
}
