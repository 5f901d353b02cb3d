//! Tokens that are good, and what can be done to them.

use serde_json::{Value, json};

use crate::signers::{Dice, Kind, Signer, b64, did_key, token};

/// A token, and what was done to it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) token: String,
}

fn case(name: &'static str, token: String) -> Case {
    Case { name, token }
}

/// A signing input in each form that `signer` has.
pub(crate) fn inputs(signer: &Signer) -> Vec<String> {
    let literal = signer.literal_input();
    [signer.jws_input()].into_iter().chain(literal).collect()
}

/// Bits and characters turned over at random.
pub(crate) fn at_random(signer: &Signer, other: &Signer, dice: &mut Dice) -> Vec<Case> {
    let mut cases = Vec::new();
    for input in inputs(signer) {
        let signature = signer.sign(&input);
        for _ in 0..6 {
            let mut bent = signature.clone();
            bent[dice.below(signature.len())] ^= 1 << dice.below(8);
            cases.push(case("a bit of the signature", token(&input, &bent)));
        }
        for _ in 0..4 {
            let bent = replaced(&input, dice);
            cases.push(case(
                "a character of what was signed",
                token(&bent, &signature),
            ));
        }
        if input.starts_with("did:") {
            let theirs = input.replace(&signer.did, &other.did);
            cases.push(case("another's name", token(&theirs, &signature)));
        }
        cases.push(case(
            "another's signature",
            token(&input, &other.sign(&input)),
        ));
        let stranger = signer.sign("another message");
        cases.push(case(
            "a signature of something else",
            token(&input, &stranger),
        ));
    }
    let claims = signer.claims().to_string();
    let theirs = claims.replace(&signer.did, &other.did);
    let header = b64(json!({ "alg": signer.kind.alg() }).to_string());
    let signature = signer.sign(&signer.jws_input());
    let stolen = token(&format!("{header}.{}", b64(theirs)), &signature);
    cases.push(case("another's name", stolen));
    cases
}

/// One base64url character for another.
fn replaced(input: &str, dice: &mut Dice) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let start = input.find('.').unwrap_or(0) + 1;
    let mut bytes = input.as_bytes().to_vec();
    let at = start + dice.below(bytes.len() - start);
    let old = bytes[at];
    while bytes[at] == old {
        bytes[at] = LETTERS[dice.below(64)];
    }
    String::from_utf8(bytes).unwrap()
}

/// Signatures that are not what a signer makes.
pub(crate) fn of_signatures(signer: &Signer) -> Vec<Case> {
    let mut cases = Vec::new();
    for input in inputs(signer) {
        let good = signer.sign(&input);
        let mut add = |name, bytes: &[u8]| cases.push(case(name, token(&input, bytes)));
        add("a byte less", &good[..good.len() - 1]);
        add("a byte more", &[&good[..], &[0]].concat());
        add("nothing", &[]);
        add("all zero", &vec![0; good.len()]);
        add("all ones", &vec![0xff; good.len()]);
        let half = match signer.kind {
            Kind::P384 => 48,
            _ => 32,
        };
        let (r, s, v) = (&good[..half], &good[half..2 * half], &good[2 * half..]);
        add("r and s swapped", &[s, r, v].concat());
        add("r of zero", &[&vec![0; half], s, v].concat());
        add("s of zero", &[r, &vec![0; half], v].concat());
        let Some(order) = order(signer.kind) else {
            continue;
        };
        add("s of the order", &[r, &order[..], v].concat());
        add("r of the order", &[&order[..], s, v].concat());
        add("as DER", &der(r, s));
        let turned = minus(&order, s);
        match v {
            [v] => {
                add(
                    "s turned over, and v with it",
                    &[r, &turned[..], &[v ^ 1]].concat(),
                );
                add("s turned over, v not", &[r, &turned[..], &[*v]].concat());
                let with = |v: u8| [r, s, &[v]].concat();
                add("v as wallets write it", &with(v + 27));
                add("v turned over", &with(v ^ 1));
                add("v of a large r", &with(v + 2));
                add("v of a large r, as wallets write it", &with(v + 29));
                add("v with a chain in it", &with(v + 37));
                add("v with its first bit set", &with(v | 0x80));
                add("no v", &good[..64]);
            }
            _ => {
                add("s turned over", &[r, &turned[..]].concat());
                add("a v too many", &[r, s, &[0]].concat());
            }
        }
    }
    cases
}

