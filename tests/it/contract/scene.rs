//! All that stands around a gateway: issuers and their keys, an engine, an agent,
//! a trap; and the variables that tell the gateway of them.

use std::{
    collections::BTreeMap,
    sync::{LazyLock, OnceLock},
};

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{api_keys, strange_keys, trap::Trap};
use crate::support::wallet::Wallet;
use crate::support::{
    agent::{Act, Agent},
    blunt::nobody,
    engine::Engine,
    file,
    issuer::{AUDIENCE, Issuer},
    key::{Key, with},
    peer::Peer,
};

/// Where the gateway says it is to be found.
pub const PUBLIC: &str = "https://attach.example";

/// What `SECOND`'s tokens must be for.
pub const SECOND_AUDIENCE: &str = "second-audience";

pub struct Scene {
    pub first: Issuer,
    pub second: Issuer,
    pub keys: &'static Keys,
    pub twin: &'static Key,
    pub secret: [u8; 48],
    pub engine: Engine,
    pub agent: Agent,
    pub trap: Trap,
    /// What agents got, once tasks have run.
    pub delegated: OnceLock<Delegated>,
    pub data: tempfile::TempDir,
    file: tempfile::NamedTempFile,
    sets: Peer,
}

/// Signs claims of this `typ`.
pub type Forge = Box<dyn Fn(&str, &Value) -> String>;

/// Delegation tokens, and the kid of the key that signs them.
pub struct Delegated {
    /// Of a caller with `tasks:run memory:read`.
    pub narrow: String,
    /// Of a caller without scopes.
    pub plain: String,
    /// Of a task that was canceled.
    pub ended: String,
    /// Signs what the test likes, with the gateway's own key.
    pub forge: Forge,
}

const EC: &[&str] = &[
    "ec",
    "both",
    "fit",
    "ops",
    "enc",
    "sign-only",
    "no-ops",
    "other-alg",
    "twin",
    "odd-use",
    "private-ops",
    "stranger",
];

type Keys = BTreeMap<&'static str, Key>;

/// Made once: keys of RSA take their time.
static KEYS: LazyLock<(Keys, Key)> = LazyLock::new(|| {
    let mut keys: Keys = EC.iter().map(|n| (*n, Key::p256(&kid(n)))).collect();
    keys.insert("rsa", Key::rsa(&kid("rsa")));
    keys.insert("rsa-both", Key::rsa(&kid("both")));
    keys.insert("rsa-pss", Key::rsa(&kid("rsa-pss")));
    keys.insert("p384", Key::p384(&kid("p384")));
    keys.insert("ed", Key::ed25519(&kid("ed")));
    (keys, Key::p256(&kid("twin")))
});

impl Scene {
    pub fn set() -> Self {
        let (keys, twin) = &*KEYS;
        let secret = [0x5a; 48];
        let trap = Trap::set();
        let set = first_set(keys, twin, &secret);
        let names = ["ec", "rsa", "p384", "ed"];
        let second = names.map(|name| keys[name].jwk.clone());
        let mut hundred: Vec<_> = (0..99)
            .map(|n| keys["stranger"].jwk_with("kid", json!(format!("filler-{n}"))))
            .collect();
        hundred.push(keys["ec"].jwk.clone());
        let sets = sets(hundred, &keys["ec"].jwk, &trap.url());
        let file = file(&config(&sets.url));
        Self {
            first: Issuer::with(&set),
            second: Issuer::with(&second),
            keys,
            twin,
            secret,
            engine: Engine::start(Act::Text("hello")),
            agent: Agent::start(Act::Silence),
            trap,
            delegated: OnceLock::new(),
            data: tempfile::tempdir().unwrap(),
            file,
            sets,
        }
        .with_second()
    }

    /// The second issuer's port is known only now.
    fn with_second(self) -> Self {
        let more = format!(
            "[[issuer]]\nurl = \"{}\"\naudience = \"{SECOND_AUDIENCE}\"\n\
             algorithms = [\"PS256\", \"ES384\", \"EdDSA\"]\n\
             scopes = {{ \"role:boss\" = [\"admin\", \"chat:run\"] }}\n",
            self.second.url()
        );
        let known = std::fs::read_to_string(self.file.path()).unwrap();
        std::fs::write(self.file.path(), known + &more).unwrap();
        self
    }

    pub fn vars(&self) -> Vec<(&'static str, String)> {
        vec![
            ("ATTACH_CONFIG", self.file.path().to_str().unwrap().into()),
            ("ATTACH_PUBLIC_URL", PUBLIC.into()),
            ("OIDC_ISSUER", self.first.url().into()),
            ("OIDC_AUD", AUDIENCE.into()),
            ("ENGINE_URL", self.engine.url().into()),
            ("ENGINE_KIND", "ollama".into()),
            ("AGENTS", format!("coder={}/run", self.agent.url())),
            ("LOG_LEVEL", "debug".into()),
            ("SHUTDOWN_GRACE", "1".into()),
        ]
    }

    /// What serves key sets by name; at `/project/.well-known/jwks.json` one with
    /// the key `ec`.
    pub fn sets(&self) -> &str {
        &self.sets.url
    }

    pub fn key(&self, name: &str) -> &Key {
        &self.keys[name]
    }

