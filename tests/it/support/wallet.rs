//! Keys that are DIDs, and tokens signed with them in both forms.

use attach_gateway::domain::time::UnixMillis;
use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, KeyPair,
    },
};
use ed25519_dalek::Signer;
use k256::ecdsa::{Signature, SigningKey, VerifyingKey};
use serde_json::{Value, json};
use sha3::{Digest, Keccak256};

use super::{issuer::AUDIENCE, key::b64};

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

pub struct Wallet {
    pub did: String,
    pub alg: &'static str,
    sign: Sign,
}

/// A `did:key` of this multicodec.
pub fn did_key(code: [u8; 2], key: &[u8]) -> String {
    let bytes = [&code, key].concat();
    format!("did:key:z{}", bs58::encode(bytes).into_string())
}

pub fn solana_did(key: &[u8]) -> String {
    let address = bs58::encode(key).into_string();
    format!("did:pkh:solana:4sGjMW1sUnHzSExGspuhpLDx6wiyjNtZ:{address}")
}

fn signing(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

impl Wallet {
    fn new(did: String, alg: &'static str, sign: impl Fn(&[u8]) -> Vec<u8> + 'static) -> Self {
        let sign = Box::new(sign);
        Self { did, alg, sign }
    }

    pub fn edwards(seed: u8) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
        let did = did_key([0xed, 1], key.verifying_key().as_bytes());
        Self::new(did, "EdDSA", move |m| key.sign(m).to_bytes().to_vec())
    }

    pub fn solana(seed: u8) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
        let did = solana_did(key.verifying_key().as_bytes());
        Self::new(did, "EdDSA", move |m| key.sign(m).to_bytes().to_vec())
    }

    pub fn secp256k1(seed: u8) -> Self {
        let key = signing(seed);
        let point = key.verifying_key().to_sec1_point(true).to_bytes();
        Self::new(did_key([0xe7, 1], &point), "ES256K", move |m| {
            let signature: Signature = key.sign(m);
            signature.normalize_s().to_bytes().to_vec()
        })
    }

    pub fn p256() -> Self {
        Self::elliptic([0x80, 0x24], "ES256", &ECDSA_P256_SHA256_FIXED_SIGNING)
    }

    pub fn p384() -> Self {
        Self::elliptic([0x81, 0x24], "ES384", &ECDSA_P384_SHA384_FIXED_SIGNING)
    }

    fn elliptic(
        code: [u8; 2],
        alg: &'static str,
        algorithm: &'static EcdsaSigningAlgorithm,
    ) -> Self {
        let pair = EcdsaKeyPair::generate(algorithm).unwrap();
        let point = pair.public_key().as_ref();
        let half = (point.len() - 1) / 2;
        let parity = 2 + (point[point.len() - 1] & 1);
        let short = [&[parity], &point[1..=half]].concat();
        Self::new(did_key(code, &short), alg, move |m| {
            let signature = pair.sign(&SystemRandom::new(), m).unwrap();
            signature.as_ref().to_vec()
        })
    }

    /// A wallet of Ethereum; `v` is 0 or 1.
    pub fn ethereum(seed: u8) -> Self {
        let key = signing(seed);
        Self::new(account(&key), "EIP191", move |m| {
            let (signature, id) = key.sign_prehash_recoverable(&personal(m));
            [&signature.to_bytes()[..], &[id.to_byte()]].concat()
        })
    }

    /// The same one, signing `ES256K-R`.
    pub fn recovering(seed: u8) -> Self {
        let key = signing(seed);
        Self::new(account(&key), "ES256K-R", move |m| {
            let hash = digest::digest(&digest::SHA256, m);
            let (signature, id) = key.sign_prehash_recoverable(hash.as_ref());
            [&signature.to_bytes()[..], &[id.to_byte()]].concat()
        })
    }

    /// This wallet under another name.
    pub fn named(self, did: impl Into<String>) -> Self {
        let did = did.into();
        Self { did, ..self }
    }

    /// The claims of a good token, to be changed and signed.
    pub fn claims(&self) -> Value {
        let now = UnixMillis::now().secs();
        json!({ "iss": self.did, "aud": AUDIENCE, "iat": now, "exp": now + 600 })
    }

    pub fn header(&self) -> Value {
        json!({ "alg": self.alg, "typ": "JWT" })
    }

    pub fn signature(&self, input: &str) -> Vec<u8> {
        (self.sign)(input.as_bytes())
    }

    /// A good token of form A.
    pub fn jws(&self) -> String {
        self.jws_of(&self.header(), &self.claims())
    }

    pub fn jws_of(&self, header: &Value, claims: &Value) -> String {
        self.signed(&jws_input(header, claims), |signature| signature)
    }

    /// A good token of form B.
    pub fn literal(&self) -> String {
        self.literal_of(&self.claims())
    }

    pub fn literal_of(&self, claims: &Value) -> String {
        self.signed(&self.literal_input(claims), |signature| signature)
    }

    pub fn literal_input(&self, claims: &Value) -> String {
        format!("{}.{}", self.did, b64(claims.to_string()))
    }

    /// `input` and its signature, as `bend` leaves it.
    pub fn signed(&self, input: &str, bend: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
        format!("{input}.{}", b64(bend(self.signature(input))))
    }

    /// A token of form A whose signature is recovered with `v`, bent.
    pub fn jws_with_v(&self, v: u8, bend: impl Fn(Vec<u8>) -> Vec<u8>) -> String {
        let mut claims = self.claims();
        for nonce in 0.. {
            claims["nonce"] = json!(nonce);
            let input = jws_input(&self.header(), &claims);
            if self.signature(&input)[64] == v {
                return self.signed(&input, bend);
            }
        }
        unreachable!("half of all signatures have either v")
    }
}

pub fn jws_input(header: &Value, claims: &Value) -> String {
    format!("{}.{}", b64(header.to_string()), b64(claims.to_string()))
}

/// The same signature with the other `s`, and the other `v` where there is one.
pub fn other_half(signature: Vec<u8>) -> Vec<u8> {
    let parsed = Signature::from_slice(&signature[..64]).unwrap();
    let (r, s) = parsed.split_scalars();
    let other = Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
    let v: Vec<u8> = signature[64..].iter().map(|v| v ^ 1).collect();
    [&other.to_bytes()[..], &v].concat()
}

fn personal(message: &[u8]) -> Vec<u8> {
    let prefix = format!("\x19Ethereum Signed Message:\n{}", message.len());
    Keccak256::digest([prefix.as_bytes(), message].concat()).to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn account(key: &SigningKey) -> String {
    format!(
        "did:pkh:eip155:1:{}",
        checksummed(&address(key.verifying_key()))
    )
}

fn address(key: &VerifyingKey) -> String {
    let point = key.to_sec1_point(false).to_bytes();
    hex(&Keccak256::digest(&point[1..])[12..])
}

/// An address as EIP-55 writes it.
fn checksummed(address: &str) -> String {
    let hash = hex(&Keccak256::digest(address.as_bytes()));
    let letters = address.chars().zip(hash.chars());
    let letters = letters.map(|(letter, nibble)| {
        if nibble >= '8' {
            letter.to_ascii_uppercase()
        } else {
            letter
        }
    });
    format!("0x{}", letters.collect::<String>())
}
