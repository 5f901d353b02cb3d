//! What the two implementations say of a token.

use attach_oracle::{adapters::identity::did, domain::did::DidToken};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use did_method_key::DIDKey;
use did_pkh::DIDPKH;
use serde_json::Value;
use ssi_caips::caip10::BlockchainAccountId;
use ssi_dids_core::{
    DID, DIDResolver,
    resolution::{Options, Parameters},
};
use ssi_jwk::{Algorithm, JWK};
use ssi_jws as jws;

/// Both, on the same text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdicts {
    pub(crate) ours: bool,
    pub(crate) theirs: bool,
}

pub(crate) fn of(token: &str) -> Verdicts {
    Verdicts {
        ours: ours(token),
        theirs: theirs(token).is_some(),
    }
}

fn ours(token: &str) -> bool {
    let parsed = if token.starts_with("did:") {
        DidToken::parse_literal(token)
    } else {
        DidToken::parse_jws(token)
    };
    parsed.is_ok_and(|token| did::is_signed(&token))
}

/// ssi has no such token as ours: it is taken apart here without any rule, and
/// the key and the signature are left to ssi's primitives.
fn theirs(token: &str) -> Option<()> {
    let (input, signature) = token.rsplit_once('.')?;
    if input.starts_with("did:") {
        let (did, _) = input.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let key = resolve(did)?;
        return key.signed(key.own_algorithm()?, input.as_bytes(), &signature);
    }
    let (header, payload) = input.split_once('.')?;
    let json =
        |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let key = resolve(json(payload)?["iss"].as_str()?)?;
    if json(header)?["alg"] == "EIP191" {
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        return key.signed(Signing::Personal, input.as_bytes(), &signature);
    }
    let parts = jws::decode_jws_parts(header, payload.as_bytes(), signature).ok()?;
    let (parts, bytes) = parts.into_jws_and_signing_bytes();
    key.signed(
        Signing::Plain(parts.header.algorithm),
        &bytes,
        parts.signature.as_bytes(),
    )
}

enum Signing {
    Plain(Algorithm),
    /// EIP-191, which ssi knows as a hash and not as an algorithm.
    Personal,
}

/// Where a DID leads in ssi's hands.
enum Key {
    Public(Box<JWK>),
    Account(BlockchainAccountId),
}

impl Key {
    /// What form B signs with: the key decides.
    fn own_algorithm(&self) -> Option<Signing> {
        match self {
            Self::Account(_) => Some(Signing::Personal),
            Self::Public(key) => key.get_algorithm().map(Signing::Plain),
        }
    }

    fn signed(&self, signing: Signing, message: &[u8], signature: &[u8]) -> Option<()> {
        match (self, signing) {
            (Self::Public(key), Signing::Plain(algorithm)) => {
                jws::verify_bytes(algorithm, message, key, signature).ok()
            }
            (Self::Account(account), Signing::Plain(algorithm)) => {
                let key = jws::recover(algorithm, message, signature).ok()?;
                account.verify(&key).ok()
            }
            (Self::Account(account), Signing::Personal) => {
                let message = ssi_crypto::hashes::keccak::prefix_personal_message(message);
                let key = jws::recover(Algorithm::ESKeccakKR, &message, &unshifted(signature));
                account.verify(&key.ok()?).ok()
            }
            (Self::Public(_), Signing::Personal) => None,
        }
    }
}

/// Wallets write v as 27 or 28; ssi reads 0 and 1 alone.
fn unshifted(signature: &[u8]) -> Vec<u8> {
    let mut signature = signature.to_vec();
    if let Some(v @ (27 | 28)) = signature.last_mut() {
        *v -= 27;
    }
    signature
}

/// What ssi finds behind a DID. Only methods that fetch nothing are asked.
fn resolve(did: &str) -> Option<Key> {
    let did = DID::new(did).ok()?;
    let parameters = Parameters {
        public_key_format: Some("JsonWebKey2020".to_owned()),
        ..Parameters::default()
    };
    let options = Options {
        accept: None,
        parameters,
    };
    let resolved = at_once(async {
        match did.method_name() {
            "key" => DIDKey.resolve_with(did, options).await,
            _ => DIDPKH.resolve_with(did, options).await,
        }
    });
    let document = resolved.ok()?.document.into_document();
    let mut methods = document.verification_method.iter();
    methods.find_map(|method| {
        let property = |name: &str| method.properties.get(name).cloned();
        let jwk = property("publicKeyJwk").and_then(|jwk| serde_json::from_value(jwk).ok());
        let account = || serde_json::from_value(property("blockchainAccountId")?).ok();
        match jwk {
            Some(jwk) => Some(Key::Public(Box::new(jwk))),
            None if method.type_ == "EcdsaSecp256k1RecoveryMethod2020" => {
                account().map(Key::Account)
            }
            None => None,
        }
    })
}

/// Nothing here ever waits.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}
