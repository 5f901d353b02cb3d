use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::time::UnixMillis;

fn part(json: &str) -> String {
    URL_SAFE_NO_PAD.encode(json)
}

fn token(header: &str, claims: &str) -> String {
    format!("{}.{}.c2ln", part(header), part(claims))
}

const HEADER: &str = r#"{"alg":"RS256","kid":"k"}"#;
const CLAIMS: &str = r#"{"iss":"https://i","sub":"ada","aud":"us","exp":1000}"#;

fn with(base: &str, name: &str, value: Value) -> String {
    let mut object: Value = serde_json::from_str(base).unwrap();
    object[name] = value;
    object.to_string()
}

#[test]
fn an_ordinary_token_is_read() {
    let raw = token(HEADER, CLAIMS);
    let token = Token::parse(&raw).unwrap();
    assert_eq!((&*token.alg, &*token.kid), ("RS256", "k"));
    assert_eq!(token.claims.aud, ["us"]);
    assert_eq!(token.claims.exp, 1000);
}

#[test]
fn headers_that_change_the_meaning_are_refused() {
    for name in REFUSED_HEADERS {
        let raw = token(&with(HEADER, name, json!("x")), CLAIMS);
        assert!(Token::parse(&raw).is_err(), "{name}");
    }
    let unknown = token(&with(HEADER, "colour", json!("red")), CLAIMS);
    assert!(Token::parse(&unknown).is_ok());
}

#[test]
fn typ_is_absent_or_says_jwt() {
    for (typ, good) in [
        ("JWT", true),
        ("jwt", true),
        ("at+jwt", true),
        ("application/AT+JWT", true),
        ("dpop+jwt", false),
        ("", false),
    ] {
        let raw = token(&with(HEADER, "typ", json!(typ)), CLAIMS);
        assert_eq!(Token::parse(&raw).is_ok(), good, "{typ}");
    }
}

#[test]
fn claims_have_one_type_each() {
    for (name, value) in [
        ("iss", json!(["https://i"])),
        ("iss", json!(1)),
        ("sub", json!(7)),
        ("sub", json!("")),
        ("sub", json!("a\u{7}b")),
        ("sub", json!("x".repeat(256))),
        ("aud", json!({"a": 1})),
        ("aud", json!([1])),
        ("exp", json!("1000")),
        ("exp", json!(-1)),
        ("exp", json!(1e300)),
        ("exp", json!(253_402_300_800_u64)),
        ("nbf", json!(true)),
        ("iat", json!("x")),
        ("cnf", json!({"jkt": "x"})),
        ("scope", json!(["a"])),
        ("exp", Value::Null),
    ] {
        let raw = token(HEADER, &with(CLAIMS, name, value.clone()));
        assert!(Token::parse(&raw).is_err(), "{name}: {value}");
    }
}

#[test]
fn a_member_that_stands_twice_is_refused_also_when_escaped() {
    for (header, claims) in [
        (r#"{"alg":"RS256","kid":"k","kid":"j"}"#, CLAIMS),
        (HEADER, r#"{"iss":"i","sub":"a","sub":"b","exp":1}"#),
        (HEADER, r#"{"iss":"i","sub":"a","exp":1,"s\u0075b":"b"}"#),
        (HEADER, r#"{"iss":"i","sub":"a","exp":1,"x":1,"x":1}"#),
        (
            HEADER,
            r#"{"iss":"i","sub":"a","exp":1,"x":[{"y":{"z":1,"\u007a":2}}]}"#,
        ),
    ] {
        assert!(
            Token::parse(&token(header, claims)).is_err(),
            "{header} {claims}"
        );
    }
}

#[test]
fn what_is_deep_is_looked_into_and_what_is_too_deep_is_refused() {
    let deep = |levels: usize| {
        let value = format!("{}1.5e3{}", "[".repeat(levels), "]".repeat(levels));
        let claims = CLAIMS.replacen('{', &format!(r#"{{"x":{value},"#), 1);
        Token::parse(&token(HEADER, &claims)).is_ok()
    };
    assert!(deep(1) && deep(100));
    assert!(!deep(200) && !deep(2500));
    let rich = r#"{"x":{"a":[true,null,-1,2.5,"s",{}],"b":{"a":1}},"#;
    let claims = CLAIMS.replacen('{', rich, 1);
    assert!(Token::parse(&token(HEADER, &claims)).is_ok());
}

#[test]
fn only_three_canonical_parts_are_a_token() {
    let good = token(HEADER, CLAIMS);
    let (head, rest) = good.split_once('.').unwrap();
    for bad in [
        String::new(),
        "..".into(),
        head.into(),
        format!("{good}.x"),
        format!("{good}.x.y"),
        format!("{head}=.{rest}"),
        good.replace(".c2ln", "."),
        format!(" {good}"),
        token(&format!("{HEADER} x"), CLAIMS),
        "x".repeat(9000),
    ] {
        assert!(Token::parse(&bad).is_err(), "{bad}");
    }
}

#[test]
fn times_are_checked_with_a_minute_of_leeway() {
    let claims = |extra: &str, value: i64| {
        let raw = token(HEADER, &with(CLAIMS, extra, json!(value)));
        Token::parse(&raw).unwrap().claims
    };
    let now = UnixMillis(500_000);
    assert_eq!(claims("exp", 441).check_times(now), Ok(()));
    assert_eq!(claims("exp", 440).check_times(now), Err(TimeFault::Expired));
    assert_eq!(claims("nbf", 560).check_times(now), Ok(()));
    assert_eq!(
        claims("nbf", 561).check_times(now),
        Err(TimeFault::NotYetValid)
    );
    assert_eq!(
        claims("iat", 561).check_times(now),
        Err(TimeFault::NotYetValid)
    );
}

#[test]
fn the_chain_of_agents_is_read_nearest_first_and_not_for_ever() {
    let act = json!({"sub": "coder", "act": {"sub": "planner"}});
    let raw = token(HEADER, &with(CLAIMS, "act", act));
    let claims = Token::parse(&raw).unwrap().claims;
    assert_eq!(claims.delegation.actors, ["coder", "planner"]);
    let deep = (0..80).fold(
        json!({"sub": "x"}),
        |act, _| json!({"sub": "x", "act": act}),
    );
    let raw = token(HEADER, &with(CLAIMS, "act", deep));
    assert!(Token::parse(&raw).is_ok_and(|t| t.claims.delegation.actors.len() <= 32));
}

proptest! {
    #[test]
    fn no_text_panics(text in ".*") {
        let _ = Token::parse(&text);
        let _ = Token::parse(&token(&text, CLAIMS));
        let _ = Token::parse(&token(HEADER, &text));
    }
}
