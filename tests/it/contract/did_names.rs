//! DIDs that are not written as they must be, and form B's own faults.

use serde_json::json;

use super::{
    jws::all,
    row::{Row, invalid},
    scene::Scene,
};
use crate::support::key::{b64, with};
use crate::support::wallet::{Wallet, did_key, jws_input, solana_did};

/// Names that the key of this wallet stands for, or nearly does.
fn of_keys() -> Vec<(&'static str, Wallet)> {
    let ed = || Wallet::edwards(30);
    let key = ed25519_dalek::SigningKey::from_bytes(&[30; 32]);
    let point = key.verifying_key().to_bytes();
    let did = ed().did;
    let base = did.strip_prefix("did:key:z").unwrap().to_owned();
    let secp = k256::ecdsa::SigningKey::from_slice(&[30; 32]).unwrap();
    let whole = secp.verifying_key().to_sec1_point(false).to_bytes();
    let short = secp.verifying_key().to_sec1_point(true).to_bytes();
    let bitcoin = |did: String| Wallet::secp256k1(30).named(did);
    let coded = |code: &[u8]| {
        let bytes = [code, &point].concat();
        format!("did:key:z{}", bs58::encode(bytes).into_string())
    };
    let hex: String = point.iter().map(|b| format!("{b:02x}")).collect();
    let mut hybrid = whole.to_vec();
    hybrid[0] = 6 | (hybrid[64] & 1);
    let mut off_curve = short.to_vec();
    off_curve[1..].fill(0xff);
    vec![
        (
            "scheme in upper case",
            ed().named(format!("DID:key:z{base}")),
        ),
        (
            "method in upper case",
            ed().named(format!("did:KEY:z{base}")),
        ),
        ("a fragment", ed().named(format!("{did}#z{base}"))),
        ("an empty fragment", ed().named(format!("{did}#"))),
        ("a query", ed().named(format!("{did}?versionId=1"))),
        ("a path", ed().named(format!("{did}/a"))),
        (
            "percent-encoding",
            ed().named(did.replacen("z6", "%7A6", 1)),
        ),
        ("no multibase letter", ed().named(format!("did:key:{base}"))),
        (
            "multibase in upper case",
            ed().named(format!("did:key:Z{base}")),
        ),
        (
            "base64url",
            ed().named(format!(
                "did:key:u{}",
                b64([&[0xed, 1], &point[..]].concat())
            )),
        ),
        ("base16", ed().named(format!("did:key:fed01{hex}"))),
        ("a zero before", ed().named(format!("did:key:z1{base}"))),
        ("a space before", ed().named(format!(" {did}"))),
        ("a space behind", ed().named(format!("{did} "))),
        ("a version", ed().named(did.replacen("key:", "key:1:", 1))),
        (
            "a letter base58 lacks",
            ed().named(format!("did:key:z0{base}")),
        ),
        ("no key", ed().named("did:key:z")),
        ("nothing", ed().named("did:key:")),
        ("no method", ed().named("did:")),
        ("31 bytes", ed().named(did_key([0xed, 1], &point[..31]))),
        (
            "33 bytes",
            ed().named(did_key([0xed, 1], &[&point[..], &[0]].concat())),
        ),
        ("a varint too long", ed().named(coded(&[0xed, 0x81, 0]))),
        ("X25519", ed().named(did_key([0xec, 1], &point))),
        ("a raw key without a code", ed().named(coded(&[]))),
        (
            "an Ed25519 key as secp256k1",
            ed().named(did_key([0xe7, 1], &point)),
        ),
        ("a whole point", bitcoin(did_key([0xe7, 1], &whole))),
        ("a hybrid point", bitcoin(did_key([0xe7, 1], &hybrid))),
        (
            "a point without parity",
            bitcoin(did_key([0xe7, 1], &short[1..])),
        ),
        (
            "a point off the curve",
            bitcoin(did_key([0xe7, 1], &off_curve)),
        ),
        (
            "a secp256k1 key as P-256",
            bitcoin(did_key([0x80, 0x24], &short)),
        ),
        ("P-521", bitcoin(did_key([0x82, 0x24], &short))),
        ("RSA", bitcoin(did_key([0x85, 0x24], &short))),
        ("BLS", bitcoin(did_key([0xeb, 1], &short))),
        (
            "did:jwk",
            ed().named(format!("did:jwk:{}", b64("{\"kty\":\"OKP\"}"))),
        ),
        ("did:ethr", bitcoin(format!("did:ethr:0x{}", &hex[..40]))),
        (
            "did:plc",
            bitcoin("did:plc:ewvi7nxzyoun6zhxrhs64oiz".into()),
        ),
        ("did:peer", ed().named(format!("did:peer:0z{base}"))),
    ]
}

