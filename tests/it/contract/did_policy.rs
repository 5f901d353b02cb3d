//! DIDs under other policies: off, one method only, one use only.

use attach_gateway::domain::time::UnixMillis;
use serde_json::{Value, json};

use super::{
    did_tokens::wallets,
    jws::all,
    row::{Ask, Row, invalid, out_of_scope, taken},
    scene::Scene,
};

use crate::support::key::with;
use crate::support::wallet::Wallet;

/// Whom a wallet's token must be for, where `DID_AUD` says so.
pub const AUDIENCE: &str = "wallets-alone";

/// Nobody turned them on.
pub fn off(_: &Scene) -> Vec<Row> {
    let mut tokens = Vec::new();
    for wallet in wallets() {
        let name = format!("{} {}", wallet.alg, &wallet.did[..12]);
        tokens.push((format!("{name}, form A"), wallet.jws()));
        tokens.push((format!("{name}, form B"), wallet.literal()));
    }
    all(tokens, invalid)
}

/// `DID_METHODS=key`.
pub fn keys_alone(_: &Scene) -> Vec<Row> {
    let accounts = [
        Wallet::ethereum(40),
        Wallet::solana(40),
        Wallet::recovering(40),
    ];
    let once = |wallet: &Wallet| with(&wallet.claims(), "jti", json!("policy"));
    let mut tokens = Vec::new();
    for wallet in accounts {
        let claims = once(&wallet);
        let name = format!("{} {}", wallet.alg, &wallet.did[..12]);
        tokens.push((
            format!("{name}, form A"),
            wallet.jws_of(&wallet.header(), &claims),
        ));
        tokens.push((format!("{name}, form B"), wallet.literal_of(&claims)));
    }
    all(tokens, invalid)
}

/// `DID_REPLAY=once`; these rows follow one another.
pub fn once(_: &Scene) -> Vec<Row> {
    let (first, second) = (Wallet::edwards(41), Wallet::secp256k1(41));
    let jws = |wallet: &Wallet, jti: &str| {
        let claims = with(&wallet.claims(), "jti", json!(jti));
        wallet.jws_of(&wallet.header(), &claims)
    };
    let literal =
        |wallet: &Wallet, jti: &str| wallet.literal_of(&with(&wallet.claims(), "jti", json!(jti)));
    let get = |token: &str| Ask::get("/agents").bearer(token);
    let token = jws(&first, "a");
    let by_form_b = literal(&first, "b");
    let odd = |value| first.jws_of(&first.header(), &with(&first.claims(), "jti", value));
    let out = jws(&first, "c");
    vec![
        get(&token).wants("a first use", taken(&first.did)),
        get(&token).wants("a second use", invalid()),
        get(&token).wants("a third use", invalid()),
        get(&jws(&first, "a")).wants("another token of the same jti", invalid()),
        get(&literal(&first, "a")).wants("the same jti in form B", invalid()),
        get(&jws(&second, "a")).wants("the same jti of another DID", taken(&second.did)),
        get(&by_form_b).wants("a first use, form B", taken(&first.did)),
        get(&by_form_b).wants("a second use, form B", invalid()),
        get(&first.jws()).wants("no jti", invalid()),
        get(&first.literal()).wants("no jti, form B", invalid()),
        get(&odd(json!(7))).wants("a jti that is a number", invalid()),
        get(&odd(json!(null))).wants("a jti that is null", invalid()),
        get(&odd(json!(""))).wants("an empty jti", invalid()),
        Ask::get("/mem/events")
            .bearer(&out)
            .wants("out of scope", out_of_scope("memory:read")),
    ]
}

/// `DID_AUD` and `DID_MAX_LIFETIME=300`.
pub fn narrowed(_: &Scene) -> Vec<Row> {
    let now = UnixMillis::now().secs();
    let key = Wallet::edwards(42);
    let claims = |aud: Value, from: i64, to: i64| json!({ "iss": key.did, "aud": aud, "iat": now + from, "exp": now + to });
    let ours = || json!(AUDIENCE);
    let mut rows = Vec::new();
    for (name, claims, is_good) in [
        ("its audience", claims(ours(), 0, 300), true),
        (
            "its audience in a list",
            claims(json!(["a", AUDIENCE]), 0, 300),
            true,
        ),
        (
            "300 seconds, some of them over",
            claims(ours(), -100, 200),
            true,
        ),
        ("301 seconds", claims(ours(), 0, 301), false),
        (
            "301 seconds, some of them over",
            claims(ours(), -100, 201),
            false,
        ),
        ("an hour", claims(ours(), 0, 3600), false),
        (
            "the issuer's audience",
            claims(json!("attach-test"), 0, 300),
            false,
        ),
        (
            "the issuer's audience in a list",
            claims(json!(["attach-test"]), 0, 300),
            false,
        ),
    ] {
        let forms = [
            ("form A", key.jws_of(&key.header(), &claims)),
            ("form B", key.literal_of(&claims)),
        ];
        for (form, token) in forms {
            let want = if is_good { taken(&key.did) } else { invalid() };
            rows.push(
                Ask::get("/agents")
                    .bearer(token)
                    .wants(format!("{name}, {form}"), want),
            );
        }
    }
    rows
}
