//! Windows that several gateways share.

pub mod redis;
