//! An OpenID issuer that does as it is told.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use actix_web::{HttpResponse, web};
use attach_gateway::{
    adapters::identity::{install_crypto, signing::SigningKey},
    domain::time::UnixMillis,
};
use serde_json::{Value, json};

use super::peer::Peer;

pub const AUDIENCE: &str = "attach-test";

pub struct Issuer {
    peer: Peer,
    script: Arc<Script>,
    folder: tempfile::TempDir,
    key: Mutex<Arc<SigningKey>>,
}

#[derive(Default)]
struct Script {
    jwks: Mutex<Value>,
    issuer: Mutex<String>,
    fetches: AtomicUsize,
    is_down: AtomicBool,
}

impl Issuer {
    pub fn start() -> Self {
        install_crypto();
        let script = Arc::new(Script::default());
        let shared = web::Data::from(script.clone());
        let peer = Peer::start(move |config| {
            config
                .app_data(shared.clone())
                .route(
                    "/.well-known/openid-configuration",
                    web::get().to(discovery),
                )
                .route("/jwks.json", web::get().to(jwks));
        });
        *script.issuer.lock().unwrap() = peer.url.clone();
        let folder = tempfile::tempdir().unwrap();
        let key = Arc::new(SigningKey::open(&folder.path().join("key-0")).unwrap());
        *script.jwks.lock().unwrap() = key.jwks();
        Self {
            peer,
            script,
            folder,
            key: Mutex::new(key),
        }
    }

    pub fn url(&self) -> &str {
        &self.peer.url
    }

    /// A good token for `sub`.
    pub fn token(&self, sub: &str) -> String {
        self.sign(&self.claims(sub))
    }

    /// The claims of a good token, to be changed and signed.
    pub fn claims(&self, sub: &str) -> Value {
        let now = UnixMillis::now().secs();
        json!({ "iss": self.url(), "aud": AUDIENCE, "sub": sub, "iat": now, "exp": now + 600 })
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.key.lock().unwrap().sign("JWT", claims).unwrap()
    }

    /// Signs with a new key from now on, and publishes only that one.
    pub fn rotate(&self, name: &str) {
        let key = Arc::new(SigningKey::open(&self.folder.path().join(name)).unwrap());
        self.publish(key.jwks());
        *self.key.lock().unwrap() = key;
    }

    /// Serves `jwks` from now on.
    pub fn publish(&self, jwks: Value) {
        *self.script.jwks.lock().unwrap() = jwks;
    }

    /// An issuer that publishes these keys and no key of its own.
    pub fn with(keys: &[Value]) -> Self {
        let issuer = Self::start();
        issuer.publish(json!({ "keys": keys }));
        issuer
    }

    /// What the discovery document calls its issuer.
    pub fn call_itself(&self, issuer: &str) {
        *self.script.issuer.lock().unwrap() = issuer.to_owned();
    }

    pub fn set_down(&self, is_down: bool) {
        self.script.is_down.store(is_down, Ordering::SeqCst);
    }

    /// How often the keys were fetched.
    pub fn fetches(&self) -> usize {
        self.script.fetches.load(Ordering::SeqCst)
    }
}

async fn discovery(script: web::Data<Script>) -> HttpResponse {
    if script.is_down.load(Ordering::SeqCst) {
        return HttpResponse::ServiceUnavailable().finish();
    }
    let issuer = script.issuer.lock().unwrap().clone();
    let jwks_uri = format!("{}/jwks.json", issuer.trim_end_matches('/'));
    HttpResponse::Ok().json(json!({ "issuer": issuer, "jwks_uri": jwks_uri }))
}

async fn jwks(script: web::Data<Script>) -> HttpResponse {
    script.fetches.fetch_add(1, Ordering::SeqCst);
    if script.is_down.load(Ordering::SeqCst) {
        return HttpResponse::ServiceUnavailable().finish();
    }
    HttpResponse::Ok().json(&*script.jwks.lock().unwrap())
}
