//! Who may call, as it is written in variables.

use super::{super::*, faults};
use crate::domain::{
    did::{Did, Method},
    identity::Scopes,
};

const ADA: &str = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
const BOB: &str = "did:pkh:eip155:1:0xb9c5714089478a327f09197987f16f9e5d936e8a";
const DESCOPE: [(&str, &str); 4] = [
    ("OIDC_ISSUER", ""),
    ("AUTH_BACKEND", "descope"),
    ("DESCOPE_PROJECT_ID", "P2abc"),
    ("DESCOPE_BASE_URL", "https://descope.example/"),
];
const EXCHANGE: [(&str, &str); 5] = [
    ("ENABLE_DESCOPE_EXCHANGE", "true"),
    ("DESCOPE_PROJECT_ID", "P2abc"),
    ("DESCOPE_CLIENT_ID", "us"),
    ("DESCOPE_CLIENT_SECRET", "hunter2"),
    ("EXCHANGE_ISSUERS", "https://a.example, https://b.example/"),
];

fn auth(pairs: &[&[(&str, &str)]]) -> AuthConfig {
    Config::read(&super::vars(&pairs.concat())).unwrap().auth
}

/// A DID as tokens are found to speak for it.
fn canonical(did: &str) -> String {
    Did::parse(did).unwrap().as_str().to_owned()
}

fn wrong(pairs: &[&[(&str, &str)]]) -> Vec<String> {
    faults(&pairs.concat())
}

/// The remedies told of `name`.
fn remedies(pairs: &[&[(&str, &str)]], name: &str) -> Vec<String> {
    let Faults(faults) = Config::read(&super::vars(&pairs.concat())).unwrap_err();
    let ours = faults.into_iter().filter(|fault| fault.name == name);
    ours.map(|fault| fault.remedy).collect()
}

#[test]
fn no_did_is_taken_unless_methods_are_named_and_lists_alone_are_refused() {
    assert!(auth(&[]).dids.is_none());
    for idle in [
        ("DID_ALLOW", ADA),
        ("DID_DENY", ADA),
        ("DID_SCOPES", "*=chat:run"),
        ("DID_REPLAY", "once"),
    ] {
        assert_eq!(wrong(&[&[idle]]), [idle.0]);
    }
}

#[test]
fn dids_are_as_the_variables_say() {
    let dids = auth(&[&[("DID_METHODS", " key ,pkh,key"), ("DID_ALLOW", ADA)]]).dids;
    let dids = dids.unwrap();
    assert_eq!(dids.methods, [Method::Key, Method::Pkh]);
    assert_eq!((&*dids.audience, dids.max_lifetime_secs), ("us", 3600));
    assert!(!dids.is_once && dids.deny.is_empty());
    assert_eq!(dids.scopes_of(ADA), Scopes::DEFAULT);
    assert!(dids.scopes_of(BOB).is_empty(), "only who is listed");
    let all = [
        ("DID_METHODS", "pkh"),
        ("DID_DENY", BOB),
        ("DID_AUD", "them"),
        ("DID_MAX_LIFETIME", "60"),
        ("DID_REPLAY", "once"),
        ("DID_SCOPES", "*=memory:read"),
    ];
    let dids = auth(&[&all]).dids.unwrap();
    assert_eq!((&*dids.audience, dids.max_lifetime_secs), ("them", 60));
    assert!(dids.is_once);
    assert!(dids.deny.contains(&canonical(BOB)), "{:?}", dids.deny);
}

#[test]
fn what_a_did_may_do_is_its_entry_or_that_of_all_others() {
    let scopes = format!("*=chat:run; {ADA} = memory:read\ttasks:run  admin;{BOB}=;");
    let vars = [("DID_METHODS", "key,pkh"), ("DID_SCOPES", &*scopes)];
    let dids = auth(&[&vars]).dids.unwrap();
    let of = |did: &str| dids.scopes_of(did).to_text();
    assert_eq!(of(ADA), "tasks:run memory:read admin");
    assert_eq!(of(&canonical(BOB)), "");
    assert_eq!(of("did:key:zAnybody"), "chat:run");
    // Where something is said of scopes, being listed is not enough.
    let vars = [
        ("DID_METHODS", "key"),
        ("DID_ALLOW", ADA),
        ("DID_SCOPES", &format!("{BOB}=admin")),
    ];
    assert!(auth(&[&vars]).dids.unwrap().scopes_of(ADA).is_empty());
}

