//! Whose tokens are accepted.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::identity::Scopes;

/// A signature algorithm we are willing to check. The list is ours, never the
/// token's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Algorithm {
    /// RSA PKCS#1 v1.5 with SHA-256.
    RS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// RSA-PSS with SHA-256.
    PS256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// Ed25519.
    EdDSA,
}

impl Algorithm {
    /// The word in a token's `alg` and a key's `alg`.
    pub fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
            Self::PS256 => "PS256",
            Self::ES384 => "ES384",
            Self::EdDSA => "EdDSA",
        }
    }
}

/// One OIDC issuer: `OIDC_ISSUER` and `OIDC_AUD`, or an `[[issuer]]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerConfig {
    /// Compared byte for byte with `iss` and with the discovery document.
    pub url: String,
    /// Must be in the token's `aud`.
    pub audience: String,
    /// What may sign. Default RS256 and ES256.
    #[serde(default = "default_algorithms")]
    pub algorithms: Vec<Algorithm>,
    /// Where the keys are, when discovery must not be asked.
    pub jwks_url: Option<String>,
    /// Words of this issuer's `scope` (or `scp`) that stand for ours.
    #[serde(default)]
    pub scopes: BTreeMap<String, Vec<String>>,
}

impl IssuerConfig {
    /// Our own scopes among this issuer's words, and those its words stand for.
    pub(crate) fn granted<'w>(&self, words: impl IntoIterator<Item = &'w str>) -> Scopes {
        words.into_iter().fold(Scopes::default(), |all, word| {
            let mapped = self.scopes.get(word).map(|names| names.join(" "));
            all.or(Scopes::parse(word))
                .or(Scopes::parse(&mapped.unwrap_or_default()))
        })
    }
}

/// What may sign when nothing else is said.
pub fn default_algorithms() -> Vec<Algorithm> {
    vec![Algorithm::RS256, Algorithm::ES256]
}
