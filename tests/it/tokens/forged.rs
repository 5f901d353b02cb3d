//! Tokens that were tampered with, and what is no token at all.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{all_are, asked, gateway, invalid};
use crate::support::key::{Key, b64, with};

#[actix_web::test]
async fn a_member_that_stands_twice_is_refused_though_the_signature_is_good() {
    let (gateway, key) = gateway();
    let (header, claims) = (key.header(), gateway.issuer.claims("ada"));
    let doubled = |object: &Value, more: &str| {
        let text = object.to_string();
        format!("{},{more}}}", text.strip_suffix('}').unwrap())
    };
    let mut tokens = Vec::new();
    for more in [r#""kid":"k""#, r#""alg":"ES256""#, r#""\u006bid":"k""#] {
        let token = key.sign_text(&doubled(&header, more), &claims.to_string());
        tokens.push((format!("header {more}"), token));
    }
    for more in [
        r#""sub":"eve""#,
        r#""s\u0075b":"eve""#,
        r#""aud":"attach-test""#,
        r#""x":{"a":1},"x":{"a":1}"#,
    ] {
        let token = key.sign_text(&header.to_string(), &doubled(&claims, more));
        tokens.push((format!("claims {more}"), token));
    }
    all_are(&gateway, invalid("The access token is invalid"), tokens).await;
}

#[actix_web::test]
async fn forged_signatures_are_refused() {
    let (gateway, key) = gateway();
    let claims = gateway.issuer.claims("ada");
    let good = key.sign(&claims);
    assert_eq!(asked(&gateway, &good).await.0, 200);
    let (input, signature) = good.rsplit_once('.').unwrap();
    let flipped = {
        let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        bytes[40] ^= 1;
        format!("{input}.{}", b64(bytes))
    };
    let other_words = {
        let (header, _) = input.split_once('.').unwrap();
        let claims = with(&claims, "sub", json!("eve"));
        format!("{header}.{}.{signature}", b64(claims.to_string()))
    };
    let none = json!({ "alg": "none", "kid": "k" });
    let unsigned = format!("{}.{}", b64(none.to_string()), b64(claims.to_string()));
    let public = serde_json::to_vec(&key.jwk).unwrap();
    let mac = {
        let header = json!({ "alg": "HS256", "kid": "k" }).to_string();
        let input = format!("{}.{}", b64(header), b64(claims.to_string()));
        let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &public);
        let tag = aws_lc_rs::hmac::sign(&secret, input.as_bytes());
        format!("{input}.{}", b64(tag.as_ref()))
    };
    let tokens = vec![
        ("one bit".to_owned(), flipped),
        ("other words".into(), other_words),
        ("another key".into(), Key::p256("k").sign(&claims)),
        ("no signature".into(), format!("{unsigned}.")),
        ("none, with a signature".into(), {
            format!("{unsigned}.{signature}")
        }),
        ("keyed with the public key".into(), mac),
        (
            "a short one".into(),
            format!("{input}.{}", &signature[..43]),
        ),
        ("zeros".into(), format!("{input}.{}", b64([0; 64]))),
    ];
    all_are(&gateway, invalid("The access token is invalid"), tokens).await;
}

#[actix_web::test]
async fn only_three_canonical_parts_of_at_most_8_kib_are_a_token() {
    let (gateway, key) = gateway();
    let claims = gateway.issuer.claims("ada");
    let good = key.sign(&claims);
    let parts: Vec<_> = good.split('.').collect();
    // 64 bytes leave four bits of the last character without meaning.
    let (signature, last) = parts[2].split_at(85);
    let twin = match last {
        "A" => "B",
        "Q" => "R",
        "g" => "h",
        "w" => "x",
        other => panic!("{other} is not canonical"),
    };
    let [head, claimed] = [parts[0], parts[1]];
    let tokens = vec![
        ("five parts".to_owned(), format!("{good}.{claimed}.x")),
        ("four parts".into(), format!("{good}.x")),
        ("two parts".into(), format!("{head}.{claimed}")),
        ("one part".into(), head.to_owned()),
        ("only dots".into(), "..".into()),
        ("a JWE".into(), {
            let header = json!({ "alg": "RSA-OAEP", "enc": "A256GCM", "kid": "k" });
            format!("{}.eA.eA.eA.eA", b64(header.to_string()))
        }),
        ("padded signature".into(), format!("{good}==")),
        ("padded claims".into(), {
            format!("{head}.{claimed}=.{}", parts[2])
        }),
        ("a bit without meaning".into(), {
            format!("{head}.{claimed}.{signature}{twin}")
        }),
        ("claims that are a list".into(), {
            key.sign_text(&key.header().to_string(), "[]")
        }),
        ("claims and more".into(), {
            key.sign_text(&key.header().to_string(), &format!("{claims} {{}}"))
        }),
        ("over 8 KiB".into(), {
            key.sign(&with(&claims, "pad", json!("x".repeat(8192))))
        }),
        (
            "an API key".into(),
            format!("ak_12345678_{}", "x".repeat(43)),
        ),
        ("a DID".into(), "did:key:z6Mk.e30.c2ln".into()),
        ("nothing like a token".into(), "abc".into()),
    ];
    all_are(&gateway, invalid("The access token is invalid"), tokens).await;
}
