//! A2A 0.3 as 1.0 says it: what is asked becomes JSON of 1.0 before it is read,
//! and what is told is made from the types of 1.0. Nothing is decided here.

pub mod ask;
pub mod refuse;
pub mod tell;
mod words;

#[cfg(test)]
mod tests;

/// How 0.3 writes its objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// JSON-RPC: objects tell their `kind`.
    Rpc,
    /// HTTP+JSON: ProtoJSON of the package `a2a.v1`.
    Rest(Bytes),
}

/// What `fileWithBytes` holds in ProtoJSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bytes {
    /// The file, in base64, as the definition says.
    Once,
    /// The text that is the file in base64, in base64 once more: one client puts
    /// the text of JSON-RPC into the field that is for bytes, and takes it out so.
    Twice,
}
