//! Tokens that a DID signs itself, in their two forms.
//!
//! Form A is a compact JWS whose `iss` is the DID. Form B is
//! `did "." payload "." signature`, where the DID decides the algorithm. What
//! form A signs has no `:` in it and what form B signs begins with `did:`: no
//! signature of one serves the other.

use std::fmt;

use super::{Did, DidClaims, Method, Verifier};
use crate::domain::jwt::{MAX_TOKEN_BYTES, Malformed, Members, decode, decode_bytes};

/// Header members form A may have.
const ALLOWED_HEADERS: [&str; 4] = ["alg", "typ", "kid", "ucv"];
/// What the fragment of `kid` may be for an account of a chain.
const PKH_FRAGMENTS: [&str; 3] = ["blockchainAccountId", "controller", "SolanaMethod2021"];

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Ed25519.
    EdDSA,
    /// ECDSA on secp256k1 with SHA-256.
    ES256K,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// What wallets sign: Keccak-256 of the text behind Ethereum's prefix.
    Eip191,
    /// ECDSA on secp256k1 with SHA-256, from which the key is recovered.
    ES256KR,
}

/// A token taken apart. Nothing in it has been verified.
pub struct DidToken<'a> {
    /// Who says it is theirs.
    pub did: Did,
    /// How it says it is signed; one that fits the DID.
    pub proof: Proof,
    /// The bytes that were signed.
    pub signing_input: &'a str,
    /// The signature.
    pub signature: Vec<u8>,
    /// What it says.
    pub claims: DidClaims,
}

impl fmt::Debug for DidToken<'_> {
    /// Not what would let anyone in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DidToken").finish_non_exhaustive()
    }
}

impl<'a> DidToken<'a> {
    /// Takes form A apart.
    ///
    /// # Errors
    ///
    /// [`Malformed`]: not a compact JWS, a header member too many, an `iss` that
    /// is no canonical DID, an `alg` or a `kid` that is not its own, a claim
    /// missing or of the wrong type, a member twice.
    pub fn parse_jws(raw: &'a str) -> Result<Self, Malformed> {
        let (signing_input, signature) = cut(raw)?;
        let (header, claims) = signing_input.split_once('.').ok_or(Malformed)?;
        let (header, claims) = (decode(header)?, decode(claims)?);
        let (header, claims) = (Members::parse(&header)?, Members::parse(&claims)?);
        if !header.names().all(|name| ALLOWED_HEADERS.contains(&name)) {
            return Err(Malformed);
        }
        let iss = claims.text("iss")?.ok_or(Malformed)?;
        let did = Did::parse(&iss).map_err(|_| Malformed)?;
        let proof = proof(&did, &header.text("alg")?.ok_or(Malformed)?)?;
        let kid = header.text("kid")?;
        if !is_typ(header.text("typ")?) || !kid.is_none_or(|kid| is_own(&did, &iss, &kid)) {
            return Err(Malformed);
        }
        Ok(Self {
            proof,
            signing_input,
            signature,
            claims: DidClaims::read(&claims, &iss)?,
            did,
        })
    }

    /// Takes form B apart.
    ///
    /// # Errors
    ///
    /// [`Malformed`]: not exactly three parts, no canonical DID, a claim missing
    /// or of the wrong type, a member twice.
    pub fn parse_literal(raw: &'a str) -> Result<Self, Malformed> {
        let (signing_input, signature) = cut(raw)?;
        let (written, payload) = signing_input.split_once('.').ok_or(Malformed)?;
        let did = Did::parse(written).map_err(|_| Malformed)?;
        let claims = decode(payload)?;
        Ok(Self {
            proof: own_proof(&did),
            signing_input,
            signature,
            claims: DidClaims::read(&Members::parse(&claims)?, written)?,
            did,
        })
    }
}

/// What is signed, and the signature. Exactly two dots.
fn cut(raw: &str) -> Result<(&str, Vec<u8>), Malformed> {
    let dots = raw.bytes().filter(|byte| *byte == b'.').count();
    if raw.len() > MAX_TOKEN_BYTES || dots != 2 {
        return Err(Malformed);
    }
    let (signing_input, signature) = raw.rsplit_once('.').ok_or(Malformed)?;
    let signature = decode_bytes(signature)?;
    (!signature.is_empty())
        .then_some((signing_input, signature))
        .ok_or(Malformed)
}

fn is_typ(typ: Option<String>) -> bool {
    let typ = typ.map(|typ| typ.to_ascii_lowercase());
    typ.is_none_or(|typ| {
        let name = typ.strip_prefix("application/").unwrap_or(&typ);
        matches!(name, "jwt" | "at+jwt" | "did+jwt")
    })
}

/// What `alg` says, where it fits the key of `did`.
fn proof(did: &Did, alg: &str) -> Result<Proof, Malformed> {
    Ok(match (did.verifier(), alg) {
        (Verifier::Ed25519(_), "EdDSA") => Proof::EdDSA,
        (Verifier::Ed25519(_), "Ed25519") if did.method() == Method::Key => Proof::EdDSA,
        (Verifier::Secp256k1(_), "ES256K") => Proof::ES256K,
        (Verifier::P256(_), "ES256") => Proof::ES256,
        (Verifier::P384(_), "ES384") => Proof::ES384,
        (Verifier::Ethereum(_), "EIP191") => Proof::Eip191,
        (Verifier::Ethereum(_), "ES256K-R") => Proof::ES256KR,
        _ => return Err(Malformed),
    })
}

fn own_proof(did: &Did) -> Proof {
    match did.verifier() {
        Verifier::Ed25519(_) => Proof::EdDSA,
        Verifier::Secp256k1(_) => Proof::ES256K,
        Verifier::P256(_) => Proof::ES256,
        Verifier::P384(_) => Proof::ES384,
        Verifier::Ethereum(_) => Proof::Eip191,
    }
}

/// Whether `kid` names the key of the DID written as `iss`. It is only compared:
/// the key comes from `iss`.
fn is_own(did: &Did, iss: &str, kid: &str) -> bool {
    let Some(fragment) = kid.strip_prefix(iss).unwrap_or(kid).strip_prefix('#') else {
        return kid == iss;
    };
    match did.method() {
        Method::Key => iss.strip_prefix("did:key:") == Some(fragment),
        Method::Pkh => PKH_FRAGMENTS.contains(&fragment),
    }
}
