//! Floor 2: state with one owner that acts by itself. Outside there are
//! handles; an actor, its messages and its address stay in its own file.

pub mod access_log;
pub mod auth;
mod beside;
pub mod canceled;
pub mod courier;
pub mod dispatcher;
mod drain;
pub mod ends;
pub mod feed;
pub mod forwarder;
pub mod hired;
pub mod ledger;
pub mod lookout;
pub mod mirror;
mod pulse;
mod round;
pub mod sessions;
pub mod supervisor;
pub mod task;
pub mod tracer;
pub mod writer;
mod written;
