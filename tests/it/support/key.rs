//! Keys of issuers, good and bad, and tokens signed by hand: whatever header,
//! whatever claims.

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        self, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaKeyPair,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A signing key, and its public half as an issuer publishes it.
pub struct Key {
    pub kid: String,
    pub jwk: Value,
    pair: Pair,
}

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(Box<RsaKeyPair>),
    Ed(Ed25519KeyPair),
}

impl Key {
    pub fn p256(kid: &str) -> Self {
        Self::elliptic(kid, "P-256", &ECDSA_P256_SHA256_FIXED_SIGNING)
    }

    pub fn p384(kid: &str) -> Self {
        Self::elliptic(kid, "P-384", &ECDSA_P384_SHA384_FIXED_SIGNING)
    }

    fn elliptic(kid: &str, curve: &str, algorithm: &'static EcdsaSigningAlgorithm) -> Self {
        let pair = EcdsaKeyPair::generate(algorithm).unwrap();
        let point = &pair.public_key().as_ref()[1..];
        let (x, y) = point.split_at(point.len() / 2);
        let jwk = json!({ "kty": "EC", "crv": curve, "kid": kid, "x": b64(x), "y": b64(y) });
        Self::new(kid, jwk, Pair::Ec(pair))
    }

    pub fn rsa(kid: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        // SEQUENCE (4 bytes), INTEGER (4), a zero, 256 bytes of modulus, then
        // the exponent, which is 65537.
        let public = pair.public_key().as_der().unwrap();
        let at = public.as_ref().len() - 5 - 256;
        let n = &public.as_ref()[at..at + 256];
        let jwk = json!({ "kty": "RSA", "kid": kid, "n": b64(n), "e": "AQAB" });
        Self::new(kid, jwk, Pair::Rsa(Box::new(pair)))
    }

    pub fn ed25519(kid: &str) -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let x = b64(pair.public_key().as_ref());
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x });
        Self::new(kid, jwk, Pair::Ed(pair))
    }

    fn new(kid: &str, jwk: Value, pair: Pair) -> Self {
        Self {
            kid: kid.to_owned(),
            jwk,
            pair,
        }
    }

    /// The public half with `name` set to `value`.
    pub fn jwk_with(&self, name: &str, value: Value) -> Value {
        with(&self.jwk, name, value)
    }

    /// A header that says the truth.
    pub fn header(&self) -> Value {
        json!({ "alg": self.alg(), "typ": "JWT", "kid": self.kid })
    }

    pub fn alg(&self) -> &'static str {
        match (&self.pair, self.jwk["crv"].as_str()) {
            (Pair::Rsa(_), _) => "RS256",
            (Pair::Ed(_), _) => "EdDSA",
            (Pair::Ec(_), Some("P-384")) => "ES384",
            (Pair::Ec(_), _) => "ES256",
        }
    }

    /// A token with an honest header.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(&self.header(), claims)
    }

    /// A token with any header; what it calls `alg` changes nothing, but that
    /// an RSA key signs `PS256` where it says so.
    pub fn sign_as(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&header.to_string(), &claims.to_string())
    }

    /// The same of any text.
    pub fn sign_text(&self, header: &str, claims: &str) -> String {
        let input = format!("{}.{}", b64(header), b64(claims));
        let is_pss = header.contains("PS256");
        format!("{input}.{}", b64(self.signature(input.as_bytes(), is_pss)))
    }

    /// The same of parts as they are, whatever they hold.
    pub fn sign_encoded(&self, header: &str, claims: &str) -> String {
        let input = format!("{header}.{claims}");
        format!("{input}.{}", b64(self.signature(input.as_bytes(), false)))
    }

    fn signature(&self, message: &[u8], is_pss: bool) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ec(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut bytes = vec![0; pair.public_modulus_len()];
                let padding: &dyn signature::RsaEncoding = if is_pss {
                    &signature::RSA_PSS_SHA256
                } else {
                    &signature::RSA_PKCS1_SHA256
                };
                pair.sign(padding, &random, message, &mut bytes).unwrap();
                bytes
            }
        }
    }
}

pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The claims, or the header, of a token.
pub fn read(token: &str, part: usize) -> Value {
    let part = token.split('.').nth(part).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// `object` with `name` set to `value`.
pub fn with(object: &Value, name: &str, value: Value) -> Value {
    let mut object = object.clone();
    object[name] = value;
    object
}

/// `object` without `name`.
pub fn without(object: &Value, name: &str) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().remove(name);
    object
}
