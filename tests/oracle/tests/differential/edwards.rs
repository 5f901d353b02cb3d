//! Ed25519 with points of small order, which no honest signer makes.

use curve25519_dalek::{constants::EIGHT_TORSION, scalar::Scalar};
use serde_json::json;
use sha2::{Digest, Sha512};

use crate::{
    bends::Case,
    signers::{b64, did_key, token},
};

/// Signatures with s = 0 of each key of small order, in each of its spellings.
pub(crate) fn weak_keys() -> Vec<Case> {
    let canonical = EIGHT_TORSION
        .iter()
        .map(|point| point.compress().to_bytes());
    canonical
        .chain(OTHER_SPELLINGS)
        .map(|key| Case {
            name: "a key of small order",
            token: weakly_signed(&key),
        })
        .collect()
}

/// Points of small order as no encoder writes them: y + p, or the sign of x = 0.
const OTHER_SPELLINGS: [[u8; 32]; 4] = {
    const fn ending(first: u8, middle: u8, last: u8) -> [u8; 32] {
        let mut bytes = [middle; 32];
        bytes[0] = first;
        bytes[31] = last;
        bytes
    }
    [
        ending(1, 0, 0x80),
        ending(0xee, 0xff, 0x7f),
        ending(0xed, 0xff, 0x7f),
        ending(0xec, 0xff, 0xff),
    ]
};

/// R is the neutral element, s is 0: that fits wherever the hash is a multiple
/// of the key's order, which one in eight is at least.
fn weakly_signed(key: &[u8; 32]) -> String {
    let did = did_key([0xed, 1], key);
    let signature = [&neutral()[..], &[0; 32]].concat();
    let tried = (0..).map(|jti| input(&did, jti));
    let fits =
        |input: &String| challenge(&neutral(), key, input).to_bytes()[0].trailing_zeros() >= 3;
    let input = tried.into_iter().find(fits).unwrap();
    token(&input, &signature)
}

/// An honest key that signs with an R of small order.
pub(crate) fn weak_nonce() -> Case {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let public = key.verifying_key().to_bytes();
    let input = input(&did_key([0xed, 1], &public), 0);
    let s = challenge(&neutral(), &public, &input) * key.to_scalar();
    Case {
        name: "an R of small order",
        token: token(&input, &[neutral(), s.to_bytes()].concat()),
    }
}

/// The same signature with the order of the group added to s.
pub(crate) fn long_s() -> Case {
    use ed25519_dalek::Signer;
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let input = input(&did_key([0xed, 1], key.verifying_key().as_bytes()), 0);
    let mut signature = key.sign(input.as_bytes()).to_bytes();
    let order = (-Scalar::ONE).to_bytes();
    let mut carry = 1; // the order is one more than what stands in `order`
    for (byte, more) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(more) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    Case {
        name: "an s beyond the order",
        token: token(&input, &signature),
    }
}

fn input(did: &str, jti: u32) -> String {
    let claims =
        json!({ "iss": did, "aud": "us", "iat": 1_000, "exp": 1_600, "jti": jti.to_string() });
    format!("{}.{}", b64(r#"{"alg":"EdDSA"}"#), b64(claims.to_string()))
}

fn neutral() -> [u8; 32] {
    EIGHT_TORSION[0].compress().to_bytes()
}

fn challenge(r: &[u8; 32], key: &[u8; 32], message: &str) -> Scalar {
    let hash = Sha512::new()
        .chain_update(r)
        .chain_update(key)
        .chain_update(message);
    Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
}
