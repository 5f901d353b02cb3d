//! Signatures of DIDs, and what is verified and still may not.

use serde_json::json;

use super::{
    did_tokens::wallets,
    jws::all,
    row::{Ask, Row, Want, invalid, out_of_scope, taken},
    scene::Scene,
};
use crate::support::wallet::{Wallet, did_key, jws_input, other_half, solana_did};
use crate::support::{
    gateway::chat,
    key::{b64, with},
};

pub fn signatures(_: &Scene) -> Vec<Row> {
    let mut tokens = Vec::new();
    for wallet in wallets() {
        let input = jws_input(&wallet.header(), &wallet.claims());
        let what = format!("{} {}", wallet.alg, &wallet.did[..12]);
        let flip = |at: usize| {
            wallet.signed(&input, |mut signature| {
                signature[at] ^= 1;
                signature
            })
        };
        tokens.push((format!("{what}, first bit of the signature"), flip(0)));
        tokens.push((format!("{what}, middle of the signature"), flip(40)));
        tokens.push((
            format!("{what}, a byte less"),
            wallet.signed(&input, |s| s[1..].to_vec()),
        ));
        let more = wallet.signed(&input, |s| [s, vec![0]].concat());
        tokens.push((format!("{what}, a byte more"), more));
        tokens.push((
            format!("{what}, nothing"),
            wallet.signed(&input, |_| Vec::new()),
        ));
        let zeros = wallet.signed(&input, |s| vec![0; s.len()]);
        tokens.push((format!("{what}, zeros"), zeros));
        let other = jws_input(
            &wallet.header(),
            &with(&wallet.claims(), "jti", json!("other")),
        );
        tokens.push((
            format!("{what}, of other claims"),
            format!("{input}.{}", b64(wallet.signature(&other))),
        ));
    }
    let ethereum = Wallet::ethereum(7);
    let input = jws_input(&ethereum.header(), &ethereum.claims());
    let with_v = |v: u8| {
        ethereum.jws_with_v(0, |mut signature| {
            signature[64] = v;
            signature
        })
    };
    for v in [1, 2, 3, 26, 28, 29, 35, 37, 255] {
        tokens.push((format!("EIP191 with v {v}"), with_v(v)));
    }
    tokens.push((
        "EIP191 without v".into(),
        ethereum.signed(&input, |s| s[..64].to_vec()),
    ));
    tokens.push((
        "EIP191 with a high s".into(),
        ethereum.signed(&input, other_half),
    ));
    let stranger = Wallet::ethereum(9).named(&ethereum.did);
    tokens.push(("EIP191 of another account".into(), stranger.jws()));
    let stranger = Wallet::edwards(9).named(Wallet::edwards(7).did);
    tokens.push(("EdDSA of another key".into(), stranger.jws()));
    let stranger = Wallet::recovering(9).named(&ethereum.did);
    tokens.push(("ES256K-R of another account".into(), stranger.jws()));
    tokens.extend(small_order());
    all(tokens, invalid)
}

/// The neutral element is a key whose one signature fits every message.
fn small_order() -> Vec<(String, String)> {
    let mut weak = [0; 32];
    weak[0] = 1;
    let signature = [&weak[..], &[0; 32]].concat();
    let dids = [
        did_key([0xed, 1], &weak),
        solana_did(&weak),
        did_key([0xed, 1], &[0; 32]),
    ];
    let tokens = dids.map(|did| {
        let wallet = Wallet::edwards(7).named(did);
        let name = format!("a small-order key, {}", wallet.did);
        let token = wallet.signed(&jws_input(&wallet.header(), &wallet.claims()), |_| {
            signature.clone()
        });
        (name, token)
    });
    tokens.into()
}

/// What is verified and still may not.
pub fn rights(_: &Scene) -> Vec<Row> {
    let (poor, rich) = (Wallet::edwards(7), Wallet::edwards(20));
    let chats =
        |wallet: &Wallet| Ask::post("/v1/chat/completions", &chat("hi")).bearer(wallet.jws());
    let wordy = with(&poor.claims(), "scope", json!("chat:run memory:read admin"));
    let wordy = || poor.jws_of(&poor.header(), &wordy);
    let (denied, account) = (Wallet::edwards(21), Wallet::ethereum(21));
    let lower = Wallet::ethereum(21).named(account.did.to_ascii_lowercase());
    let no = |name: &str, token: String| {
        Ask::get("/agents")
            .bearer(token)
            .wants(name, Want::status(403))
    };
    vec![
        chats(&rich).wants("a DID with the scope", taken(&rich.did)),
        chats(&poor).wants("a DID without the scope", out_of_scope("chat:run")),
        Ask::get("/mem/events").bearer(poor.literal()).wants(
            "a DID without the scope, form B",
            out_of_scope("memory:read"),
        ),
        Ask::get("/v1/models")
            .bearer(wordy())
            .wants("scope in the token", out_of_scope("chat:run")),
        Ask::post("/api/pull", &chat("hi"))
            .bearer(wordy())
            .wants("admin in the token", out_of_scope("admin")),
        Ask::post("/api/pull", &chat("hi"))
            .bearer(rich.jws())
            .wants("a DID that is no admin", out_of_scope("admin")),
        no("denied", denied.jws()),
        no("denied, form B", denied.literal()),
        no("denied, though listed in lower case", account.jws()),
        no("denied, in lower case", lower.jws()),
        no("denied, in lower case, form B", lower.literal()),
    ]
}
