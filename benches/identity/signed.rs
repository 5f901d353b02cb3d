//! Who signs the tokens that are measured.

use attach_gateway::{config::Algorithm, domain::time::UnixMillis};
use aws_lc_rs::{
    rand::SystemRandom,
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use k256::ecdsa::signature::Signer as _;
use serde_json::{Value, json};
use sha3::{Digest, Keccak256};

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn jws(header: &Value, claims: &Value, sign: &Sign) -> String {
    let input = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
    let signature = sign(input.as_bytes());
    format!("{input}.{}", b64(signature))
}

/// An issuer with a key of each kind.
pub(crate) struct Issuer {
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
    ed: Ed25519KeyPair,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        Self {
            rsa: RsaKeyPair::generate(rsa::KeySize::Rsa2048).unwrap(),
            ec: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
            ed: Ed25519KeyPair::generate().unwrap(),
        }
    }

    /// The set of its three keys.
    pub(crate) fn keys(&self) -> Vec<u8> {
        let public = self.rsa.public_key();
        let (n, e) = (public.modulus(), public.exponent());
        let (n, e) = (
            n.big_endian_without_leading_zero(),
            e.big_endian_without_leading_zero(),
        );
        let point = self.ec.public_key().as_ref();
        let keys = json!({ "keys": [
            { "kty": "RSA", "kid": "RS256", "use": "sig", "alg": "RS256", "n": b64(n), "e": b64(e) },
            { "kty": "EC", "kid": "ES256", "use": "sig", "crv": "P-256", "x": b64(&point[1..33]), "y": b64(&point[33..]) },
            { "kty": "OKP", "kid": "EdDSA", "use": "sig", "crv": "Ed25519", "x": b64(self.ed.public_key()) },
        ] });
        keys.to_string().into_bytes()
    }

    /// A token of some 600 bytes, as providers write them.
    pub(crate) fn token(&self, algorithm: Algorithm) -> String {
        let header = json!({ "alg": algorithm.name(), "typ": "at+jwt", "kid": algorithm.name() });
        let claims = json!({
            "iss": "https://tenant.eu.provider.example/", "sub": "auth0|65f0c0ffee65f0c0ffee65f0",
            "aud": ["https://gateway.example", "https://tenant.eu.provider.example/userinfo"],
            "iat": 1_700_000_000, "exp": 1_700_086_400, "scope": "openid profile email chat:run",
            "azp": "pJ2kVbG0Yq8nR4mT", "jti": "0f8fad5b-d9cb-469f-a165-70867728950e",
        });
        let random = SystemRandom::new();
        let input = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
        let signature = match algorithm {
            Algorithm::RS256 => {
                let mut signature = vec![0; self.rsa.public_modulus_len()];
                let signed =
                    self.rsa
                        .sign(&RSA_PKCS1_SHA256, &random, input.as_bytes(), &mut signature);
                signed.unwrap();
                signature
            }
            Algorithm::ES256 => self
                .ec
                .sign(&random, input.as_bytes())
                .unwrap()
                .as_ref()
                .to_vec(),
            _ => self.ed.sign(input.as_bytes()).as_ref().to_vec(),
        };
        format!("{input}.{}", b64(signature))
    }
}

/// Somebody who is their own key.
pub(crate) struct Wallet {
    pub(crate) name: &'static str,
    alg: &'static str,
    did: String,
    sign: Sign,
}

impl Wallet {
    /// One of each kind; the first is `did:key` with Ed25519.
    pub(crate) fn all() -> Vec<Self> {
        vec![ed25519(), secp256k1(), p256(), p384(), ethereum()]
    }

    pub(crate) fn token(&self, now: UnixMillis) -> String {
        self.numbered(now, 0)
    }

    /// A token like no other of its `jti`.
    pub(crate) fn numbered(&self, now: UnixMillis, jti: u64) -> String {
        let claims = json!({
            "iss": self.did, "aud": "us", "jti": jti.to_string(),
            "iat": now.secs(), "exp": now.secs() + 600,
        });
        jws(
            &json!({ "alg": self.alg, "typ": "JWT" }),
            &claims,
            &self.sign,
        )
    }
}

fn did_key(code: [u8; 2], key: &[u8]) -> String {
    let bytes = [&code, key].concat();
    format!("did:key:z{}", bs58::encode(bytes).into_string())
}

fn ed25519() -> Wallet {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    Wallet {
        name: "did:key Ed25519",
        alg: "EdDSA",
        did: did_key([0xed, 0x01], key.verifying_key().as_bytes()),
        sign: Box::new(move |message| {
            ed25519_dalek::Signer::sign(&key, message)
                .to_bytes()
                .to_vec()
        }),
    }
}

fn secp256k1() -> Wallet {
    let key = k256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
    Wallet {
        name: "did:key secp256k1",
        alg: "ES256K",
        did: did_key(
            [0xe7, 0x01],
            key.verifying_key().to_sec1_point(true).as_bytes(),
        ),
        sign: Box::new(move |message| {
            let signature: k256::ecdsa::Signature = key.sign(message);
            signature.to_bytes().to_vec()
        }),
    }
}

fn p256() -> Wallet {
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    prime("did:key P-256", "ES256", [0x80, 0x24], algorithm)
}

fn p384() -> Wallet {
    let algorithm = &ECDSA_P384_SHA384_FIXED_SIGNING;
    prime("did:key P-384", "ES384", [0x81, 0x24], algorithm)
}

fn prime(
    name: &'static str,
    alg: &'static str,
    code: [u8; 2],
    algorithm: &'static EcdsaSigningAlgorithm,
) -> Wallet {
    let key = EcdsaKeyPair::generate(algorithm).unwrap();
    let point = key.public_key().as_ref();
    let (x, y) = point[1..].split_at(point.len() / 2);
    let compressed = [&[2 + (y[y.len() - 1] & 1)], x].concat();
    Wallet {
        name,
        alg,
        did: did_key(code, &compressed),
        sign: Box::new(move |message| {
            let signature = key.sign(&SystemRandom::new(), message).unwrap();
            signature.as_ref().to_vec()
        }),
    }
}

fn ethereum() -> Wallet {
    let key = k256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap();
    let hash = Keccak256::digest(&key.verifying_key().to_sec1_point(false).as_bytes()[1..]);
    let address = hash[12..]
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    Wallet {
        name: "did:pkh EIP-191",
        alg: "EIP191",
        did: format!("did:pkh:eip155:1:0x{address}"),
        sign: Box::new(move |message| {
            let prefix = format!("\x19Ethereum Signed Message:\n{}", message.len());
            let hash = Keccak256::digest([prefix.as_bytes(), message].concat());
            let (signature, id) = key.sign_prehash_recoverable(&hash);
            [&signature.to_bytes()[..], &[id.to_byte() + 27]].concat()
        }),
    }
}