#[test]
fn a_fault_about_dids_is_told_with_what_was_found() {
    let methods: &[(&str, &str)] = &[("DID_METHODS", "key")];
    let everyone: &[(&str, &str)] = &[("DID_SCOPES", "*=chat:run")];
    assert_eq!(wrong(&[methods]), ["DID_ALLOW"]);
    let no_audience: &[(&str, &str)] = &[("OIDC_ISSUER", ""), ("OIDC_AUD", "")];
    assert_eq!(wrong(&[methods, everyone, no_audience]), ["DID_AUD"]);
    for (name, value) in [
        ("DID_METHODS", "web"),
        ("DID_METHODS", "key,Key"),
        ("DID_ALLOW", "ada"),
        ("DID_ALLOW", "did:key:zUpperCase0"),
        ("DID_DENY", "did:web:example.com"),
        ("DID_MAX_LIFETIME", "0"),
        ("DID_MAX_LIFETIME", "an hour"),
        ("DID_REPLAY", "twice"),
        ("DID_SCOPES", "chat:run"),
        ("DID_SCOPES", "*=chat:run everything"),
        ("DID_SCOPES", "ada=chat:run"),
        ("DID_SCOPES", "*=chat:run;*=admin"),
    ] {
        assert_eq!(
            wrong(&[methods, everyone, &[(name, value)]]),
            [name],
            "{value}"
        );
    }
    let told = remedies(&[methods, &[("DID_SCOPES", "*=all")]], "DID_SCOPES");
    assert!(
        told[0].contains("there are chat:run, tasks:run"),
        "{told:?}"
    );
}

#[test]
fn dids_alone_are_enough_and_use_the_audience_that_stands_alone() {
    let alone = [
        ("OIDC_ISSUER", ""),
        ("DID_METHODS", "key"),
        ("DID_ALLOW", ADA),
    ];
    let auth = auth(&[&alone]);
    assert!(auth.issuers.is_empty());
    assert_eq!(auth.dids.unwrap().audience, "us");
}

#[test]
fn a_database_with_keys_is_enough_and_without_any_caller_all_ways_in_are_named() {
    let none = Vars::new();
    assert!(
        Config::read_beside(&none, true)
            .unwrap()
            .auth
            .issuers
            .is_empty()
    );
    let Faults(faults) = Config::read(&none).unwrap_err();
    assert_eq!(faults.len(), 1);
    for way in [
        "OIDC_ISSUER",
        "[[issuer]]",
        "AUTH_BACKEND=descope",
        "DID_METHODS",
        "attach-gateway keys create",
        "attach-gateway dev",
    ] {
        assert!(faults[0].remedy.contains(way), "{way}");
    }
}

#[test]
fn of_a_way_in_that_was_begun_only_what_is_missing_is_told() {
    assert_eq!(wrong(&[&[("OIDC_AUD", "")]]), ["OIDC_AUD"]);
    assert_eq!(wrong(&[&[("OIDC_ISSUER", "")]]), ["OIDC_ISSUER"]);
    let neither = [("OIDC_ISSUER", ""), ("OIDC_AUD", ""), ("DID_METHODS", "x")];
    assert_eq!(wrong(&[&neither]), ["DID_METHODS"]);
}

#[test]
fn descope_is_an_issuer_by_its_project_whose_keys_are_in_one_place() {
    let one = &auth(&[&DESCOPE]).issuers[0];
    assert_eq!(one.url, "https://descope.example/v1/apps/P2abc");
    assert_eq!(one.audience, "us");
    let keys = "https://descope.example/P2abc/.well-known/jwks.json";
    assert_eq!(one.jwks_url.as_deref(), Some(keys));
    let named: &[(&str, &str)] = &[
        ("OIDC_ISSUER", "https://descope.example/P2abc"),
        ("DESCOPE_AUD", "them"),
    ];
    let auth_named = auth(&[&DESCOPE, named]);
    let other = &auth_named.issuers[0];
    assert_eq!(auth_named.issuers.len(), 1);
    assert_eq!(other.url, "https://descope.example/P2abc");
    assert_eq!(
        (&*other.audience, other.jwks_url.as_deref()),
        ("them", Some(keys))
    );
    let elsewhere: &[(&str, &str)] = &[("DESCOPE_JWKS_URL", "https://keys.example/k")];
    let jwks = auth(&[&DESCOPE, elsewhere]).issuers[0].jwks_url.clone();
    assert_eq!(jwks.as_deref(), Some("https://keys.example/k"));
    let real: &[(&str, &str)] = &[("DESCOPE_BASE_URL", "")];
    let url = &auth(&[&DESCOPE, real]).issuers[0].url;
    assert_eq!(url, "https://api.descope.com/v1/apps/P2abc");
}

