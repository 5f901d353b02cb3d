//! Ours against `ssi`: what the gateway takes for a signature of a DID, another
//! implementation takes too, and what that one takes beyond is known by name.
//!
//! Only ssi's primitives are asked (DIDs to keys, signatures by key): its
//! checks of claims take the key from `kid`, and panic at a large `exp`.

#![allow(clippy::unwrap_used)]

mod bends;
mod edwards;
mod signers;
mod verdicts;

use std::collections::{BTreeMap, BTreeSet};

use bends::Case;
use signers::{Dice, Kind, Signer, token};
use verdicts::Verdicts;

/// What one of them takes alone: the case, whose kinds of key, who takes it, and
/// why the other does not.
const KNOWN: &[(&str, &[Kind], Who, &str)] = &[
    // Of signatures.
    (
        "a key of small order",
        &[Kind::Ed25519],
        Who::Theirs,
        "one signature fits many messages",
    ),
    (
        "an R of small order",
        &[Kind::Ed25519],
        Who::Theirs,
        "strict Ed25519 (RFC 8032 leaves it open)",
    ),
    (
        "s turned over, and v with it",
        &[Kind::Recoverable],
        Who::Ours,
        "OpenSSL signers make a high s half the time",
    ),
    (
        "v as wallets write it",
        &[Kind::Recoverable],
        Who::Ours,
        "27 and 28 say what 0 and 1 say",
    ),
    (
        "another alg",
        &[Kind::Ed25519, Kind::Solana],
        Who::Theirs,
        "ssi asks no alg of an Ed25519 key",
    ),
    // Of headers: ssi reads what it does not check.
    (
        "a crit nobody knows",
        &[Kind::Wallet],
        Who::Theirs,
        "the harness reads the header of EIP191 for ssi",
    ),
    (
        "a key brought along",
        &Kind::ALL,
        Who::Theirs,
        "a key comes from iss alone",
    ),
    (
        "a member nobody knows",
        &Kind::ALL,
        Who::Theirs,
        "four members are allowed",
    ),
    (
        "alg twice",
        &[Kind::Wallet],
        Who::Theirs,
        "readers disagree about which one counts",
    ),
    (
        "kid of somebody else",
        &Kind::ALL,
        Who::Theirs,
        "a kid may only name the key of iss",
    ),
    (
        "kid on the web",
        &Kind::ALL,
        Who::Theirs,
        "the same; nothing is resolved",
    ),
    (
        "typ of another kind",
        &Kind::ALL,
        Who::Theirs,
        "made for another purpose",
    ),
    // Of names: one somebody has one text.
    (
        "a chain in words",
        ACCOUNTS,
        Who::Theirs,
        "eip155 chains are numbers",
    ),
    (
        "a chain with a zero before it",
        ACCOUNTS,
        Who::Theirs,
        "two texts for one account",
    ),
    (
        "a chain too short",
        &[Kind::Solana],
        Who::Theirs,
        "32 characters of the genesis hash",
    ),
    (
        "the name of old",
        OF_OLD,
        Who::Theirs,
        "did:pkh before CAIP-10: two texts for one account",
    ),
    (
        "base64 for base58",
        KEYS,
        Who::Theirs,
        "multibase z alone: two texts for one key",
    ),
    ("hex for base58", KEYS, Who::Theirs, "the same"),
    (
        "the point whole",
        POINTS,
        Who::Theirs,
        "compressed points alone: two texts for one key",
    ),
];
const ACCOUNTS: &[Kind] = &[Kind::Wallet, Kind::Recoverable];
const OF_OLD: &[Kind] = &[Kind::Wallet, Kind::Recoverable, Kind::Solana];
const KEYS: &[Kind] = &[Kind::Ed25519, Kind::Secp256k1, Kind::P256, Kind::P384];
const POINTS: &[Kind] = &[Kind::Secp256k1, Kind::P256, Kind::P384];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Ours,
    Theirs,
}

#[test]
fn what_is_signed_well_is_taken_by_both() {
    let mut dice = Dice::new(1);
    for kind in Kind::ALL {
        for _ in 0..20 {
            let signer = Signer::new(kind, &mut dice);
            for input in bends::inputs(&signer) {
                let token = token(&input, &signer.sign(&input));
                let verdicts = verdicts::of(&token);
                assert_eq!(
                    verdicts,
                    Verdicts {
                        ours: true,
                        theirs: true
                    },
                    "{kind:?} {token}"
                );
            }
        }
    }
}

#[test]
fn nothing_that_was_bent_at_random_is_taken_by_either() {
    let mut dice = Dice::new(2);
    for kind in Kind::ALL {
        for _ in 0..15 {
            let (signer, other) = (Signer::new(kind, &mut dice), Signer::new(kind, &mut dice));
            for Case { name, token } in bends::at_random(&signer, &other, &mut dice) {
                let verdicts = verdicts::of(&token);
                assert_eq!(
                    verdicts,
                    Verdicts {
                        ours: false,
                        theirs: false
                    },
                    "{kind:?}, {name}: {token}"
                );
            }
        }
    }
}

#[test]
fn they_differ_where_it_is_known_and_nowhere_else() {
    let mut dice = Dice::new(3);
    let mut cases = Vec::new();
    for kind in Kind::ALL {
        for _ in 0..2 {
            let signer = Signer::new(kind, &mut dice);
            let bent = [
                bends::of_signatures(&signer),
                bends::of_headers(&signer),
                bends::of_names(&signer),
            ];
            cases.extend(bent.into_iter().flatten().map(|case| (kind, case)));
        }
    }
    let odd = edwards::weak_keys()
        .into_iter()
        .chain([edwards::weak_nonce(), edwards::long_s()]);
    cases.extend(odd.map(|case| (Kind::Ed25519, case)));
    // An example of each is kept.
    let mut found = BTreeMap::new();
    for (kind, Case { name, token }) in cases {
        let who = match verdicts::of(&token) {
            Verdicts {
                ours: true,
                theirs: false,
            } => Who::Ours,
            Verdicts {
                ours: false,
                theirs: true,
            } => Who::Theirs,
            _ => continue,
        };
        found.insert((name, kind, who), token);
    }
    let known: BTreeSet<_> = known().collect();
    let fresh: Vec<_> = found
        .iter()
        .filter(|(case, _)| !known.contains(case))
        .collect();
    let gone: Vec<_> = known
        .iter()
        .filter(|case| !found.contains_key(case))
        .collect();
    assert!(
        fresh.is_empty() && gone.is_empty(),
        "new: {fresh:#?}, no more: {gone:#?}"
    );
}

/// Each of [`KNOWN`], once a kind of key.
fn known() -> impl Iterator<Item = (&'static str, Kind, Who)> {
    let each = |(name, kinds, who, _): &(&'static str, &'static [Kind], Who, &str)| {
        let (name, who) = (*name, *who);
        kinds.iter().map(move |kind| (name, *kind, who))
    };
    KNOWN.iter().flat_map(each)
}
