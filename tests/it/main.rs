//! The real gateway on a free port, with peers that do as they are told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    dead_code
)]

mod first_light;
mod floors;
mod support;
