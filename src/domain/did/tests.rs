use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::jwt::{Malformed, TimeFault};
use crate::domain::time::UnixMillis;

// From the registry's documents of the two methods.
const ED25519: &str = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
const SECP256K1: &str = "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme";
const P256: &str = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169";
const P384: &str =
    "did:key:z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9";
const ETHEREUM: &str = "did:pkh:eip155:1:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const SOLANA: &str =
    "did:pkh:solana:4sGjMW1sUnHzSxGspuhpqLDx6wiyjNtZ:CKg5d12Jhpej1JqtmxLJgaFqqeYjxgPqToJ4LBdvG9Ev";
const ALL: [&str; 6] = [ED25519, SECP256K1, P256, P384, ETHEREUM, SOLANA];

#[test]
fn every_kind_that_is_promised_is_read_and_stays_as_it_is_written() {
    for text in ALL {
        assert_eq!(Did::parse(text).unwrap().as_str(), text);
    }
    let verifier = |text| Did::parse(text).unwrap().verifier().clone();
    assert!(matches!(verifier(ED25519), Verifier::Ed25519(_)));
    assert!(matches!(verifier(SECP256K1), Verifier::Secp256k1(_)));
    assert!(matches!(verifier(P256), Verifier::P256(_)));
    assert!(matches!(verifier(P384), Verifier::P384(_)));
    assert!(matches!(verifier(ETHEREUM), Verifier::Ethereum(_)));
    assert!(matches!(verifier(SOLANA), Verifier::Ed25519(_)));
}

#[test]
fn one_account_in_two_spellings_is_one_somebody() {
    let lower = ETHEREUM.to_ascii_lowercase();
    assert_eq!(Did::parse(&lower).unwrap().as_str(), ETHEREUM);
    let upper = format!("did:pkh:eip155:1:0x{}", &ETHEREUM[19..].to_uppercase());
    assert_eq!(Did::parse(&upper), Err(NotADid));
    let wrong = ETHEREUM.replace("0x5aA", "0x5aa");
    assert_eq!(Did::parse(&wrong), Err(NotADid));
}

#[test]
fn a_key_has_one_spelling() {
    let key = |code: &[u8], bytes: usize| {
        let mut all = code.to_vec();
        all.resize(code.len() + bytes, 2);
        format!("did:key:z{}", bs58::encode(all).into_string())
    };
    assert!(Did::parse(&key(&[0xed, 1], 32)).is_ok());
    for bad in [
        key(&[0xed, 0x81, 0], 32),
        key(&[0xed, 1], 31),
        key(&[0xed, 1], 33),
        key(&[0xec, 1], 32),
        key(&[0x80, 0x24], 65),
        key(&[0x80, 0x24, 4], 32),
        key(&[], 34),
        key(&[0xed, 1], 32).replace("did:key:z", "did:key:m"),
        key(&[0xed, 1], 32).replace("did:key:z", "did:key:z1"),
        ED25519.replace("did:", "DID:"),
        ED25519.replace("key", "KEY"),
    ] {
        assert_eq!(Did::parse(&bad), Err(NotADid), "{bad}");
    }
}

#[test]
fn nothing_but_the_bare_did_of_a_known_method_is_taken() {
    for text in ALL {
        for tail in ["#key", "?a=b", "/path", " ", "%20", ":", "\n"] {
            assert_eq!(Did::parse(&format!("{text}{tail}")), Err(NotADid));
        }
    }
    for bad in [
        "",
        "did:",
        "did:key:",
        "did:key:z",
        "did:pkh:",
        "did:web:example.com",
        "did:ethr:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "did:pkh:eth:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "did:pkh:eip155:01:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "did:pkh:eip155:0:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "did:pkh:eip155::0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "did:pkh:eip155:1:5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "did:pkh:eip155:1:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
        "did:pkh:tezos:NetXdQprcVkpaWU:tz1TzrmTBSuiVHV2VfMnGRMYvTEPCP42oSM8",
        "did:pkh:bip122:000000000019d6689c085ae165831e93:128Lkh3S7CkDTBZ8W7BbpsN3YYizJMp8p6",
        "did:pkh:solana:4sGj:CKg5d12Jhpej1JqtmxLJgaFqqeYjxgPqToJ4LBdvG9Ev",
        "did:pkh:solana:4sGjMW1sUnHzSxGspuhpqLDx6wiyjNtZ:1CKg5d12Jhpej1JqtmxLJgaFqqeYjxgPqToJ4LBdvG9Ev",
    ] {
        assert_eq!(Did::parse(bad), Err(NotADid), "{bad}");
    }
}

