//! What several gateways that share a database rely on.

mod erasing;
mod order;
mod rights;
mod silent;
mod sole;
