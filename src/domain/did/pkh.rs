//! `did:pkh`: accounts of Ethereum (eip155) and of Solana, as CAIP-10 writes
//! them.

use sha3::{Digest, Keccak256};

use super::{NotADid, Verifier};

/// The canonical account, and what its signatures are checked against.
pub(super) fn parse(account: &str) -> Result<(String, Verifier), NotADid> {
    let mut parts = account.split(':');
    let mut next = || parts.next().ok_or(NotADid);
    let (namespace, chain, address) = (next()?, next()?, next()?);
    if parts.next().is_some() {
        return Err(NotADid);
    }
    match namespace {
        "eip155" => ethereum(chain, address),
        "solana" => solana(chain, address),
        _ => Err(NotADid),
    }
}

fn ethereum(chain: &str, address: &str) -> Result<(String, Verifier), NotADid> {
    let is_number = (1..=32).contains(&chain.len())
        && !chain.starts_with('0')
        && chain.bytes().all(|b| b.is_ascii_digit());
    let hex = address.strip_prefix("0x").filter(|_| is_number);
    let hex = hex.filter(|hex| hex.len() == 40).ok_or(NotADid)?;
    let lower = hex.to_ascii_lowercase();
    let mut bytes = [0; 20];
    for (byte, pair) in bytes.iter_mut().zip(lower.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    let canonical = checksummed(&lower);
    if hex != canonical && hex != lower {
        return Err(NotADid);
    }
    let account = format!("eip155:{chain}:0x{canonical}");
    Ok((account, Verifier::Ethereum(bytes)))
}

fn digit(byte: u8) -> Result<u8, NotADid> {
    let value = char::from(byte).to_digit(16).ok_or(NotADid)?;
    u8::try_from(value).map_err(|_| NotADid)
}

/// EIP-55: a letter is upper case where the hash of the address has a digit of
/// 8 or more.
fn checksummed(lower: &str) -> String {
    let hash = Keccak256::digest(lower.as_bytes());
    let is_upper = |at: usize| hash[at / 2] >> (4 * (1 - at % 2)) & 8 != 0;
    let letters = lower.chars().enumerate();
    letters
        .map(|(at, c)| {
            if is_upper(at) {
                c.to_ascii_uppercase()
            } else {
                c
            }
        })
        .collect()
}

fn solana(chain: &str, address: &str) -> Result<(String, Verifier), NotADid> {
    let is_genesis = chain.len() == 32 && chain.bytes().all(|b| b.is_ascii_alphanumeric());
    let key = bs58::decode(address).into_vec().map_err(|_| NotADid)?;
    let key: [u8; 32] = key.try_into().map_err(|_| NotADid)?;
    if !is_genesis || bs58::encode(key).into_string() != address {
        return Err(NotADid);
    }
    Ok((format!("solana:{chain}:{address}"), Verifier::Ed25519(key)))
}