#[test]
fn other_backends_are_plain_issuers_and_descopes_variables_do_nothing_there() {
    for backend in ["oidc", "auth0", "AUTH0", ""] {
        let vars: &[(&str, &str)] = &[("AUTH_BACKEND", backend), ("DESCOPE_PROJECT_ID", "P2abc")];
        let auth = auth(&[vars]);
        assert_eq!(auth.issuers.len(), 1);
        assert_eq!(auth.issuers[0].jwks_url, None);
        assert!(auth.exchange.is_none());
    }
    assert_eq!(wrong(&[&[("AUTH_BACKEND", "okta")]]), ["AUTH_BACKEND"]);
}

#[test]
fn what_descope_lacks_is_told_at_once_and_each_thing_once() {
    let lacking: &[(&str, &str)] = &[
        ("OIDC_AUD", ""),
        ("DESCOPE_PROJECT_ID", ""),
        ("DESCOPE_BASE_URL", "http://descope.example"),
        ("ENABLE_DESCOPE_EXCHANGE", "true"),
    ];
    let mut names = wrong(&[&DESCOPE, lacking]);
    names.sort();
    let expected = [
        "DESCOPE_AUD",
        "DESCOPE_BASE_URL",
        "DESCOPE_CLIENT_ID",
        "DESCOPE_CLIENT_SECRET",
        "DESCOPE_PROJECT_ID",
        "EXCHANGE_ISSUERS",
        // Its keys and its name are below that base.
        "OIDC_ISSUER",
        "OIDC_ISSUER",
    ];
    assert_eq!(names, expected);
    for near in ["http://127.0.0.1:9", "http://localhost:9"] {
        let base: &[(&str, &str)] = &[("DESCOPE_BASE_URL", near)];
        assert_eq!(auth(&[&DESCOPE, base]).issuers.len(), 1);
    }
    let unknown: &[(&str, &str)] = &[("ENABLE_DESCOPE_EXCHANGE", "maybe")];
    assert_eq!(wrong(&[&DESCOPE, unknown]), ["ENABLE_DESCOPE_EXCHANGE"]);
}

#[test]
fn an_exchange_names_its_issuers_and_takes_what_comes_back() {
    let auth = auth(&[&EXCHANGE]);
    let exchange = auth.exchange.clone().unwrap();
    assert_eq!(exchange.url, "https://api.descope.com/oauth2/v1/apps/token");
    assert_eq!(
        exchange.issuers,
        ["https://a.example", "https://b.example/"]
    );
    let urls: Vec<_> = auth.issuers.iter().map(|issuer| &*issuer.url).collect();
    let result = "https://api.descope.com/v1/apps/P2abc";
    assert_eq!(urls, ["https://issuer.example", result]);
    assert_eq!(exchange.result_issuer, result);
    assert_eq!(auth.home(), Some("https://issuer.example"));
}

#[test]
fn people_whose_tokens_are_exchanged_are_at_home_where_the_exchange_is() {
    let ours: &[(&str, &str)] = &[("EXCHANGE_ISSUERS", "https://issuer.example")];
    let home = "https://api.descope.com/v1/apps/P2abc";
    assert_eq!(auth(&[&EXCHANGE, ours]).home(), Some(home));
    let alone: &[(&str, &str)] = &[("OIDC_ISSUER", "")];
    assert_eq!(auth(&[&EXCHANGE, alone]).home(), Some(home));
}

#[test]
fn what_comes_back_is_not_exchanged_again_and_nobody_is_no_list() {
    for list in ["https://api.descope.com/v1/apps/P2abc", ","] {
        let vars: &[(&str, &str)] = &[("EXCHANGE_ISSUERS", list)];
        assert_eq!(wrong(&[&EXCHANGE, vars]), ["EXCHANGE_ISSUERS"], "{list}");
    }
    let off: &[(&str, &str)] = &[("ENABLE_DESCOPE_EXCHANGE", "false")];
    assert!(auth(&[&EXCHANGE, off]).exchange.is_none());
}

#[test]
fn browsers_are_signed_in_by_a_client_at_the_first_issuer() {
    assert!(auth(&[]).login.is_none());
    let client: &[(&str, &str)] = &[("OIDC_CLIENT_ID", "web")];
    let login = auth(&[client]).login.unwrap();
    assert_eq!(
        (&*login.issuer, &*login.client_id),
        ("https://issuer.example", "web")
    );
    assert_eq!(login.client_secret, None);
    let secret: &[(&str, &str)] = &[("OIDC_CLIENT_SECRET", "hunter2")];
    let login = auth(&[client, secret]).login.unwrap();
    assert_eq!(login.client_secret.as_deref(), Some("hunter2"));
    assert!(!format!("{login:?}").contains("hunter2"), "{login:?}");
    assert_eq!(wrong(&[secret]), ["OIDC_CLIENT_ID"]);
    let open: &[(&str, &str)] = &[("ATTACH_PUBLIC_URL", "http://gateway.example")];
    assert_eq!(wrong(&[client, secret, open]), ["ATTACH_PUBLIC_URL"]);
    for safe in [
        "https://gateway.example",
        "http://localhost:9",
        "http://[::1]:9",
    ] {
        let safe: &[(&str, &str)] = &[("ATTACH_PUBLIC_URL", safe)];
        assert!(auth(&[client, safe]).login.is_some());
    }
    let nobody: &[(&str, &str)] = &[
        ("OIDC_ISSUER", ""),
        ("DID_METHODS", "key"),
        ("DID_ALLOW", ADA),
    ];
    assert_eq!(wrong(&[client, nobody]), ["OIDC_ISSUER"]);
}

