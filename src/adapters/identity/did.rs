//! Signatures of DIDs.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, EcdsaVerificationAlgorithm, UnparsedPublicKey,
};
use k256::ecdsa::{
    RecoveryId, Signature, VerifyingKey, signature::Verifier as _,
    signature::hazmat::PrehashVerifier,
};
use sha3::{Digest, Keccak256};

use crate::{
    adapters::secret::sha256,
    domain::did::{DidToken, Proof, Verifier},
};

/// Checks the signature of `token` with the key that its DID is, or names.
/// Costs 40 to 450 µs, by the kind of key: P-384 is dearest.
pub fn is_signed(token: &DidToken<'_>) -> bool {
    let (message, signature) = (token.signing_input.as_bytes(), &*token.signature);
    match (token.did.verifier(), token.proof) {
        (Verifier::Ed25519(key), Proof::EdDSA) => edwards(key, message, signature),
        (Verifier::Secp256k1(key), Proof::ES256K) => koblitz(key, message, signature),
        (Verifier::P256(key), Proof::ES256) => {
            prime(&ECDSA_P256_SHA256_FIXED, key, message, signature)
        }
        (Verifier::P384(key), Proof::ES384) => {
            prime(&ECDSA_P384_SHA384_FIXED, key, message, signature)
        }
        (Verifier::Ethereum(address), Proof::Eip191) => {
            let is_low = |signature: &Signature| signature.normalize_s() == *signature;
            let hash = Keccak256::new()
                .chain_update("\x19Ethereum Signed Message:\n")
                .chain_update(message.len().to_string())
                .chain_update(message)
                .finalize();
            recovers(address, &hash, signature, is_low)
        }
        (Verifier::Ethereum(address), Proof::ES256KR) => {
            recovers(address, &sha256(message), signature, |_| true)
        }
        _ => false,
    }
}

/// Refuses keys and points of small order, with which one signature fits many
/// messages.
fn edwards(key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    let key = ed25519_dalek::VerifyingKey::from_bytes(key);
    let signature = ed25519_dalek::Signature::from_slice(signature);
    match (key, signature) {
        (Ok(key), Ok(signature)) => {
            !key.is_weak() && key.verify_strict(message, &signature).is_ok()
        }
        _ => false,
    }
}

/// A high s is as good as a low one here: OpenSSL makes it half the time.
fn koblitz(key: &[u8; 33], message: &[u8], signature: &[u8]) -> bool {
    let key = VerifyingKey::from_sec1_bytes(key);
    let signature = Signature::from_slice(signature);
    match (key, signature) {
        (Ok(key), Ok(signature)) => key.verify(message, &signature.normalize_s()).is_ok(),
        _ => false,
    }
}

fn prime(
    algorithm: &'static EcdsaVerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> bool {
    let key = UnparsedPublicKey::new(algorithm, key);
    key.verify(message, signature).is_ok()
}

/// Whether the 65 bytes r, s, v over `hash` were made by the account at
/// `address`.
fn recovers(
    address: &[u8; 20],
    hash: &[u8],
    signature: &[u8],
    is_fit: impl FnOnce(&Signature) -> bool,
) -> bool {
    let Some((rs, [v])) = signature.split_first_chunk::<64>() else {
        return false;
    };
    let parity = match v {
        0 | 27 => 0,
        1 | 28 => 1,
        _ => return false,
    };
    let Ok(signature) = Signature::from_slice(rs) else {
        return false;
    };
    if !is_fit(&signature) {
        return false;
    }
    // Turning s over turns the parity of the point over too.
    let low = signature.normalize_s();
    let turned = u8::from(low != signature);
    let Some(id) = RecoveryId::from_byte(parity ^ turned) else {
        return false;
    };
    let recovered = VerifyingKey::recover_from_prehash(hash, &low, id);
    recovered
        .is_ok_and(|key| address_of(&key) == *address && key.verify_prehash(hash, &low).is_ok())
}

