//! An issuer's public keys.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::config::Algorithm;

/// Keys of a set that are read at most.
const MAX_KEYS: usize = 100;

/// The document is no key set at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a JSON Web Key Set")]
pub struct NotAKeySet;

/// What a key can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Rsa,
    P256,
    P384,
    Ed25519,
}

#[derive(Clone, Debug)]
struct PublicKey {
    kid: String,
    family: Family,
    alg: Option<String>,
    key: DecodingKey,
}

/// The usable keys of one issuer.
#[derive(Clone, Debug, Default)]
pub struct KeySet(Vec<PublicKey>);

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a key set. Each key is read alone: one that is broken, unknown,
    /// too weak, not for signatures or without `kid` is left out.
    ///
    /// # Errors
    ///
    /// [`NotAKeySet`] if the document has no `keys` array.
    pub fn parse(json: &[u8]) -> Result<Self, NotAKeySet> {
        let document: Document<'_> = serde_json::from_slice(json).map_err(|_| NotAKeySet)?;
        let keys = document.keys.iter().take(MAX_KEYS);
        Ok(Self(keys.filter_map(|raw| public_key(raw.get())).collect()))
    }

    /// The one key called `kid` that fits `algorithm`.
    pub fn find(&self, kid: &str, algorithm: Algorithm) -> Option<&DecodingKey> {
        let mut fitting = self.0.iter().filter(|key| {
            let said = key.alg.as_deref().is_none_or(|alg| alg == algorithm.name());
            key.kid == kid && said && key.family == family_of(algorithm)
        });
        let found = fitting.next()?;
        fitting.next().is_none().then_some(&found.key)
    }

    /// Whether any key is called `kid`.
    pub fn knows(&self, kid: &str) -> bool {
        self.0.iter().any(|key| key.kid == kid)
    }

    /// How many keys can be used.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none can.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Checks a signature over `message`.
pub fn is_signed(key: &DecodingKey, algorithm: Algorithm, message: &str, signature: &str) -> bool {
    let algorithm = match algorithm {
        Algorithm::RS256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::ES256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::PS256 => jsonwebtoken::Algorithm::PS256,
        Algorithm::ES384 => jsonwebtoken::Algorithm::ES384,
        Algorithm::EdDSA => jsonwebtoken::Algorithm::EdDSA,
    };
    jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, algorithm).unwrap_or(false)
}

fn family_of(algorithm: Algorithm) -> Family {
    match algorithm {
        Algorithm::RS256 | Algorithm::PS256 => Family::Rsa,
        Algorithm::ES256 => Family::P256,
        Algorithm::ES384 => Family::P384,
        Algorithm::EdDSA => Family::Ed25519,
    }
}

fn public_key(json: &str) -> Option<PublicKey> {
    let jwk: Jwk = serde_json::from_str(json).ok()?;
    let signs = jwk.usage.as_deref().is_none_or(|usage| usage == "sig")
        && jwk
            .key_ops
            .as_ref()
            .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
    if !signs {
        return None;
    }
    let (family, key) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => (Family::Rsa, rsa(&jwk)?),
        ("EC", Some("P-256")) => (Family::P256, elliptic(&jwk, 32)?),
        ("EC", Some("P-384")) => (Family::P384, elliptic(&jwk, 48)?),
        ("OKP", Some("Ed25519")) => (Family::Ed25519, edwards(&jwk)?),
        _ => return None,
    };
    Some(PublicKey {
        kid: jwk.kid,
        family,
        alg: jwk.alg,
        key,
    })
}

/// 2048 to 8192 bits and an exponent of 65537 or more.
fn rsa(jwk: &Jwk) -> Option<DecodingKey> {
    let (n, e) = (bytes(jwk.n.as_ref())?, bytes(jwk.e.as_ref())?);
    let bits = n.len() * 8 - n.first()?.leading_zeros() as usize;
    let exponent = e.iter().try_fold(0u32, |sum, byte| {
        sum.checked_mul(256)?.checked_add(u32::from(*byte))
    })?;
    let strong = (2048..=8192).contains(&bits) && exponent >= 65_537 && exponent % 2 == 1;
    strong.then(|| DecodingKey::from_rsa_raw_components(&n, &e))
}

fn elliptic(jwk: &Jwk, size: usize) -> Option<DecodingKey> {
    let (x, y) = (bytes(jwk.x.as_ref())?, bytes(jwk.y.as_ref())?);
    if x.len() != size || y.len() != size {
        return None;
    }
    DecodingKey::from_ec_components(jwk.x.as_ref()?, jwk.y.as_ref()?).ok()
}

fn edwards(jwk: &Jwk) -> Option<DecodingKey> {
    let x = bytes(jwk.x.as_ref())?;
    (x.len() == 32).then(|| DecodingKey::from_ed_der(&x))
}

fn bytes(text: Option<&String>) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text?).ok()?;
    (!bytes.is_empty()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn rsa_key(kid: &str, bytes: usize, e: &[u8]) -> serde_json::Value {
        let n = URL_SAFE_NO_PAD.encode(vec![0xff; bytes]);
        json!({"kty": "RSA", "kid": kid, "n": n, "e": URL_SAFE_NO_PAD.encode(e)})
    }

    fn ec_key(kid: &str) -> serde_json::Value {
        let half = URL_SAFE_NO_PAD.encode([7; 32]);
        json!({"kty": "EC", "crv": "P-256", "kid": kid, "x": half, "y": half})
    }

    fn set(keys: &[serde_json::Value]) -> KeySet {
        KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    const E: &[u8] = &[1, 0, 1];

    #[test]
    fn one_bad_key_does_not_spoil_the_set() {
        let keys = [
            json!({"kty": "RSA"}),
            json!("nonsense"),
            json!({"kty": "oct", "kid": "s", "k": "AA"}),
            rsa_key("weak", 128, E),
            rsa_key("three", 256, &[3]),
            rsa_key("good", 256, E),
            json!({"kty": "RSA", "n": "AA", "e": "AQAB"}),
        ];
        let set = set(&keys);
        assert_eq!(set.len(), 1);
        assert!(set.find("good", Algorithm::RS256).is_some());
    }

    #[test]
    fn one_kid_may_name_an_rsa_and_an_ec_key_but_not_two_of_a_kind() {
        let twins = set(&[rsa_key("k", 256, E), ec_key("k")]);
        assert!(twins.find("k", Algorithm::RS256).is_some());
        assert!(twins.find("k", Algorithm::ES256).is_some());
        let double = set(&[rsa_key("k", 256, E), rsa_key("k", 256, E)]);
        assert!(double.find("k", Algorithm::RS256).is_none());
    }

    #[test]
    fn a_key_for_something_else_is_not_for_signatures() {
        let with = |name: &str, value: serde_json::Value| {
            let mut key = rsa_key("k", 256, E);
            key[name] = value;
            set(&[key]).find("k", Algorithm::RS256).is_some()
        };
        assert!(with("use", json!("sig")) && with("key_ops", json!(["verify"])));
        assert!(with("alg", json!("RS256")));
        assert!(!with("use", json!("enc")) && !with("key_ops", json!(["encrypt"])));
        assert!(!with("alg", json!("RS512")) && !with("alg", json!("PS256")));
    }

    proptest! {
        #[test]
        fn no_document_panics(text in ".*", n in ".{0,20}", e in ".{0,8}") {
            let _ = KeySet::parse(text.as_bytes());
            let key = json!({"kty": "RSA", "kid": "k", "n": n, "e": e});
            prop_assert!(set(&[key]).is_empty());
        }
    }
}