    /// The claims of a good token for ada.
    pub fn claims(&self) -> Value {
        self.first.claims("ada")
    }

    /// A good token with this claim besides.
    pub fn token_with(&self, name: &str, value: Value) -> String {
        self.key("ec").sign(&with(&self.claims(), name, value))
    }

    /// A good token.
    pub fn token(&self) -> String {
        self.key("ec").sign(&self.claims())
    }

    pub fn delegated(&self) -> &Delegated {
        self.delegated.get().unwrap()
    }
}

pub fn kid(name: &str) -> String {
    format!("kid-{name}-7f3a91c2e5d8")
}

/// What the first issuer publishes.
fn first_set(keys: &BTreeMap<&str, Key>, twin: &Key, secret: &[u8]) -> Vec<Value> {
    let changed = |name: &str, member: &str, value: Value| keys[name].jwk_with(member, value);
    let fit = with(&changed("fit", "use", json!("sig")), "alg", json!("ES256"));
    let plain = ["ec", "both", "rsa", "rsa-both", "p384", "ed", "twin"];
    let mut set: Vec<_> = plain.iter().map(|name| keys[name].jwk.clone()).collect();
    set.extend([
        with(&fit, "key_ops", json!(["verify"])),
        changed("ops", "key_ops", json!(["sign", "verify"])),
        changed("enc", "use", json!("enc")),
        changed("odd-use", "use", json!("signature")),
        changed("sign-only", "key_ops", json!(["sign"])),
        changed("no-ops", "key_ops", json!([])),
        changed("private-ops", "key_ops", json!("verify")),
        changed("other-alg", "alg", json!("RS256")),
        changed("rsa-pss", "alg", json!("PS256")),
        twin.jwk.clone(),
        json!({ "kty": "oct", "kid": kid("oct"), "alg": "HS256",
                "k": crate::support::key::b64(secret) }),
        json!({ "kty": "oct", "kid": kid("ec"), "k": crate::support::key::b64(secret) }),
        json!({ "kty": "LWE", "kid": kid("ec") }),
        json!({ "kty": "RSA" }),
        json!("nonsense"),
    ]);
    set
}

/// Issuers that are known by where their keys are, and nobody asks who they are.
fn config(sets: &str) -> String {
    let entry = |name: &str, jwks: &str| {
        format!(
            "[[issuer]]\nurl = \"https://{name}.example\"\naudience = \"{AUDIENCE}\"\n\
             jwks_url = \"{jwks}\"\n"
        )
    };
    let served = ["rsa", "hundred", "empty", "moved", "heavy", "broken"];
    let mut text: String = served
        .map(|name| entry(name, &format!("{sets}/{name}")))
        .concat();
    text += &entry("down", &nobody());
    text
}

fn sets(hundred: Vec<Value>, good: &Value, trap: &str) -> Peer {
    let moved = format!("{trap}/jwks.json");
    let heavy = json!({ "keys": [good], "pad": "x".repeat(600 << 10) }).to_string();
    let hundred = json!({ "keys": hundred }).to_string();
    let rsa = json!({ "keys": strange_keys::set() }).to_string();
    let texts = [
        ("/rsa", rsa),
        ("/hundred", hundred),
        (
            "/project/.well-known/jwks.json",
            json!({ "keys": [good] }).to_string(),
        ),
        ("/empty", json!({ "keys": [] }).to_string()),
        ("/heavy", heavy),
        ("/broken", "{\"keys\":[".to_owned()),
    ];
    Peer::start(move |config| {
        for (path, text) in texts.clone() {
            let answer = move || std::future::ready(HttpResponse::Ok().body(text.clone()));
            config.route(path, web::get().to(answer));
        }
        let moved = moved.clone();
        let answer = move || {
            let moved = moved.clone();
            std::future::ready(
                HttpResponse::Found()
                    .append_header(("location", moved))
                    .finish(),
            )
        };
        config.route("/moved", web::get().to(answer));
    })
}

/// What turns DIDs on: everyone may ask for tasks, and one for everything else.
pub fn did_vars() -> Vec<(&'static str, String)> {
    let rich = Wallet::edwards(20).did;
    let denied = [
        Wallet::edwards(21).did,
        Wallet::ethereum(21).did.to_ascii_lowercase(),
    ];
    let rich = format!("{rich}=tasks:run chat:run memory:read memory:write");
    vec![
        ("DID_METHODS", "key,pkh".into()),
        ("DID_SCOPES", format!("*=tasks:run;{rich}")),
        ("DID_DENY", denied.join(",")),
    ]
}

/// All that a table of API keys needs is in the database.
pub async fn insert_api_keys(scene: &Scene) {
    use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
    let file = scene.data.path().join("attach.db");
    let mut database = SqliteConnectOptions::new()
        .filename(file)
        .connect()
        .await
        .unwrap();
    for key in api_keys::kept() {
        sqlx::query("insert into api_key values (?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(key.id())
            .bind(key.hash())
            .bind(scene.first.url())
            .bind(key.user)
            .bind(key.name)
            .bind(key.scopes)
            .bind(1)
            .bind(key.expires_at)
            .bind(key.revoked_at)
            .execute(&mut database)
            .await
            .unwrap();
    }
}
