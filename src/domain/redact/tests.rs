//! Planted secrets, ordinary words, and both at once.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::json;

use super::*;

static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| Redactor::new(&[]).unwrap());

fn clean(text: &str) -> String {
    REDACTOR.redact(text).into_owned()
}

const KEY: &str = "0123456789abcdefABCDEF0123456789abcdefABCDEF";

#[test]
fn each_kind_leaves_its_mark_and_nothing_else_changes() {
    for (text, expected) in [
        (
            "{\\\"Authorization\\\": \\\"Basic dXNlcjpwYXNz\\\"}",
            "{\\\"Authorization\\\": \\\"Basic [redacted:password]\\\"}",
        ),
        (
            "Authorization: bEaReR abcdefgh, ok",
            "Authorization: bEaReR [redacted:bearer], ok",
        ),
        (
            "use bearer abcdefghijklmnop==.",
            "use bearer [redacted:bearer].",
        ),
        (
            "{\"Authorization\":\"Basic dXNlcjpwYXNz\"}",
            "{\"Authorization\":\"Basic [redacted:password]\"}",
        ),
        ("t=eyJhbGciOiJ.eyJzdWIiOi.c2ln!", "t=[redacted:jwt]!"),
        ("did:key:z6MkhaXg.eyJhdWQi.c2ln end", "[redacted:jwt] end"),
        (
            "did:pkh:eip155:1:0x00ab.eyJhdWQi.c2ln end",
            "[redacted:jwt] end",
        ),
        ("(AKIA0123456789ABCDEF)", "([redacted:api_key])"),
        (
            "a=1\\nsk-ant-api03-abcdefgh0123",
            "a=1\\n[redacted:api_key]",
        ),
        (
            "postgres://ada:p@ss:w?rd@db/x",
            "postgres://ada:[redacted:password]@db/x",
        ),
        (
            "redis://:hunter2@cache:6379",
            "redis://:[redacted:password]@cache:6379",
        ),
        (
            "a -----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY----- b",
            "a [redacted:private_key] b",
        ),
        (
            "a -----BEGIN RSA PRIVATE KEY-----\nMIIEow",
            "a [redacted:private_key]",
        ),
    ] {
        assert_eq!(clean(text), expected);
    }
    for prefix in [
        "sk-",
        "sk-proj-",
        "ghp_",
        "gho_",
        "ghs_",
        "ghu_",
        "github_pat_",
        "xoxb-",
        "ak_01234567_",
    ] {
        assert_eq!(
            clean(&format!("key={prefix}{KEY};")),
            "key=[redacted:api_key];"
        );
    }
}

#[test]
fn ordinary_text_is_borrowed() {
    for text in [
        "the bearer of this token: Bearer $JWT, Bearer <token>",
        "sk-learn-linear-regression-model and risk-adjusted-returns-on-capital2",
        "see https://ada@example.org:8080/a:b@c and http://[::1]:80/x@y",
        "{\"url\":\"http://localhost:11434\",\"user\":\"ada@example.org\"}",
        "did:key:z6MkhaXgBZD. eyJ... -----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----",
        "AKIA and AKIA0123456789ABCDEFG, xoxb-, ak_short_key, break_12345678_",
    ] {
        assert!(matches!(REDACTOR.redact(text), Cow::Borrowed(_)), "{text}");
    }
}

#[test]
fn patterns_of_the_user_come_last_and_leave_marks_alone() {
    let extra = [
        "[a-z]+-\\d+".to_owned(),
        "[a-z]+".to_owned(),
        "x*".to_owned(),
    ];
    let redactor = Redactor::new(&extra).unwrap();
    let once = redactor
        .redact("EMP emp-12 AKIA0123456789ABCDEF")
        .into_owned();
    assert_eq!(once, "EMP [redacted:custom] [redacted:api_key]");
    assert_eq!(redactor.redact(&once), once);
    let all = Redactor::new(&["(?s).+".to_owned()]).unwrap();
    assert_eq!(all.redact("a AKIA0123456789ABCDEF b"), "[redacted:custom]");
    assert!(matches!(all.redact("[redacted:custom]"), Cow::Borrowed(_)));
}

#[test]
fn a_bad_pattern_is_named() {
    let error = Redactor::new(&["fine".to_owned(), "(oh".to_owned()]).unwrap_err();
    assert_eq!(error, "\"(oh\" is not a regular expression: unclosed group");
}

