//! How a token is written down: parts, base64url and JSON.

use serde_json::json;

use super::{
    jws::all,
    row::{Ask, Row, invalid, taken},
    scene::Scene,
};
use crate::support::key::{b64, with};

/// A good token of exactly this many bytes.
fn of_length(scene: &Scene, length: usize) -> String {
    let key = scene.key("ec");
    for shade in 0..4 {
        let header = with(&key.header(), "shade", json!("x".repeat(shade)));
        let bare = with(&scene.claims(), "pad", json!("")).to_string().len();
        for pad in length * 3 / 4 - 600..length * 3 / 4 {
            let parts = [header.to_string().len(), bare + pad, 64];
            let encoded: usize = parts.iter().map(|bytes| (bytes * 4).div_ceil(3)).sum();
            if encoded + 2 == length {
                let claims = with(&scene.claims(), "pad", json!("x".repeat(pad)));
                return key.sign_as(&header, &claims);
            }
        }
    }
    unreachable!("some header has the length that is missing")
}

/// The letter after this one in base64url's order: it differs in its lowest bit.
fn bent(part: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = part.split_at(part.len() - 1);
    let at = LETTERS
        .iter()
        .position(|l| *l == last.as_bytes()[0])
        .unwrap();
    format!("{rest}{}", char::from(LETTERS[at ^ 1]))
}

pub fn sizes(scene: &Scene) -> Vec<Row> {
    let row = |name: &str, length: usize, want| {
        let token = of_length(scene, length);
        assert_eq!(token.len(), length);
        Ask::get("/agents").bearer(token).wants(name, want)
    };
    vec![
        row("8 KiB", 8192, taken("ada")),
        row("8 KiB and a byte", 8193, invalid()),
        row("8 KiB and a few", 8200, invalid()),
        row("20 KiB", 20_000, invalid()),
    ]
}

pub fn parts(scene: &Scene) -> Vec<Row> {
    let token = scene.token();
    let parts: Vec<_> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        unreachable!("three parts")
    };
    let tokens = [
        ("one part", header.to_owned()),
        ("two parts", format!("{header}.{claims}")),
        ("four parts", format!("{token}.{signature}")),
        (
            "five parts",
            format!("{header}.{claims}.{signature}.{claims}.{signature}"),
        ),
        ("six parts", format!("{token}.{token}")),
        ("a dot behind", format!("{token}.")),
        ("a dot before", format!(".{token}")),
        ("two dots", "..".to_owned()),
        ("one dot", ".".to_owned()),
        ("four dots", "....".to_owned()),
        ("no header", format!(".{claims}.{signature}")),
        ("no claims", format!("{header}..{signature}")),
        ("no signature", format!("{header}.{claims}.")),
        (
            "parts in another order",
            format!("{claims}.{header}.{signature}"),
        ),
        (
            "padding of the header",
            format!("{header}=.{claims}.{signature}"),
        ),
        (
            "padding of the claims",
            format!("{header}.{claims}=.{signature}"),
        ),
        ("padding of the signature", format!("{token}==")),
        ("percent-encoding", token.replace('.', "%2E")),
        ("a plus sign", format!("{token}+")),
        ("a slash", format!("{token}/")),
        ("a tilde", format!("{token}~")),
        ("a letter more", format!("{token}A")),
        ("a letter less", token[..token.len() - 1].to_owned()),
        ("half a signature", token[..token.len() - 43].to_owned()),
        ("a signature twice", format!("{token}{signature}")),
        (
            "a signature that is not canonical",
            format!("{header}.{claims}.{}", bent(signature)),
        ),
        (
            "a signature of zeros",
            format!("{header}.{claims}.{}", b64([0; 64])),
        ),
        (
            "a signature in DER",
            format!("{header}.{claims}.{}", b64([0x30, 6, 2, 1, 1, 2, 1, 1])),
        ),
        ("a word", "letmein".to_owned()),
        ("a cookie", "a=b".to_owned()),
    ];
    let mut rows = all(tokens.map(|(n, t)| (n.to_owned(), t)).into(), invalid);
    rows.extend(all(not_canonical(scene), invalid));
    rows
}

