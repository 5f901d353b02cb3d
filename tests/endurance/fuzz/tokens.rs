//! `domain::jwt::Token::parse`, against a reading of the rules by other code.

use attach_gateway::domain::{
    jwt::{MAX_TOKEN_BYTES, Token},
    time::UnixMillis,
};
use bolero::{TypeGenerator, check};

use crate::{
    b64, json,
    made::{Bend, Edits},
    sealed, text, unb64,
};

const REFUSED: [&str; 9] = [
    "crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "enc", "cty",
];

#[derive(Clone, Debug, TypeGenerator)]
struct Made {
    header: Edits,
    claims: Edits,
    signature: [u8; 3],
    bend: Bend,
}

impl Made {
    fn text(&self) -> String {
        let quoted = |text: &str| format!("\"{text}\"");
        let header = self
            .header
            .applied(&[("alg", quoted("RS256")), ("kid", quoted("k"))]);
        let claims = self.claims.applied(&[
            ("iss", quoted("https://i")),
            ("sub", quoted("ada")),
            ("aud", quoted("us")),
            ("exp", "1000".to_owned()),
        ]);
        let token = format!("{}.{}.{}", b64(header), b64(claims), b64(self.signature));
        self.bend.applied(token)
    }
}

#[test]
fn token_text() {
    check!(name = "token_text")
        .with_max_len(9000)
        .for_each(|bytes: &[u8]| {
            let sheet = text(bytes);
            keeps_its_word(sheet);
            keeps_its_word(&sealed(sheet, false));
        });
}

#[test]
fn token_made() {
    check!(name = "token_made")
        .with_type::<Made>()
        .for_each(|made| keeps_its_word(&made.text()));
}

/// What is taken is what the rules say, and what the rules take is taken.
fn keeps_its_word(raw: &str) {
    let expected = model(raw);
    let Ok(token) = Token::parse(raw) else {
        assert_ne!(
            expected,
            Some(true),
            "refused, and nothing is wrong with it"
        );
        return;
    };
    assert_ne!(expected, Some(false), "taken against the rules");
    assert!(raw.len() <= MAX_TOKEN_BYTES);
    assert_eq!(raw, format!("{}.{}", token.signing_input, token.signature));
    assert_eq!(token.signing_input.matches('.').count(), 1);
    assert!(!token.signature.is_empty() && !token.signature.contains('.'));
    let claims = &token.claims;
    assert!((1..=255).contains(&claims.sub.chars().count()));
    assert!(!claims.sub.chars().any(char::is_control));
    assert!(claims.delegation.actors.len() <= 32);
    let times = [Some(claims.exp), claims.nbf, claims.iat];
    assert!(
        times
            .into_iter()
            .flatten()
            .all(|t| (0..=253_402_300_799).contains(&t))
    );
    for now in [i64::MIN, -1, 0, 1_000_000, i64::MAX] {
        let _ = claims.check_times(UnixMillis(now));
    }
    says_what_it_says(raw, &token);
}

/// The values are those in the JSON, and not others.
fn says_what_it_says(raw: &str, token: &Token<'_>) {
    let mut parts = raw.split('.').map(|part| unb64(part).unwrap_or_default());
    let (header, claims) = (parts.next().unwrap(), parts.next().unwrap());
    let (Some((header, _)), Some((said, _))) = (json::object(&header), json::object(&claims))
    else {
        return;
    };
    let read = &token.claims;
    assert_eq!(header["alg"].as_str(), Some(&*token.alg));
    assert_eq!(header["kid"].as_str(), Some(&*token.kid));
    assert_eq!(said["iss"].as_str(), Some(&*read.iss));
    assert_eq!(said["sub"].as_str(), Some(&*read.sub));
    assert_eq!(json::strings(said.get("aud")).as_ref(), Some(&read.aud));
    assert_eq!(json::moment(said.get("exp")), Some(Some(read.exp)));
    assert_eq!(json::moment(said.get("nbf")), Some(read.nbf));
    assert_eq!(json::moment(said.get("iat")), Some(read.iat));
}

/// Whether `raw` is to be taken; `None` where serde_json cannot tell.
fn model(raw: &str) -> Option<bool> {
    let parts: Vec<_> = raw.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        return Some(false);
    };
    let (Some(header), Some(claims)) = (unb64(header), unb64(claims)) else {
        return Some(false);
    };
    if raw.len() > MAX_TOKEN_BYTES || signature.is_empty() {
        return Some(false);
    }
    let ((header, is_single), (claims, are_single)) =
        (json::object(&header)?, json::object(&claims)?);
    let typ = match header.get("typ") {
        None => true,
        Some(typ) => typ.as_str().is_some_and(|typ| {
            let names = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"];
            names.contains(&&*typ.to_ascii_lowercase())
        }),
    };
    let text = |name: &str| claims.get(name).and_then(|value| value.as_str());
    let sub = text("sub").is_some_and(|sub| {
        (1..=255).contains(&sub.chars().count()) && !sub.chars().any(char::is_control)
    });
    let scopes = match claims.get("scope") {
        Some(scope) => scope.is_string(),
        None => json::strings(claims.get("scp")).is_some(),
    };
    Some(
        is_single
            && are_single
            && typ
            && sub
            && scopes
            && REFUSED.iter().all(|name| !header.contains_key(*name))
            && header.get("alg").is_some_and(|alg| alg.is_string())
            && header.get("kid").is_some_and(|kid| kid.is_string())
            && !claims.contains_key("cnf")
            && text("iss").is_some()
            && json::strings(claims.get("aud")).is_some()
            && json::moment(claims.get("exp")).flatten().is_some()
            && json::moment(claims.get("nbf")).is_some()
            && json::moment(claims.get("iat")).is_some(),
    )
}
