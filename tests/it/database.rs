//! What several gateways that share a database rely on.

mod order;
mod sole;
