//! Whoever signs tokens here, and what they sign with.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::Signer as _;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sha3::Keccak256;

/// Bytes that are the same in every run (SplitMix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.number() % end as u64).unwrap()
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.number().to_le_bytes()[0])
    }
}

/// Every way of signing that is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Ed25519,
    Secp256k1,
    P256,
    P384,
    /// A wallet's `personal_sign`.
    Wallet,
    /// SHA-256 and the same 65 bytes.
    Recoverable,
    Solana,
}

impl Kind {
    pub(crate) const ALL: [Self; 7] = [
        Self::Ed25519,
        Self::Secp256k1,
        Self::P256,
        Self::P384,
        Self::Wallet,
        Self::Recoverable,
        Self::Solana,
    ];

    pub(crate) fn alg(self) -> &'static str {
        match self {
            Self::Ed25519 | Self::Solana => "EdDSA",
            Self::Secp256k1 => "ES256K",
            Self::P256 => "ES256",
            Self::P384 => "ES384",
            Self::Wallet => "EIP191",
            Self::Recoverable => "ES256K-R",
        }
    }
}

enum Key {
    Edwards(ed25519_dalek::SigningKey),
    Koblitz(k256::ecdsa::SigningKey),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
}

/// Somebody with a key.
pub(crate) struct Signer {
    pub(crate) kind: Kind,
    pub(crate) did: String,
    key: Key,
}

impl Signer {
    pub(crate) fn new(kind: Kind, dice: &mut Dice) -> Self {
        let key = Key::new(kind, dice);
        let did = match (&key, kind) {
            (Key::Edwards(key), Kind::Solana) => {
                let account = bs58::encode(key.verifying_key().as_bytes()).into_string();
                format!("did:pkh:solana:4sGjMW1sUnHzSxGspuhpqLDx6wiyjNtZ:{account}")
            }
            (Key::Koblitz(key), Kind::Wallet | Kind::Recoverable) => {
                format!("did:pkh:eip155:1:{}", address(key.verifying_key()))
            }
            (key, _) => did_key(key.code(), &key.public()),
        };
        Self { kind, did, key }
    }

    /// The claims of a good token.
    pub(crate) fn claims(&self) -> serde_json::Value {
        json!({ "iss": self.did, "aud": "us", "iat": 1_000, "exp": 1_600 })
    }

    /// What form A signs.
    pub(crate) fn jws_input(&self) -> String {
        let header = b64(json!({ "alg": self.kind.alg() }).to_string());
        format!("{header}.{}", b64(self.claims().to_string()))
    }

    /// What form B signs, where the kind has a form B.
    pub(crate) fn literal_input(&self) -> Option<String> {
        let input = format!("{}.{}", self.did, b64(self.claims().to_string()));
        (self.kind != Kind::Recoverable).then_some(input)
    }

    pub(crate) fn sign(&self, message: &str) -> Vec<u8> {
        let message = message.as_bytes();
        let recoverable = |key: &k256::ecdsa::SigningKey, hash: &[u8]| {
            let (signature, id) = key.sign_prehash_recoverable(hash);
            [&signature.to_bytes()[..], &[id.to_byte()]].concat()
        };
        match (&self.key, self.kind) {
            (Key::Edwards(key), _) => key.sign(message).to_bytes().to_vec(),
            (Key::Koblitz(key), Kind::Wallet) => recoverable(key, &personal(message)),
            (Key::Koblitz(key), Kind::Recoverable) => recoverable(key, &Sha256::digest(message)),
            (Key::Koblitz(key), _) => {
                let signature: k256::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
            (Key::P256(key), _) => {
                let signature: p256::ecdsa::Signature =
                    p256::ecdsa::signature::Signer::sign(key, message);
                signature.to_bytes().to_vec()
            }
            (Key::P384(key), _) => {
                let signature: p384::ecdsa::Signature =
                    p384::ecdsa::signature::Signer::sign(key, message);
                signature.to_bytes().to_vec()
            }
        }
    }

    /// The public key in its uncompressed form, where it has one.
    pub(crate) fn uncompressed(&self) -> Vec<u8> {
        match &self.key {
            Key::Edwards(key) => key.verifying_key().as_bytes().to_vec(),
            Key::Koblitz(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Key::P256(key) => key
                .verifying_key()
                .to_encoded_point(false)
                .as_bytes()
                .to_vec(),
            Key::P384(key) => key
                .verifying_key()
                .to_encoded_point(false)
                .as_bytes()
                .to_vec(),
        }
    }

    /// The multicodec of the key.
    pub(crate) fn code(&self) -> [u8; 2] {
        self.key.code()
    }

    /// The public key as a DID holds it.
    pub(crate) fn public(&self) -> Vec<u8> {
        self.key.public()
    }
}

impl Key {
    fn new(kind: Kind, dice: &mut Dice) -> Self {
        let bytes = dice.bytes::<32>();
        match kind {
            Kind::Ed25519 | Kind::Solana => {
                Self::Edwards(ed25519_dalek::SigningKey::from_bytes(&bytes))
            }
            Kind::P256 => Self::P256(p256::ecdsa::SigningKey::from_slice(&bytes).unwrap()),
            Kind::P384 => {
                let bytes = [&bytes[..], &dice.bytes::<16>()].concat();
                Self::P384(p384::ecdsa::SigningKey::from_slice(&bytes).unwrap())
            }
            _ => Self::Koblitz(k256::ecdsa::SigningKey::from_slice(&bytes).unwrap()),
        }
    }

    fn code(&self) -> [u8; 2] {
        match self {
            Self::Edwards(_) => [0xed, 0x01],
            Self::Koblitz(_) => [0xe7, 0x01],
            Self::P256(_) => [0x80, 0x24],
            Self::P384(_) => [0x81, 0x24],
        }
    }

    fn public(&self) -> Vec<u8> {
        match self {
            Self::Edwards(key) => key.verifying_key().as_bytes().to_vec(),
            Self::Koblitz(key) => key.verifying_key().to_sec1_point(true).as_bytes().to_vec(),
            Self::P256(key) => key
                .verifying_key()
                .to_encoded_point(true)
                .as_bytes()
                .to_vec(),
            Self::P384(key) => key
                .verifying_key()
                .to_encoded_point(true)
                .as_bytes()
                .to_vec(),
        }
    }
}

/// `did:key` of any code and any bytes.
pub(crate) fn did_key(code: impl AsRef<[u8]>, key: &[u8]) -> String {
    let bytes = [code.as_ref(), key].concat();
    format!("did:key:z{}", bs58::encode(bytes).into_string())
}

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of any signing input and any signature.
pub(crate) fn token(input: &str, signature: &[u8]) -> String {
    format!("{input}.{}", b64(signature))
}

fn personal(message: &[u8]) -> Vec<u8> {
    let prefix = format!("\x19Ethereum Signed Message:\n{}", message.len());
    Keccak256::digest([prefix.as_bytes(), message].concat()).to_vec()
}

/// All in lower case.
fn address(key: &k256::ecdsa::VerifyingKey) -> String {
    let hash = Keccak256::digest(&key.to_sec1_point(false).as_bytes()[1..]);
    hash[12..]
        .iter()
        .fold("0x".to_owned(), |hex, byte| format!("{hex}{byte:02x}"))
}