#[test]
fn browsers_are_not_signed_in_where_their_cookie_would_travel_in_the_open() {
    let client = ("OIDC_CLIENT_ID", "web");
    let safe = ("ATTACH_PUBLIC_URL", "https://gateway.example");
    for host in ["0.0.0.0", "192.168.1.5", "::", "[::]", "gateway.example"] {
        let host = ("HOST", host);
        assert_eq!(wrong(&[&[client, host]]), ["ATTACH_PUBLIC_URL"], "{host:?}");
        assert!(auth(&[&[client, host, safe]]).login.is_some(), "{host:?}");
        assert!(auth(&[&[host]]).login.is_none(), "nobody is signed in");
    }
    for host in ["127.0.0.1", "127.0.0.2", "localhost", "::1", "[::1]", ""] {
        let login = auth(&[&[client, ("HOST", host)]]).login;
        assert!(login.is_some(), "{host}");
    }
}

#[test]
fn pages_are_named_as_browsers_name_them() {
    let origins = |text: &str| auth(&[&[("CORS_ORIGINS", text)]]).origins;
    let default = ["http://localhost:9000", "http://127.0.0.1:9000"];
    assert_eq!(origins(""), default);
    assert!(origins("none").is_empty());
    let two = origins("https://app.example.com, http://localhost:3000/");
    assert_eq!(two, ["https://app.example.com", "http://localhost:3000"]);
    for bad in [
        "*",
        "null",
        "app.example.com",
        "https://app.example.com/path",
        "https://App.example.com",
        "https://app.example.com:443",
        "https://*.example.com",
        "file:///x",
    ] {
        assert_eq!(
            wrong(&[&[("CORS_ORIGINS", bad)]]),
            ["CORS_ORIGINS"],
            "{bad}"
        );
    }
}

#[test]
fn checks_have_a_budget_for_strangers_unless_it_is_said_otherwise() {
    let throttle = |text: &str| auth(&[&[("AUTH_THROTTLE", text)]]).throttle;
    assert_eq!(throttle(""), Throttle::Remote);
    assert_eq!(throttle("on"), Throttle::On);
    assert_eq!(throttle("Off"), Throttle::Off);
    assert_eq!(wrong(&[&[("AUTH_THROTTLE", "remote")]]), ["AUTH_THROTTLE"]);
}

#[test]
fn no_secret_is_shown_by_a_fault_or_by_a_look_at_the_configuration() {
    let secret = "hunter2-hunter2-hunter2-hunter2-hunter2";
    let names = [
        "ATTACH_SECRET",
        "ENGINE_API_KEY",
        "OIDC_CLIENT_SECRET",
        "DESCOPE_CLIENT_SECRET",
    ];
    let secrets = names.map(|name| (name, secret));
    let client: &[(&str, &str)] = &[("OIDC_CLIENT_ID", "web")];
    let vars = super::vars(&[&EXCHANGE[..], client, &secrets].concat());
    let config = Config::read(&vars).unwrap();
    assert_eq!(
        config.auth.exchange.as_ref().map(|e| &*e.client_secret),
        Some(secret)
    );
    assert_eq!(config.engines[0].api_key.as_deref(), Some(secret));
    assert!(!format!("{config:?}").contains("hunter2"));
    let broken: &[(&str, &str)] = &[
        ("OIDC_CLIENT_ID", ""),
        ("DESCOPE_CLIENT_ID", ""),
        ("ATTACH_SECRET", "hunter2"),
        ("DESCOPE_BASE_URL", "https://us:hunter2@descope.example"),
    ];
    let vars = super::vars(&[&EXCHANGE[..], &secrets, broken].concat());
    let faults = Config::read(&vars).unwrap_err();
    assert_eq!(faults.0.len(), 4, "{faults}");
    assert!(
        !format!("{faults} {faults:?}").contains("hunter2"),
        "{faults}"
    );
}