#[test]
fn json_is_redacted_in_strings_and_names() {
    let mut value = json!({ "a": [{ "AKIA0123456789ABCDEF": "x://u:p@h", "n": 1 }], "b": null });
    REDACTOR.redact_json(&mut value);
    let expected = json!({ "a": [{ "[redacted:api_key]": "x://u:[redacted:password]@h", "n": 1 }], "b": null });
    assert_eq!(value, expected);
}

/// A text with a secret in it, and the secret.
fn planted() -> impl Strategy<Value = (String, String)> {
    let alone = [
        "eyJ[A-Za-z0-9_-]{8,30}\\.[A-Za-z0-9_-]{8,60}\\.[A-Za-z0-9_-]{8,60}",
        "did:key:z[1-9A-HJ-NP-Za-km-z]{44}\\.[A-Za-z0-9_-]{8,60}\\.[A-Za-z0-9_-]{86}",
        "sk-(ant-|proj-)?[A-Za-z0-9]{24,48}[0-9][A-Z]",
        "gh[opsu]_[A-Za-z0-9]{36}",
        "github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
        "(AKIA|ASIA)[A-Z0-9]{16}",
        "xox[abprs]-[0-9]{10}-[A-Za-z0-9]{24}",
        "ak_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}",
    ];
    let alone = prop::sample::select(alone.to_vec())
        .prop_flat_map(|form| form.prop_map(|s: String| (s.clone(), s)));
    let bearer = (
        "([Aa]uthorization: ?)?[Bb][Ee]arer ",
        "[A-Za-z0-9._~+/-]{16,60}=?",
    );
    let bearer = bearer.prop_map(|(before, token)| (before + &token, token));
    let url = (
        "[a-z]{2,8}://[a-z]{0,6}:",
        "[A-Za-z0-9!$%&()*+,;=:@?#._~-]{6,20}",
        "@[a-z]{1,9}",
    );
    let url = url.prop_map(|(before, word, after)| (before + &word + &after, word));
    let pem = (
        "(RSA |EC |OPENSSH |ENCRYPTED )?",
        "[A-Za-z0-9+/]{64}(\n[A-Za-z0-9+/]{9,64}){0,4}",
        any::<bool>(),
    );
    let pem = pem.prop_map(|(kind, body, is_cut)| {
        let end = if is_cut {
            String::new()
        } else {
            format!("\n-----END {kind}PRIVATE KEY-----")
        };
        (
            format!("-----BEGIN {kind}PRIVATE KEY-----\n{body}{end}"),
            body,
        )
    });
    prop_oneof![4 => alone, 1 => bearer, 1 => url, 1 => pem]
}

proptest! {
    #[test]
    fn no_planted_secret_survives((text, secret) in planted(), before in "([ -~é]{0,30}[ \n\"=(,;])?", after in "([ \n\"),;][ -~é]{0,30})?") {
        let got = clean(&format!("{before}{text}{after}"));
        prop_assert!(!got.contains(&secret), "{} survives in {}", secret, got);
    }

    #[test]
    fn ordinary_words_stay_as_they_are(words in prop::collection::vec("[A-Za-zéß]{1,12}[.,:;!?-]?", 0..30)) {
        let text = words.join(" ");
        prop_assert!(matches!(REDACTOR.redact(&text), Cow::Borrowed(_)));
    }

    #[test]
    fn a_second_time_changes_nothing(pieces in prop::collection::vec(prop_oneof![
        planted().prop_map(|(text, _)| text),
        "[ -~]{0,6}",
        prop::sample::select(vec!["://", "@", ":", "/", " ", "\\n", "-", "_", ".", "eyJ", "sk-", "bearer ", "[redacted:jwt]", "-----BEGIN PRIVATE KEY-----"]).prop_map(str::to_owned),
    ], 0..8)) {
        let once = clean(&pieces.concat());
        prop_assert_eq!(clean(&once), once);
    }

    #[test]
    fn no_pattern_of_the_user_and_no_text_panics(pattern in ".{0,12}", text in ".{0,40}") {
        if let Ok(redactor) = Redactor::new(&[pattern]) {
            let _ = redactor.redact(&text);
        }
    }
}
