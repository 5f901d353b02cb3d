//! Issuers, their keys, and the key of our own.

pub mod did;
pub mod discovery;
pub mod exchange;
pub mod jwks;
pub mod login;
pub mod mint;
pub mod signing;
pub mod used;

/// Chooses the signature library. Must run once before any token is signed or
/// checked; again does nothing.
pub fn install_crypto() {
    // An error says that one is installed, which is what we want.
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
}