/// Good signatures over parts whose last letter holds bits that mean nothing.
fn not_canonical(scene: &Scene) -> Vec<(String, String)> {
    let key = scene.key("ec");
    // Two bytes over a multiple of three leave two bits to spare.
    let padded = |mut text: String| {
        while text.len() % 3 != 2 {
            text.insert(1, ' ');
        }
        text
    };
    let header = padded(key.header().to_string());
    let claims = padded(scene.claims().to_string());
    let (b_header, b_claims) = (b64(&header), b64(&claims));
    let signed = |header: &str, claims: &str| key.sign_encoded(header, claims);
    vec![
        (
            "a header that is not canonical".into(),
            signed(&bent(&b_header), &b_claims),
        ),
        (
            "claims that are not canonical".into(),
            signed(&b_header, &bent(&b_claims)),
        ),
        (
            "a header with padding, signed".into(),
            signed(&format!("{b_header}="), &b_claims),
        ),
        (
            "claims with padding, signed".into(),
            signed(&b_header, &format!("{b_claims}=")),
        ),
    ]
}

pub fn json(scene: &Scene) -> Vec<Row> {
    let key = scene.key("ec");
    let (header, claims) = (key.header().to_string(), scene.claims().to_string());
    let sign = |header: &str, claims: &str| key.sign_text(header, claims);
    let more_header = |member: &str| format!("{{{member},{}", &header[1..]);
    let more_claims = |member: &str| format!("{{{member},{}", &claims[1..]);
    let mut tokens = Vec::new();
    for member in [
        "\"alg\":\"ES256\"",
        "\"alg\":\"none\"",
        "\"kid\":\"other\"",
        "\"typ\":\"JWT\"",
        "\"x\":1,\"x\":1",
        "\"\\u0061lg\":\"none\"",
    ] {
        let name = format!("twice in the header: {member}");
        tokens.push((name, sign(&more_header(member), &claims)));
    }
    for member in [
        "\"sub\":\"root\"",
        "\"sub\":\"ada\"",
        "\"iss\":\"https://another.example\"",
        "\"aud\":\"other\"",
        "\"exp\":1",
        "\"x\":1,\"x\":2",
        "\"s\\u0075b\":\"root\"",
    ] {
        let name = format!("twice in the claims: {member}");
        tokens.push((name, sign(&header, &more_claims(member))));
    }
    let texts = [
        (
            "a header that is a list",
            "[\"ES256\"]".to_owned(),
            claims.clone(),
        ),
        (
            "a header that is a word",
            "\"ES256\"".to_owned(),
            claims.clone(),
        ),
        ("a header that is null", "null".to_owned(), claims.clone()),
        (
            "a header cut off",
            header[..header.len() - 1].to_owned(),
            claims.clone(),
        ),
        (
            "a header with more behind",
            format!("{header}{{}}"),
            claims.clone(),
        ),
        (
            "a header with a comma at the end",
            header.replace('}', ",}"),
            claims.clone(),
        ),
        (
            "a byte order mark",
            format!("\u{feff}{header}"),
            claims.clone(),
        ),
        (
            "claims that are a list",
            header.clone(),
            format!("[{claims}]"),
        ),
        (
            "claims that are a word",
            header.clone(),
            "\"ada\"".to_owned(),
        ),
        ("empty claims", header.clone(), "{}".to_owned()),
        ("claims that are a number", header.clone(), "7".to_owned()),
        (
            "claims cut off",
            header.clone(),
            claims[..claims.len() - 1].to_owned(),
        ),
        (
            "claims with more behind",
            header.clone(),
            format!("{claims}x"),
        ),
        (
            "claims with a comment",
            header.clone(),
            format!("{claims}/**/"),
        ),
        (
            "claims with single quotes",
            header.clone(),
            claims.replace('"', "'"),
        ),
        (
            "a sub with half a letter",
            header.clone(),
            claims.replace("\"ada\"", "\"\\ud800\""),
        ),
    ];
    tokens.extend(texts.map(|(name, header, claims)| (name.to_owned(), sign(&header, &claims))));
    let latin = [b"{\"x\":\"\xe9\",", &claims.as_bytes()[1..]].concat();
    let latin = key.sign_encoded(&b64(&header), &b64(latin));
    tokens.push(("claims that are not UTF-8".into(), latin));
    all(tokens, invalid)
}
