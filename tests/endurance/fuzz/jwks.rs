//! `adapters::identity::jwks::KeySet::parse`.

use attach_gateway::{
    adapters::identity::{
        install_crypto,
        jwks::{KeySet, is_signed},
    },
    config::Algorithm,
};
use bolero::{TypeGenerator, check, produce};
use serde_json::Value;

use crate::{
    b64,
    made::{Bend, Edits, Value as Member},
};

const ALL: [Algorithm; 5] = [
    Algorithm::RS256,
    Algorithm::PS256,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// A key that is mostly good.
#[derive(Clone, Debug, TypeGenerator)]
enum Kind {
    /// The length of the modulus in bytes, less 250; the exponent.
    Rsa(u8, [u8; 3]),
    P256([u8; 32], [u8; 32]),
    P384([u8; 32], [u8; 16]),
    Ed25519([u8; 32]),
}

#[derive(Clone, Debug, TypeGenerator)]
struct Key {
    kind: Kind,
    kid: u8,
    edits: Edits,
}

#[derive(Clone, Debug, TypeGenerator)]
struct Made {
    #[generator(produce::<Vec<Key>>().with().len(0usize..=5))]
    keys: Vec<Key>,
    /// The first key stands this many times more.
    more: u8,
    odd: Option<Member>,
    bend: Bend,
}

impl Key {
    fn json(&self) -> String {
        let quoted = |text: &str| format!("\"{text}\"");
        let bytes = |bytes: &[u8]| quoted(&b64(bytes));
        let kid = ("kid", format!("\"k{}\"", self.kid % 4));
        let base = match &self.kind {
            Kind::Rsa(size, e) => {
                let n = vec![0xd1; 250 + usize::from(*size)];
                vec![
                    ("kty", quoted("RSA")),
                    kid,
                    ("n", bytes(&n)),
                    ("e", bytes(e)),
                ]
            }
            Kind::P256(x, y) => vec![
                ("kty", quoted("EC")),
                ("crv", quoted("P-256")),
                kid,
                ("x", bytes(x)),
                ("y", bytes(y)),
            ],
            Kind::P384(x, more) => {
                let half = bytes(&[&x[..], more].concat());
                let crv = ("crv", quoted("P-384"));
                vec![
                    ("kty", quoted("EC")),
                    crv,
                    kid,
                    ("x", half.clone()),
                    ("y", half),
                ]
            }
            Kind::Ed25519(x) => vec![
                ("kty", quoted("OKP")),
                ("crv", quoted("Ed25519")),
                kid,
                ("x", bytes(x)),
            ],
        };
        self.edits.applied(&base)
    }
}

impl Made {
    fn json(&self) -> String {
        let mut keys: Vec<_> = self.keys.iter().map(Key::json).collect();
        let first = keys.first().cloned();
        keys.extend(first.into_iter().cycle().take(usize::from(self.more)));
        keys.extend(self.odd.as_ref().map(Member::json));
        self.bend
            .applied(format!("{{\"keys\":[{}]}}", keys.join(",")))
    }
}

#[test]
fn jwks_text() {
    install_crypto();
    check!(name = "jwks_text")
        .with_max_len(4096)
        .for_each(|bytes: &[u8]| holds(bytes));
}

#[test]
fn jwks_made() {
    install_crypto();
    check!(name = "jwks_made")
        .with_type::<Made>()
        .for_each(|made| holds(made.json().as_bytes()));
}

/// A set holds keys of its document and no others, and none of them is taken
/// for what it is not.
fn holds(json: &[u8]) {
    let Ok(set) = KeySet::parse(json) else { return };
    assert!(set.len() <= 100);
    let document: Option<Value> = serde_json::from_slice(json).ok();
    let Some(keys) = document
        .as_ref()
        .and_then(|document| document["keys"].as_array())
    else {
        return;
    };
    let keys = &keys[..keys.len().min(100)];
    assert!(set.len() <= keys.len());
    let mut kids: Vec<_> = keys.iter().filter_map(|key| key["kid"].as_str()).collect();
    kids.sort_unstable();
    kids.dedup();
    for kid in kids {
        for algorithm in ALL {
            let Some(key) = set.find(kid, algorithm) else {
                continue;
            };
            assert!(set.knows(kid));
            let fits = |key: &&Value| key["kid"] == kid && fits(key, algorithm);
            assert!(keys.iter().any(|key| fits(&key)), "no such key");
            for signature in ["", "AA", &"A".repeat(86), &"A".repeat(342)] {
                assert!(!is_signed(key, algorithm, "m", signature));
            }
        }
    }
}

/// Whether a key of the document may serve `algorithm`.
fn fits(key: &Value, algorithm: Algorithm) -> bool {
    let is = |name: &str, value: &str| key[name] == value;
    let kind = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 => is("kty", "RSA"),
        Algorithm::ES256 => is("kty", "EC") && is("crv", "P-256"),
        Algorithm::ES384 => is("kty", "EC") && is("crv", "P-384"),
        Algorithm::EdDSA => is("kty", "OKP") && is("crv", "Ed25519"),
    };
    let names = |op: &Value| op == "verify";
    kind && (key["alg"].is_null() || is("alg", algorithm.name()))
        && (key["use"].is_null() || is("use", "sig"))
        && (key["key_ops"].is_null()
            || key["key_ops"]
                .as_array()
                .is_some_and(|ops| ops.iter().any(names)))
}
