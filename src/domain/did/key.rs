//! `did:key`: multibase base58btc of a multicodec key.

use super::{NotADid, Verifier};

const ED25519: [u8; 2] = [0xed, 0x01];
const SECP256K1: [u8; 2] = [0xe7, 0x01];
const P256: [u8; 2] = [0x80, 0x24];
const P384: [u8; 2] = [0x81, 0x24];

/// The key in `z…`. Comparing both bytes of the code takes its minimal varint
/// and no other.
pub(super) fn parse(multibase: &str) -> Result<Verifier, NotADid> {
    let base58 = multibase.strip_prefix('z').ok_or(NotADid)?;
    let bytes = bs58::decode(base58).into_vec().map_err(|_| NotADid)?;
    if bs58::encode(&bytes).into_string() != base58 {
        return Err(NotADid);
    }
    let (code, key) = bytes.split_first_chunk().ok_or(NotADid)?;
    match *code {
        ED25519 => Ok(Verifier::Ed25519(exactly(key)?)),
        SECP256K1 => Ok(Verifier::Secp256k1(compressed(key)?)),
        P256 => Ok(Verifier::P256(compressed(key)?)),
        P384 => Ok(Verifier::P384(compressed(key)?)),
        _ => Err(NotADid),
    }
}

fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N], NotADid> {
    bytes.try_into().map_err(|_| NotADid)
}

fn compressed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], NotADid> {
    let point = exactly::<N>(bytes)?;
    matches!(point[0], 2 | 3).then_some(point).ok_or(NotADid)
}
