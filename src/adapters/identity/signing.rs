//! The gateway's own key.

pub mod shared;

use std::{io, path::Path};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::Serialize;
use serde_json::{Value, json};

use crate::adapters::secret::{hex, kept, sha256};

/// An ES256 key of this deployment: in a file of mode 0600, or sealed in the database
/// that its gateways share.
pub struct SigningKey {
    private: EncodingKey,
    public: DecodingKey,
    kid: String,
    jwk: Value,
}

impl SigningKey {
    /// What its file is called in the data folder of a gateway.
    pub const FILE: &str = "delegation.key";

    /// The key in the file at `path`, which is made when it is missing.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written, or holds something else.
    pub fn open(path: &Path) -> io::Result<Self> {
        let broken = || {
            let text = format!("{} is not a key of ours; move it away", path.display());
            io::Error::new(io::ErrorKind::InvalidData, text)
        };
        Self::from_pkcs8(&kept(path, fresh)?).ok_or_else(broken)
    }

    /// The key whose private half is `pkcs8`; `None` if that is something else.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Option<Self> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).ok()?;
        // An uncompressed point: 4, then x and y of 32 bytes each.
        let point = pair.public_key().as_ref();
        let (x, y) = (&point[1..33], &point[33..]);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let kid = hex(&sha256(point)[..8]);
        Some(Self {
            private: EncodingKey::from_ec_der(pkcs8),
            public: DecodingKey::from_ec_components(&x, &y).ok()?,
            jwk: json!({
                "kty": "EC", "crv": "P-256", "kid": kid, "alg": "ES256", "use": "sig",
                "x": x, "y": y,
            }),
            kid,
        })
    }

    /// Signs `claims` as a JWT of type `typ`. Costs some 50 µs.
    ///
    /// # Errors
    ///
    /// The claims are no JSON object, or the system has no randomness to give.
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> io::Result<String> {
        let header = Header {
            typ: Some(typ.to_owned()),
            kid: Some(self.kid.clone()),
            ..Header::new(Algorithm::ES256)
        };
        jsonwebtoken::encode(&header, claims, &self.private).map_err(io::Error::other)
    }

    /// Signs `payload` as a JWS of which only the header and the signature go
    /// out, both in base64url (RFC 7515, appendix F). `jku` says where the public
    /// half is.
    ///
    /// # Errors
    ///
    /// The system has no randomness to give.
    pub fn sign_detached(&self, jku: &str, payload: &[u8]) -> io::Result<(String, String)> {
        let header = json!({ "alg": "ES256", "kid": self.kid, "typ": "JOSE", "jku": jku });
        let protected = URL_SAFE_NO_PAD.encode(header.to_string());
        let signed = format!("{protected}.{}", URL_SAFE_NO_PAD.encode(payload));
        let signature =
            jsonwebtoken::crypto::sign(signed.as_bytes(), &self.private, Algorithm::ES256);
        Ok((protected, signature.map_err(io::Error::other)?))
    }

    /// The public half, for checking.
    pub fn public(&self) -> &DecodingKey {
        &self.public
    }

    /// What tokens signed with it carry in `kid`.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half as a JSON Web Key Set.
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk] })
    }
}

/// The private half of a new key, as PKCS #8.
fn fresh() -> io::Result<Vec<u8>> {
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let key = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new());
    let key = key.map_err(|_| io::Error::other("no key could be made"))?;
    Ok(key.as_ref().to_vec())
}