/// Headers that say something else than the key.
pub(crate) fn of_headers(signer: &Signer) -> Vec<Case> {
    let alg = signer.kind.alg();
    let signed = |name, header: String| {
        let input = format!("{}.{}", b64(header), b64(signer.claims().to_string()));
        let signature = signer.sign(&input);
        case(name, token(&input, &signature))
    };
    let with = |name, member: &str, value: Value| {
        signed(name, json!({ "alg": alg, member: value }).to_string())
    };
    let mut cases = vec![
        with("typ of another kind", "typ", json!("dpop+jwt")),
        with(
            "kid of somebody else",
            "kid",
            json!("did:key:z6MkOther#z6MkOther"),
        ),
        with("kid on the web", "kid", json!("did:web:evil.example#key")),
        with("a crit nobody knows", "crit", json!(["exp"])),
        with(
            "a key brought along",
            "jku",
            json!("https://evil.example/keys"),
        ),
        with("a member nobody knows", "nonce", json!("x")),
        signed("alg twice", format!(r#"{{"alg":"{alg}","alg":"{alg}"}}"#)),
    ];
    for other in [
        "EdDSA",
        "ES256K",
        "ES256",
        "ES384",
        "ES256K-R",
        "ESKeccakK-R",
        "EdBlake2b",
        "none",
        "HS256",
    ] {
        if other != alg {
            cases.push(signed("another alg", json!({ "alg": other }).to_string()));
        }
    }
    cases
}

/// The same key, or nearly, by another name.
pub(crate) fn of_names(signer: &Signer) -> Vec<Case> {
    let did = &*signer.did;
    let mut names = vec![
        ("a fragment", format!("{did}#key")),
        ("an upper-case scheme", did.replacen("did", "DID", 1)),
    ];
    let mut add = |name, did: String| names.push((name, did));
    match signer.kind {
        Kind::Wallet | Kind::Recoverable => {
            let address = did.rsplit(':').next().unwrap();
            let upper = address[2..].to_uppercase();
            add(
                "an address in capitals",
                format!("did:pkh:eip155:1:0x{upper}"),
            );
            let canonical = attach_oracle::domain::did::Did::parse(did)
                .unwrap()
                .as_str()
                .to_owned();
            add("an address with its checksum", canonical.clone());
            add("an address with a broken checksum", broken(&canonical));
            add(
                "a chain with a zero before it",
                format!("did:pkh:eip155:01:{address}"),
            );
            add(
                "a chain in words",
                format!("did:pkh:eip155:mainnet:{address}"),
            );
            add("another chain", format!("did:pkh:eip155:137:{address}"));
            add("the name of old", format!("did:pkh:eth:{address}"));
        }
        Kind::Solana => {
            let account = did.rsplit(':').next().unwrap();
            add(
                "another chain",
                format!("did:pkh:solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1:{account}"),
            );
            add(
                "a chain too short",
                format!("did:pkh:solana:4sGj:{account}"),
            );
            add("the name of old", format!("did:pkh:sol:{account}"));
        }
        _ => {
            let (code, key) = (signer.code(), signer.public());
            let longer = [code[0], code[1] | 0x80, 0];
            add(
                "a code that is longer than it must be",
                did_key(longer, &key),
            );
            add("another code", did_key([0xec, 0x01], &key));
            add("a key too short", did_key(code, &key[..key.len() - 1]));
            add("a key too long", did_key(code, &[&key[..], &[0]].concat()));
            let bytes = [&code[..], &key].concat();
            add("base64 for base58", format!("did:key:u{}", b64(&bytes)));
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            add("hex for base58", format!("did:key:f{hex}"));
            let whole = signer.uncompressed();
            if whole.len() != key.len() {
                add("the point whole", did_key(code, &whole));
                let hybrid = [&[whole[0] + 2 + (key[0] & 1)], &whole[1..]].concat();
                add("the point whole, with its parity", did_key(code, &hybrid));
            }
        }
    }
    let named = |(name, did): (&'static str, String)| {
        let mut claims = signer.claims();
        claims["iss"] = json!(did);
        let header = b64(json!({ "alg": signer.kind.alg() }).to_string());
        let input = format!("{header}.{}", b64(claims.to_string()));
        case(name, token(&input, &signer.sign(&input)))
    };
    names.into_iter().map(named).collect()
}

/// One letter in the other case.
fn broken(did: &str) -> String {
    let at = did.len()
        - 1
        - did
            .bytes()
            .rev()
            .position(|b| b.is_ascii_alphabetic())
            .unwrap();
    let letter = char::from(did.as_bytes()[at]);
    let other = if letter.is_ascii_lowercase() {
        letter.to_ascii_uppercase()
    } else {
        letter.to_ascii_lowercase()
    };
    format!("{}{other}{}", &did[..at], &did[at + 1..])
}

/// The order of the group that `kind` signs in.
fn order(kind: Kind) -> Option<Vec<u8>> {
    let hex = match kind {
        Kind::Ed25519 | Kind::Solana => return None,
        Kind::P256 => "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        Kind::P384 => {
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
        }
        _ => "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
    };
    let pairs = hex.as_bytes().chunks(2);
    Some(
        pairs
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect(),
    )
}

/// `a - b`, both big-endian and of one length.
fn minus(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut borrow = false;
    let mut digits: Vec<u8> = a
        .iter()
        .zip(b)
        .rev()
        .map(|(a, b)| {
            let (low, first) = a.overflowing_sub(*b);
            let (low, second) = low.overflowing_sub(u8::from(borrow));
            borrow = first || second;
            low
        })
        .collect();
    digits.reverse();
    digits
}

/// The sequence of two integers that OpenSSL writes.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let start = number
            .iter()
            .position(|byte| *byte != 0)
            .unwrap_or(number.len() - 1);
        let zero = if number[start] & 0x80 != 0 {
            &[0][..]
        } else {
            &[]
        };
        let body = [zero, &number[start..]].concat();
        [&[2, u8::try_from(body.len()).unwrap()], &body[..]].concat()
    };
    let body = [integer(r), integer(s)].concat();
    [&[0x30, u8::try_from(body.len()).unwrap()], &body[..]].concat()
}
