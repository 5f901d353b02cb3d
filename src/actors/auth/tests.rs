use serde_json::json;

use super::{issued::scopes, *};
use crate::{
    config::{IssuerConfig, default_algorithms},
    domain::{
        id::Owner,
        identity::{Grant, Scope, Scopes},
        jwt::{Claims, LEEWAY_SECS},
    },
};

fn claims(scopes: &[&str], exp: i64) -> Claims {
    Claims {
        iss: "https://i".into(),
        sub: "ada".into(),
        aud: vec!["us".into()],
        exp,
        nbf: None,
        iat: None,
        scopes: scopes.iter().map(|word| (*word).to_owned()).collect(),
        delegation: Default::default(),
    }
}

fn issuer(words: serde_json::Value) -> IssuerConfig {
    IssuerConfig {
        url: "https://i".into(),
        audience: "us".into(),
        algorithms: default_algorithms(),
        jwks_url: None,
        scopes: serde_json::from_value(words).unwrap(),
    }
}

#[test]
fn our_own_words_count_and_other_services_words_do_not() {
    let claims = claims(&["openid", "chat:run", "", "Admin", "role:boss"], 0);
    assert_eq!(scopes(&claims, None).to_text(), "chat:run");
    assert!(scopes(&self::claims(&[], 0), None).is_empty());
}

#[test]
fn an_issuers_word_stands_for_what_its_table_says_beside_our_own() {
    let issuer = issuer(json!({
        "role:boss": ["admin", "metrics:read"],
        "role:reader": ["memory:read", "nonsense"],
        "chat:run": ["tasks:run"],
    }));
    let of = |words: &[&str]| scopes(&claims(words, 0), Some(&issuer)).to_text();
    assert_eq!(of(&["role:boss"]), "metrics:read admin");
    let both = "memory:read metrics:read admin";
    assert_eq!(of(&["role:reader", "role:boss"]), both);
    assert_eq!(of(&["chat:run"]), "chat:run tasks:run");
    assert_eq!(of(&["role"]), "");
    let boss = scopes(&claims(&["role:boss"], 0), None);
    assert!(!boss.has(Scope::Admin), "no table, no meaning");
}

#[test]
fn a_token_counts_as_expired_where_the_check_of_its_times_says_so() {
    for exp in [1, 1_000, 253_402_300_799] {
        let claims = claims(&[], exp);
        let end = with_leeway(expiry(exp));
        assert_eq!(end, UnixMillis((exp + LEEWAY_SECS) * 1000));
        assert_eq!(claims.check_times(end), Err(TimeFault::Expired));
        assert_eq!(claims.check_times(end.plus(-1)), Ok(()));
    }
}

#[test]
fn a_signature_is_believed_for_five_minutes_at_most() {
    let now = UnixMillis(1_000);
    let identity = Identity {
        owner: Owner::new("https://i", "ada"),
        scopes: Scopes::DEFAULT,
        grant: Grant::Oidc,
        expires_at: now.plus(3_600_000),
    };
    let verified = Verified::new(identity, Some((0, 7)), now);
    assert_eq!(verified.believed_until, now.plus(300_000));
    assert_eq!(verified.basis, Some((0, 7)));
}
