//! `domain::did`: identifiers, and the two forms of their tokens.

use attach_gateway::{
    adapters::identity::did::is_signed,
    domain::{
        did::{Did, DidToken, Method, Proof, Verifier},
        jwt::MAX_TOKEN_BYTES,
        time::UnixMillis,
    },
};
use bolero::{TypeGenerator, check, produce};

use crate::{
    b64, json,
    made::{Bend, Edits},
    sealed, text, unb64,
};

/// An identifier that is mostly good.
#[derive(Clone, Debug, TypeGenerator)]
enum Made {
    Ed25519([u8; 32]),
    Secp256k1(bool, [u8; 32]),
    P256(bool, [u8; 32]),
    P384(bool, [u8; 32], [u8; 16]),
    Ethereum(u64, [u8; 20]),
    Solana([u8; 32]),
    /// Any code, any length: mostly bad.
    Code(
        [u8; 2],
        #[generator(produce::<Vec<u8>>().with().len(0usize..=70))] Vec<u8>,
    ),
}

#[derive(Clone, Debug, TypeGenerator)]
struct MadeToken {
    did: Made,
    did_bend: Bend,
    header: Edits,
    claims: Edits,
    #[generator(produce::<Vec<u8>>().with().len(0usize..=100))]
    signature: Vec<u8>,
    bend: Bend,
}

impl Made {
    fn text(&self) -> String {
        let compressed = |code: [u8; 2], odd: &bool, x: &[&[u8]]| {
            key(&[&code[..], &[2 + u8::from(*odd)], &x.concat()].concat())
        };
        match self {
            Self::Ed25519(bytes) => key(&[&[0xed, 0x01], &bytes[..]].concat()),
            Self::Secp256k1(odd, x) => compressed([0xe7, 0x01], odd, &[x]),
            Self::P256(odd, x) => compressed([0x80, 0x24], odd, &[x]),
            Self::P384(odd, x, more) => compressed([0x81, 0x24], odd, &[x, more]),
            Self::Ethereum(chain, address) => {
                let chain = chain | 1;
                let hex: String = address.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("did:pkh:eip155:{chain}:0x{hex}")
            }
            Self::Solana(bytes) => {
                let key = bs58::encode(bytes).into_string();
                format!("did:pkh:solana:4sGjMW1sUnHzSxGspuhpqLDx6wiyjNtZ:{key}")
            }
            Self::Code(code, bytes) => key(&[code, &bytes[..]].concat()),
        }
    }

    fn alg(&self) -> &'static str {
        match self {
            Self::Ed25519(_) | Self::Solana(_) | Self::Code(..) => "EdDSA",
            Self::Secp256k1(..) => "ES256K",
            Self::P256(..) => "ES256",
            Self::P384(..) => "ES384",
            Self::Ethereum(..) => "EIP191",
        }
    }

    fn is_good(&self) -> bool {
        !matches!(self, Self::Code(..))
    }
}

fn key(bytes: &[u8]) -> String {
    format!("did:key:z{}", bs58::encode(bytes).into_string())
}

impl MadeToken {
    fn did(&self) -> String {
        self.did_bend.applied(self.did.text())
    }

    fn claims(&self, did: &str) -> String {
        b64(self.claims.applied(&[
            ("iss", serde_json::json!(did).to_string()),
            ("aud", "\"us\"".to_owned()),
            ("iat", "1000".to_owned()),
            ("exp", "1600".to_owned()),
        ]))
    }

    fn jws(&self) -> String {
        let header = self
            .header
            .applied(&[("alg", format!("\"{}\"", self.did.alg()))]);
        let (claims, signature) = (self.claims(&self.did()), b64(&self.signature));
        self.bend
            .applied(format!("{}.{claims}.{signature}", b64(header)))
    }

    fn literal(&self) -> String {
        let (did, signature) = (self.did(), b64(&self.signature));
        self.bend
            .applied(format!("{did}.{}.{signature}", self.claims(&did)))
    }

    /// Whether nothing was done to it that it could be refused for.
    fn is_good(&self) -> bool {
        let is_straight = |bend: &Bend| matches!(bend, Bend::None | Bend::None2);
        self.did.is_good()
            && is_straight(&self.did_bend)
            && is_straight(&self.bend)
            && self.header.0.is_empty()
            && self.claims.0.is_empty()
            && !self.signature.is_empty()
    }
}

#[test]
fn did_text() {
    check!(name = "did_text")
        .with_max_len(200)
        .for_each(|bytes: &[u8]| is_canonical(text(bytes)));
}

#[test]
fn did_made() {
    check!(name = "did_made")
        .with_type::<(Made, Bend)>()
        .for_each(|(made, bend)| {
            assert!(!made.is_good() || Did::parse(&made.text()).is_ok());
            is_canonical(&bend.applied(made.text()));
        });
}

#[test]
fn jws_text() {
    check!(name = "jws_text")
        .with_max_len(9000)
        .for_each(|bytes: &[u8]| {
            for raw in [text(bytes), &sealed(text(bytes), false)] {
                form_a(raw);
            }
        });
}

#[test]
fn jws_made() {
    check!(name = "jws_made")
        .with_type::<MadeToken>()
        .for_each(|made| {
            let is_taken = form_a(&made.jws());
            assert!(
                is_taken || !made.is_good(),
                "refused, and nothing is wrong with it"
            );
        });
}

#[test]
fn literal_text() {
    check!(name = "literal_text")
        .with_max_len(9000)
        .for_each(|bytes: &[u8]| {
            for raw in [text(bytes), &sealed(text(bytes), true)] {
                form_b(raw);
            }
        });
}

