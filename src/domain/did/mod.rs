//! Identifiers that are their own key: `did:key` and `did:pkh`.
//!
//! Whoever holds the key of one is "the same somebody" as last time, and nothing
//! more: anyone can make a key. Nothing is ever resolved or fetched.

mod claims;
mod key;
mod pkh;
mod token;

pub use claims::DidClaims;
pub use token::{DidToken, Proof};

/// No DID we take is longer, in bytes.
const MAX_BYTES: usize = 160;

/// The identifier is not one we take, or not written in its one canonical way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the DID is malformed, or of a kind that is not taken")]
pub struct NotADid;

/// Where the key of a DID is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `did:key`: the key itself, in multibase.
    Key,
    /// `did:pkh`: an account of a chain (CAIP-10).
    Pkh,
}

/// What a signature of a DID is checked against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verifier {
    /// An Ed25519 key.
    Ed25519([u8; 32]),
    /// A compressed point of secp256k1.
    Secp256k1([u8; 33]),
    /// A compressed point of P-256.
    P256([u8; 33]),
    /// A compressed point of P-384.
    P384([u8; 49]),
    /// The address of an Ethereum account: the key is recovered from the
    /// signature and hashed.
    Ethereum([u8; 20]),
}

/// A DID in its canonical spelling: one somebody, one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Did {
    text: String,
    method: Method,
    verifier: Verifier,
}

impl Did {
    /// Reads a bare DID: no path, query or fragment, no other spelling than the
    /// canonical one, but that an Ethereum address may be all in lower case.
    ///
    /// # Errors
    ///
    /// [`NotADid`]; also for every method and curve that is not taken.
    pub fn parse(text: &str) -> Result<Self, NotADid> {
        if text.len() > MAX_BYTES {
            return Err(NotADid);
        }
        if let Some(multibase) = text.strip_prefix("did:key:") {
            return Ok(Self {
                text: text.to_owned(),
                method: Method::Key,
                verifier: key::parse(multibase)?,
            });
        }
        let account = text.strip_prefix("did:pkh:").ok_or(NotADid)?;
        let (account, verifier) = pkh::parse(account)?;
        Ok(Self {
            text: format!("did:pkh:{account}"),
            method: Method::Pkh,
            verifier,
        })
    }

    /// The canonical spelling.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// What its signatures are checked against.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }
}

#[cfg(test)]
mod tests;
