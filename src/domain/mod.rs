//! Floor 0: values and decisions. No async, no clock, no I/O.

pub mod a2a;
pub mod address;
pub mod api_key;
pub mod attempt;
pub mod browser;
pub mod chat;
pub mod did;
pub mod header;
pub mod id;
pub mod identity;
pub mod json;
pub mod jwt;
pub mod memory;
pub mod price;
pub mod quota;
pub mod redact;
pub mod return_to;
pub mod sought;
pub mod stream;
pub mod target;
pub mod task;
pub mod time;
pub mod token;
pub mod trace;
pub mod usage;

pub use id::{Owner, SessionId, TaskId};
pub use time::UnixMillis;