#[test]
fn literal_made() {
    check!(name = "literal_made")
        .with_type::<MadeToken>()
        .for_each(|made| {
            let is_taken = form_b(&made.literal());
            assert!(
                is_taken || !made.is_good(),
                "refused, and nothing is wrong with it"
            );
        });
}

/// One somebody has one text, and the text is the key.
fn is_canonical(written: &str) {
    let Ok(did) = Did::parse(written) else { return };
    let canonical = did.as_str();
    assert_eq!(Did::parse(canonical).as_ref(), Ok(&did));
    assert!(canonical.is_ascii() && canonical.len() <= 160);
    let is_account = matches!(did.verifier(), Verifier::Ethereum(_));
    assert!(written == canonical || is_account && written.eq_ignore_ascii_case(canonical));
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let expected = match (did.verifier(), did.method()) {
        (Verifier::Ed25519(bytes), Method::Key) => key(&[&[0xed, 1], &bytes[..]].concat()),
        (Verifier::Secp256k1(bytes), _) => key(&[&[0xe7, 1], &bytes[..]].concat()),
        (Verifier::P256(bytes), _) => key(&[&[0x80, 0x24], &bytes[..]].concat()),
        (Verifier::P384(bytes), _) => key(&[&[0x81, 0x24], &bytes[..]].concat()),
        (Verifier::Ed25519(bytes), Method::Pkh) => bs58::encode(bytes).into_string(),
        (Verifier::Ethereum(bytes), _) => hex(bytes),
    };
    match did.method() {
        Method::Key => assert_eq!(canonical, expected),
        Method::Pkh => {
            let account = canonical.rsplit(':').next().unwrap();
            let account = account.strip_prefix("0x").map(str::to_ascii_lowercase);
            let account = account.unwrap_or_else(|| canonical.rsplit(':').next().unwrap().into());
            assert_eq!(account, expected);
        }
    }
}

/// Whether it is taken; then it is a compact JWS of its own issuer.
fn form_a(raw: &str) -> bool {
    let Ok(token) = DidToken::parse_jws(raw) else {
        return false;
    };
    let header = token.signing_input.split('.').next().unwrap();
    assert!(!token.signing_input.contains(':'));
    assert!(DidToken::parse_literal(raw).is_err(), "both forms at once");
    if let Some((header, is_single)) = unb64(header).and_then(|json| json::object(&json)) {
        assert!(is_single);
        assert!(
            header
                .keys()
                .all(|name| ["alg", "typ", "kid", "ucv"].contains(&&**name))
        );
    }
    if let Some(claims) = holds(raw, &token) {
        let iss = &claims["iss"];
        assert_eq!(Did::parse(iss.as_str().unwrap()).as_ref(), Ok(&token.did));
        assert!(claims.get("sub").is_none_or(|sub| sub == iss));
    }
    true
}

/// The same of the literal form.
fn form_b(raw: &str) -> bool {
    let Ok(token) = DidToken::parse_literal(raw) else {
        return false;
    };
    let written = token.signing_input.split('.').next().unwrap();
    assert_eq!(Did::parse(written).as_ref(), Ok(&token.did));
    assert!(DidToken::parse_jws(raw).is_err(), "both forms at once");
    if let Some(claims) = holds(raw, &token) {
        let is_own = |name: &str| claims.get(name).is_none_or(|value| value == written);
        assert!(is_own("iss") && is_own("sub"));
    }
    true
}

/// What both forms promise; the claims, where serde_json can read them.
fn holds(raw: &str, token: &DidToken<'_>) -> Option<serde_json::Map<String, serde_json::Value>> {
    assert!(raw.len() <= MAX_TOKEN_BYTES && !token.signature.is_empty());
    assert_eq!(
        raw,
        format!("{}.{}", token.signing_input, b64(&token.signature))
    );
    assert_eq!(token.signing_input.matches('.').count(), 1);
    is_canonical(token.did.as_str());
    assert!(matches!(
        (token.did.verifier(), token.proof),
        (Verifier::Ed25519(_), Proof::EdDSA)
            | (Verifier::Secp256k1(_), Proof::ES256K)
            | (Verifier::P256(_), Proof::ES256)
            | (Verifier::P384(_), Proof::ES384)
            | (Verifier::Ethereum(_), Proof::Eip191 | Proof::ES256KR)
    ));
    assert!(!is_signed(token), "nobody signed it");
    let read = &token.claims;
    assert!(
        [read.exp, read.from]
            .iter()
            .all(|t| (0..=253_402_300_799).contains(t))
    );
    assert!(read.jti.as_ref().is_none_or(|jti| !jti.is_empty()));
    for now in [i64::MIN, -1, 0, 1_000_000, i64::MAX] {
        let _ = (read.check_times(UnixMillis(now)), read.lives_at_most(now));
    }
    assert!(read.expires_at() > UnixMillis(read.exp * 1000));
    let payload = unb64(token.signing_input.split('.').nth(1).unwrap());
    let (claims, is_single) = json::object(&payload.expect("canonical base64url"))?;
    assert!(is_single && !claims.contains_key("cnf"));
    assert_eq!(json::moment(claims.get("exp")), Some(Some(read.exp)));
    let nbf = json::moment(claims.get("nbf")).unwrap();
    assert_eq!(
        json::moment(claims.get("iat")).unwrap().or(nbf),
        Some(read.from)
    );
    assert_eq!(json::strings(claims.get("aud")).as_ref(), Some(&read.aud));
    Some(claims)
}
