//! Issuers, their keys, and the key of our own.

pub mod discovery;
pub mod jwks;
pub mod mint;

/// Chooses the signature library. Must run once before any token is signed or
/// checked; again does nothing.
pub fn install_crypto() {
    // An error says that one is installed, which is what we want.
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
}
