//! The gateway's own key, and the delegation tokens it signs for agents.

use std::{io, path::Path};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    adapters::secret::{hex, kept, sha256},
    domain::{
        id::{Owner, SessionId, TaskId},
        identity::Scopes,
        time::UnixMillis,
    },
};

/// An ES256 key of this deployment, kept in a file of mode 0600.
pub struct SigningKey {
    private: EncodingKey,
    public: DecodingKey,
    kid: String,
    jwk: Value,
}

impl SigningKey {
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
        let make = || {
            let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let key = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new());
            let key = key.map_err(|_| io::Error::other("no key could be made"))?;
            Ok(key.as_ref().to_vec())
        };
        let pkcs8 = kept(path, make)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8);
        let pair = pair.map_err(|_| broken())?;
        // An uncompressed point: 4, then x and y of 32 bytes each.
        let point = pair.public_key().as_ref();
        let (x, y) = (&point[1..33], &point[33..]);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let kid = hex(&sha256(point)[..8]);
        Ok(Self {
            private: EncodingKey::from_ec_der(&pkcs8),
            public: DecodingKey::from_ec_components(&x, &y).map_err(|_| broken())?,
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

/// What an agent is given instead of the person's own token.
#[derive(Clone, Debug)]
pub struct Delegated<'a> {
    /// The person.
    pub owner: &'a Owner,
    /// The task it is for, and with which it dies; none for a token that a
    /// caller exchanged for their own.
    pub task: Option<TaskId>,
    /// The session of the hand-off.
    pub session: &'a SessionId,
    /// What the agent may do.
    pub scopes: Scopes,
    /// The agents that act, nearest first.
    pub actors: &'a [String],
    /// The API key it is exchanged for, and with which it dies.
    pub key: Option<&'a str>,
    /// When it ends at the latest.
    pub expires_at: UnixMillis,
}

/// Signs delegation tokens.
pub struct Minter {
    key: SigningKey,
    public_url: String,
}

impl Minter {
    /// A minter whose tokens say `public_url` in `iss` and `aud`.
    pub fn new(key: SigningKey, public_url: String) -> Self {
        Self { key, public_url }
    }

    /// The key.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// What delegation tokens carry in `iss` and `aud`.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// A token for `delegated` (RFC 8693 `act`, one level a hop).
    ///
    /// # Errors
    ///
    /// The system has no randomness to give.
    pub fn mint(&self, delegated: &Delegated<'_>, now: UnixMillis) -> io::Result<String> {
        let act = delegated
            .actors
            .iter()
            .rev()
            .fold(Value::Null, |inner, name| {
                if inner.is_null() {
                    json!({ "sub": name })
                } else {
                    json!({ "sub": name, "act": inner })
                }
            });
        let mut claims = json!({
            "iss": self.public_url,
            "aud": self.public_url,
            "sub": delegated.owner.user,
            "idp": delegated.owner.issuer,
            "session": delegated.session,
            "scope": delegated.scopes.to_text(),
            "iat": now.secs(),
            "exp": (delegated.expires_at.0 + 999) / 1000,
        });
        if let Some(task) = delegated.task {
            claims["task_id"] = json!(task);
        }
        if let Some(key) = delegated.key {
            claims["api_key"] = json!(key);
        }
        if !act.is_null() {
            claims["act"] = act;
        }
        self.key.sign("JWT", &claims)
    }
}