fn of_accounts(scene: &Scene) -> Vec<(&'static str, Wallet)> {
    let did = Wallet::ethereum(30).did;
    let address = did.rsplit(':').next().unwrap().to_owned();
    let eth = |did: String| Wallet::ethereum(30).named(did);
    let chain = |chain: &str| eth(format!("did:pkh:eip155:{chain}:{address}"));
    let at = |address: &str| eth(format!("did:pkh:eip155:1:{address}"));
    let swapped: String = address
        .char_indices()
        .map(|(at, c)| match (at, c.is_ascii_lowercase()) {
            (0..2, _) => c,
            (_, true) => c.to_ascii_uppercase(),
            (_, false) => c.to_ascii_lowercase(),
        })
        .collect();
    let upper = format!("0x{}", address[2..].to_ascii_uppercase());
    let solana = Wallet::solana(30).did;
    let sol = |did: String| Wallet::solana(30).named(did);
    let key = ed25519_dalek::SigningKey::from_bytes(&[30; 32]);
    let point = key.verifying_key().to_bytes();
    let port = scene.trap.port;
    vec![
        ("a wrong checksum", at(&swapped)),
        ("an address in upper case", at(&upper)),
        ("0X", at(&address.replacen("0x", "0X", 1))),
        ("no 0x", at(&address[2..])),
        ("39 digits", at(&address[..41])),
        ("41 digits", at(&format!("{address}0"))),
        ("no address", at("")),
        ("a digit that is none", at(&format!("{}g", &address[..41]))),
        ("chain 01", chain("01")),
        ("chain 0x1", chain("0x1")),
        ("chain +1", chain("+1")),
        ("chain -1", chain("-1")),
        ("chain with a letter", chain("1a")),
        ("no chain", chain("")),
        ("two chains", chain("1:1")),
        ("did:pkh:eth", eth(format!("did:pkh:eth:{address}"))),
        ("did:pkh:EIP155", eth(format!("did:pkh:EIP155:1:{address}"))),
        ("did:pkh:celo", eth(format!("did:pkh:celo:{address}"))),
        ("bip122", eth("did:pkh:bip122:000000000019d6689c085ae165831e93:128Lkh3S7CkDTBZ8W7BbpsN3YYizJMp8p6".into())),
        ("tezos", eth("did:pkh:tezos:NetXdQprcVkpaWU:tz1TzrmTBSuiVHV2VfMnGRMYvTEPCP42oSM8".into())),
        ("a fragment behind an account", eth(format!("{did}#blockchainAccountId"))),
        ("a query behind an account", eth(format!("{did}?a=b"))),
        ("an account in percent-encoding", eth(did.replacen("0x", "%30x", 1))),
        ("DID in upper case, of an account", eth(did.replacen("did", "DID", 1))),
        ("did:web of the trap", sol(format!("did:web:127.0.0.1%3A{port}"))),
        ("did:web of the trap, with a path", sol(format!("did:web:127.0.0.1%3A{port}:user"))),
        ("did:webvh of the trap", sol(format!("did:webvh:Qm:127.0.0.1%3A{port}"))),
        ("solana, a chain of 31", sol(solana.replacen("4sG", "sG", 1))),
        ("solana, a chain of 33", sol(solana.replacen("4sG", "44sG", 1))),
        ("solana, no chain", sol(solana.replacen(":4sGjMW1sUnHzSExGspuhpLDx6wiyjNtZ", "", 1))),
        ("solana, 31 bytes", sol(solana_did(&point[..31]))),
        ("solana, 33 bytes", sol(solana_did(&[&point[..], &[1]].concat()))),
        ("solana, a zero before", sol(solana.replacen("NtZ:", "NtZ:1", 1))),
    ]
}