fn b64(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn claims(did: &str) -> Value {
    json!({ "iss": did, "aud": "us", "iat": 1_000, "exp": 1_600 })
}

fn jws(header: &Value, claims: &Value) -> String {
    format!("{}.{}.AAAA", b64(header), b64(claims))
}

fn header_is_taken(did: &str, header: Value) -> bool {
    DidToken::parse_jws(&jws(&header, &claims(did))).is_ok()
}

#[test]
fn each_key_has_its_algorithms_and_no_other() {
    let all = [
        "EdDSA", "Ed25519", "ES256K", "ES256", "ES384", "EIP191", "ES256K-R", "RS256", "none",
    ];
    for (did, fit) in [
        (ED25519, &["EdDSA", "Ed25519"][..]),
        (SECP256K1, &["ES256K"]),
        (P256, &["ES256"]),
        (P384, &["ES384"]),
        (ETHEREUM, &["EIP191", "ES256K-R"]),
        (SOLANA, &["EdDSA"]),
    ] {
        for alg in all {
            let taken = header_is_taken(did, json!({ "alg": alg }));
            assert_eq!(taken, fit.contains(&alg), "{did} {alg}");
        }
    }
}

#[test]
fn the_header_says_what_is_allowed_and_a_kid_of_its_own() {
    let with = |did: &str, name: &str, value: &str| {
        let alg = if did == ETHEREUM { "EIP191" } else { "EdDSA" };
        header_is_taken(did, json!({ "alg": alg, name: value }))
    };
    for typ in ["JWT", "jwt", "at+jwt", "did+jwt", "application/JWT"] {
        assert!(with(ED25519, "typ", typ), "{typ}");
    }
    assert!(!with(ED25519, "typ", "dpop+jwt") && with(ED25519, "ucv", "0.10.0"));
    for name in [
        "crit", "jku", "jwk", "x5c", "b64", "cty", "zip", "enc", "nonce",
    ] {
        assert!(!with(ED25519, name, "x"), "{name}");
    }
    let fragment = &ED25519["did:key:".len()..];
    for kid in [
        ED25519.to_owned(),
        format!("{ED25519}#{fragment}"),
        format!("#{fragment}"),
    ] {
        assert!(with(ED25519, "kid", &kid), "{kid}");
        assert!(!with(ETHEREUM, "kid", &kid), "{kid}");
    }
    for kid in ["", "#", "did:web:evil", "#controller", fragment] {
        assert!(!with(ED25519, "kid", kid), "{kid}");
    }
    for fragment in ["blockchainAccountId", "controller", "SolanaMethod2021"] {
        assert!(with(ETHEREUM, "kid", &format!("#{fragment}")));
        assert!(with(ETHEREUM, "kid", &format!("{ETHEREUM}#{fragment}")));
    }
    assert!(!with(ETHEREUM, "kid", "#other"));
}

#[test]
fn the_claims_are_needed_and_of_their_types_in_both_forms() {
    let takes = |claims: &Value| {
        let a = DidToken::parse_jws(&jws(&json!({ "alg": "EdDSA" }), claims)).is_ok();
        let b = DidToken::parse_literal(&format!("{ED25519}.{}.AAAA", b64(claims))).is_ok();
        (a, b)
    };
    let with = |name: &str, value: Value| {
        let mut claims = claims(ED25519);
        claims[name] = value;
        takes(&claims)
    };
    let without = |name: &str| {
        let mut claims = claims(ED25519);
        claims.as_object_mut().unwrap().remove(name);
        takes(&claims)
    };
    assert_eq!(takes(&claims(ED25519)), (true, true));
    assert_eq!(without("iss"), (false, true));
    assert_eq!(without("exp"), (false, false));
    assert_eq!(without("iat"), (false, false));
    for (name, value) in [
        ("iss", json!(P256)),
        ("sub", json!("other")),
        ("sub", json!(7)),
        ("exp", json!("1600")),
        ("exp", json!(-1)),
        ("iat", json!(1e300)),
        ("aud", json!([1])),
        ("jti", json!(1)),
        ("cnf", json!({})),
    ] {
        assert_eq!(with(name, value.clone()), (false, false), "{name} {value}");
    }
    assert_eq!(with("sub", json!(ED25519)), (true, true));
    assert_eq!(with("scope", json!("admin")), (true, true));
}

#[test]
fn the_literal_form_has_three_parts_and_its_did_decides() {
    let payload = b64(&claims(ETHEREUM));
    let token = format!("{ETHEREUM}.{payload}.AAAA");
    assert_eq!(
        DidToken::parse_literal(&token).unwrap().proof,
        Proof::Eip191
    );
    let jws = jws(&json!({ "alg": "EIP191" }), &claims(ETHEREUM));
    for bad in [
        ETHEREUM.to_owned(),
        format!("{ETHEREUM}.{payload}"),
        format!("{ETHEREUM}.{payload}."),
        format!("{ETHEREUM}.{payload}.AAAA.AAAA"),
        format!("{ETHEREUM}.{jws}"),
        format!("{ETHEREUM}.{payload}.AAAB="),
        format!("{ETHEREUM}.{payload}.A"),
        format!("{ETHEREUM}#x.{payload}.AAAA"),
    ] {
        assert_eq!(
            DidToken::parse_literal(&bad).err(),
            Some(Malformed),
            "{bad}"
        );
    }
}

#[test]
fn times_have_a_minute_of_leeway_and_a_life_has_a_length() {
    let token = format!("{ED25519}.{}.AAAA", b64(&claims(ED25519)));
    let claims = DidToken::parse_literal(&token).unwrap().claims;
    let at = |secs: i64| claims.check_times(UnixMillis(secs * 1000));
    assert_eq!(at(939), Err(TimeFault::NotYetValid));
    assert_eq!((at(940), at(1_659)), (Ok(()), Ok(())));
    assert_eq!(at(1_660), Err(TimeFault::Expired));
    assert!(claims.lives_at_most(600) && !claims.lives_at_most(599));
}

proptest! {
    #[test]
    fn no_text_panics(text in ".*", tail in "[a-zA-Z0-9:.#_-]{0,90}") {
        for text in [text.clone(), format!("did:{tail}"), format!("did:key:z{tail}"),
                     format!("did:pkh:{tail}"), format!("did:pkh:eip155:1:0x{tail}")] {
            let _ = Did::parse(&text);
            let _ = DidToken::parse_jws(&text);
            let _ = DidToken::parse_literal(&text);
        }
    }

    #[test]
    fn what_is_taken_is_canonical(at in 0..ALL.len(), place in 0usize..100, byte in 0x21u8..0x7f) {
        let mut bytes = ALL[at].as_bytes().to_vec();
        let place = place % bytes.len();
        bytes[place] = byte;
        let text = String::from_utf8(bytes).unwrap();
        if let Ok(did) = Did::parse(&text) {
            let again = Did::parse(did.as_str());
            prop_assert_eq!(again.as_ref(), Ok(&did));
            prop_assert!(did.as_str().eq_ignore_ascii_case(&text));
        }
    }
}