/// The last 20 bytes of the hash of the point's coordinates.
fn address_of(key: &VerifyingKey) -> [u8; 20] {
    let point = key.to_sec1_point(false);
    let hash = Keccak256::digest(&point.as_bytes()[1..]);
    let mut address = [0; 20];
    address.copy_from_slice(&hash[12..]);
    address
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
    use ed25519_dalek::Signer;
    use k256::ecdsa::SigningKey;
    use serde_json::json;

    use super::*;

    fn claims(did: &str) -> String {
        B64.encode(json!({ "iss": did, "aud": "us", "iat": 1, "exp": 2 }).to_string())
    }

    fn holds(input: &str, signature: &[u8]) -> bool {
        let token = format!("{input}.{}", B64.encode(signature));
        let token = if input.starts_with("did:") {
            DidToken::parse_literal(&token)
        } else {
            DidToken::parse_jws(&token)
        };
        token.is_ok_and(|token| is_signed(&token))
    }

    fn input(did: &str, alg: &str) -> String {
        let header = B64.encode(json!({ "alg": alg }).to_string());
        format!("{header}.{}", claims(did))
    }

    fn did_key(code: [u8; 2], key: &[u8]) -> String {
        format!(
            "did:key:z{}",
            bs58::encode([&code, key].concat()).into_string()
        )
    }

    fn high(signature: &Signature) -> Signature {
        let (r, s) = signature.split_scalars();
        Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap()
    }

    #[test]
    fn an_edwards_signature_holds_and_a_weak_key_never_does() {
        let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        let did = did_key([0xed, 1], key.verifying_key().as_bytes());
        let input = input(&did, "EdDSA");
        let mut signature = key.sign(input.as_bytes()).to_bytes();
        assert!(holds(&input, &signature));
        signature[0] ^= 1;
        assert!(!holds(&input, &signature));
        // The neutral element: s = 0 fits every message.
        let mut weak = [0; 32];
        weak[0] = 1;
        let input = self::input(&did_key([0xed, 1], &weak), "EdDSA");
        assert!(!holds(&input, &[&weak[..], &[0; 32]].concat()));
    }

    #[test]
    fn both_halves_of_a_bitcoin_signature_hold() {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let did = did_key(
            [0xe7, 1],
            &key.verifying_key().to_sec1_point(true).to_bytes(),
        );
        let input = input(&did, "ES256K");
        let signature: Signature = key.sign(input.as_bytes());
        let high = high(&signature);
        assert_ne!(signature, high);
        assert!(holds(&input, &signature.to_bytes()) && holds(&input, &high.to_bytes()));
        let mut bent = signature.to_bytes();
        bent[40] ^= 1;
        assert!(!holds(&input, &bent) && !holds(&input, &bent[..63]));
    }

    fn wallet() -> (SigningKey, String) {
        let key = SigningKey::from_slice(&[9; 32]).unwrap();
        let address = crate::adapters::secret::hex(&address_of(key.verifying_key()));
        (key, format!("did:pkh:eip155:1:0x{address}"))
    }

    fn personal(message: &str) -> Vec<u8> {
        let prefix = format!("\x19Ethereum Signed Message:\n{}", message.len());
        Keccak256::digest([prefix.as_bytes(), message.as_bytes()].concat()).to_vec()
    }

    #[test]
    fn a_wallets_signature_holds_in_both_forms_with_a_low_s_alone() {
        let (key, did) = wallet();
        for input in [input(&did, "EIP191"), format!("{did}.{}", claims(&did))] {
            let (signature, id) = key.sign_prehash_recoverable(&personal(&input));
            let with = |signature: &Signature, v: u8| [&signature.to_bytes()[..], &[v]].concat();
            let v = id.to_byte();
            assert!(holds(&input, &with(&signature, v)));
            assert!(holds(&input, &with(&signature, v + 27)));
            assert!(!holds(&input, &with(&signature, v ^ 1)));
            assert!(!holds(&input, &with(&signature, v + 29)));
            assert!(!holds(&input, &with(&high(&signature), v ^ 1)));
            assert!(!holds(&input, &signature.to_bytes()));
        }
    }

    #[test]
    fn a_recoverable_signature_holds_whichever_half_it_is() {
        let (key, did) = wallet();
        let input = input(&did, "ES256K-R");
        let hash = sha256(input.as_bytes());
        let (signature, id) = key.sign_prehash_recoverable(&hash);
        let with = |signature: &Signature, v: u8| [&signature.to_bytes()[..], &[v]].concat();
        assert!(holds(&input, &with(&signature, id.to_byte())));
        assert!(holds(&input, &with(&high(&signature), id.to_byte() ^ 1)));
        assert!(!holds(&input, &with(&signature, id.to_byte() ^ 1)));
    }
}