pub fn names(scene: &Scene) -> Vec<Row> {
    let mut wallets = of_keys();
    wallets.extend(of_accounts(scene));
    let mut tokens = Vec::new();
    for (name, wallet) in wallets {
        tokens.push((format!("{name}, form A"), wallet.jws()));
        // A space ends a token, and an upper-case scheme is no DID at all.
        if wallet.did.starts_with("did:") && !wallet.did.ends_with(' ') {
            tokens.push((format!("{name}, form B"), wallet.literal()));
        }
    }
    all(tokens, invalid)
}

/// What only the literal form can get wrong.
pub fn literal(_: &Scene) -> Vec<Row> {
    let key = Wallet::edwards(31);
    let account = Wallet::ethereum(31);
    let (did, claims) = (&key.did, key.claims());
    let payload = b64(claims.to_string());
    let token = key.literal();
    let signature = token.rsplit('.').next().unwrap();
    let jws = key.jws();
    let of_jws = jws.rsplit('.').next().unwrap();
    let lower = Wallet::ethereum(31).named(account.did.to_ascii_lowercase());
    let recovering = Wallet::recovering(31);
    let as_jws = {
        let input = jws_input(&key.header(), &claims);
        format!("{input}.{signature}")
    };
    let padded = key.signed(&format!("{did}.{payload}="), |s| s);
    let list = key.signed(&format!("{did}.{}", b64(format!("[{claims}]"))), |s| s);
    let tokens = [
        ("a bare DID", did.clone()),
        ("a bare account", account.did.clone()),
        ("no signature part", format!("{did}.{payload}")),
        ("an empty signature", format!("{did}.{payload}.")),
        ("an empty payload", key.signed(&format!("{did}."), |s| s)),
        ("a DID glued to a JWS", format!("{did}.{jws}")),
        (
            "a DID glued to half a JWS",
            format!("{did}.{}", jws.split_once('.').unwrap().1),
        ),
        ("a DID glued to a JWS by a colon", format!("{did}:{jws}")),
        ("four parts", format!("{token}.{signature}")),
        ("a dot behind", format!("{token}.")),
        ("two dots together", token.replacen('.', "..", 1)),
        ("a signature of form A", format!("{did}.{payload}.{of_jws}")),
        ("a signature of form B in form A", as_jws),
        ("padding of the payload", padded),
        ("padding of the signature", format!("{token}==")),
        ("claims in a list", list),
        (
            "a payload that is no JSON",
            key.signed(&format!("{did}.{}", b64("ada")), |s| s),
        ),
        ("of another key", Wallet::edwards(32).named(did).literal()),
        (
            "of another account",
            Wallet::ethereum(32).named(&account.did).literal(),
        ),
        ("ES256K-R for an account", recovering.literal()),
        (
            "iss in mixed case, DID in lower",
            lower.literal_of(&account.claims()),
        ),
        (
            "iss in lower case, DID in mixed",
            account.literal_of(&lower.claims()),
        ),
        (
            "iss of another key",
            key.literal_of(&Wallet::edwards(32).claims()),
        ),
        ("a header in the payload", {
            let claims = with(&claims, "alg", json!("none"));
            format!("{did}.{}.", b64(claims.to_string()))
        }),
        ("did: and nothing else", "did:".to_owned()),
        ("did: and dots", "did:..".to_owned()),
        ("did:key: and dots", "did:key:..".to_owned()),
    ];
    all(tokens.map(|(n, t)| (n.to_owned(), t)).into(), invalid)
}
