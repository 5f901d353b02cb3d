//! An OpenID provider that signs people in as it is told: whoever comes is sent
//! back at once.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use actix_web::{HttpRequest, HttpResponse, web};
use attach_gateway::{
    adapters::{identity::install_crypto, secret::sha256},
    domain::time::UnixMillis,
};
use serde_json::{Value, json};
use tokio::sync::{RwLock, RwLockWriteGuard};
use url::form_urlencoded;

use super::{
    key::{Key, b64},
    peer::Peer,
};

pub const CLIENT: &str = "attach-page";
/// What nobody but the gateway may ever see.
pub const TOKENS: [&str; 2] = ["the-access-token-7f3a", "the-refresh-token-91bc"];

pub type Params = BTreeMap<String, String>;

pub struct Provider {
    peer: Peer,
    script: Arc<Script>,
}

/// What it does, next to what it should.
#[derive(Default)]
struct Script {
    url: Mutex<String>,
    plan: Mutex<Plan>,
    keys: Mutex<Vec<Arc<Key>>>,
    asked: Mutex<Asked>,
    fetches: AtomicUsize,
    exchanges: AtomicUsize,
    gate: RwLock<()>,
}

/// What can be bent.
#[derive(Clone)]
pub struct Plan {
    /// Members of the discovery document, over the honest ones.
    pub metadata: Value,
    /// Claims over the honest ones; null takes one away.
    pub claims: Value,
    /// The ID token's header, over the honest one.
    pub header: Value,
    /// Parameters of the answer, over the honest ones; "" takes one away.
    pub answer: Params,
    /// The status of discovery, keys and token endpoint, by the last word of
    /// their path.
    pub status: BTreeMap<&'static str, u16>,
    /// What the token endpoint sends instead.
    pub token: Option<Value>,
    /// The `scope` of its tokens; none says nothing.
    pub scope: Option<&'static str>,
    /// How the published keys are to be.
    pub jwks: Option<Value>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            metadata: json!({}),
            claims: json!({}),
            header: json!({}),
            answer: Params::new(),
            status: BTreeMap::new(),
            token: None,
            scope: None,
            jwks: None,
        }
    }
}

#[derive(Clone, Default)]
struct Asked {
    authorize: Params,
    token: Params,
    authorization: Option<String>,
}

impl Provider {
    pub fn start() -> Self {
        Self::with(Key::p256("k1"))
    }

    pub fn with(key: Key) -> Self {
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
                .route("/jwks", web::get().to(jwks))
                .route("/authorize", web::get().to(authorize))
                .route("/token", web::post().to(token));
        });
        script.keys.lock().unwrap().push(Arc::new(key));
        *script.url.lock().unwrap() = peer.url.clone();
        Self { peer, script }
    }

    pub fn url(&self) -> &str {
        &self.peer.url
    }

    pub fn plan(&self, change: impl FnOnce(&mut Plan)) {
        let mut plan = Plan::default();
        change(&mut plan);
        *self.script.plan.lock().unwrap() = plan;
    }

    /// Signs with this key from now on and publishes it beside the others.
    pub fn rotate(&self, key: Key) {
        self.script.keys.lock().unwrap().push(Arc::new(key));
    }

    /// How often its keys were fetched.
    pub fn fetches(&self) -> usize {
        self.script.fetches.load(Ordering::SeqCst)
    }

    /// How many codes the gateway has brought.
    pub fn exchanges(&self) -> usize {
        self.script.exchanges.load(Ordering::SeqCst)
    }

    /// Answers no exchange until the guard is gone.
    pub fn hold(&self) -> RwLockWriteGuard<'_, ()> {
        self.script.gate.try_write().unwrap()
    }

    /// What the browser brought last.
    pub fn authorize(&self) -> Params {
        self.script.asked.lock().unwrap().authorize.clone()
    }

    /// What the gateway sent last, and how it said who it is.
    pub fn token(&self) -> (Params, Option<String>) {
        let asked = self.script.asked.lock().unwrap();
        (asked.token.clone(), asked.authorization.clone())
    }
}

impl Script {
    fn down(&self, what: &str) -> Option<HttpResponse> {
        let status = *self.plan.lock().unwrap().status.get(what)?;
        let status = actix_web::http::StatusCode::from_u16(status).unwrap();
        Some(HttpResponse::build(status).json(json!({ "error": "server_error" })))
    }

    fn plan(&self) -> Plan {
        self.plan.lock().unwrap().clone()
    }

    fn url(&self) -> String {
        self.url.lock().unwrap().clone()
    }

    fn id_token(&self, nonce: &str) -> String {
        let plan = self.plan();
        let key = self.keys.lock().unwrap().last().unwrap().clone();
        let now = UnixMillis::now().secs();
        let mut claims = json!({
            "iss": self.url(), "aud": CLIENT, "sub": "ada", "nonce": nonce,
            "iat": now, "exp": now + 300,
        });
        let mut header = key.header();
        over(&mut claims, &plan.claims);
        over(&mut header, &plan.header);
        if header["alg"] == "none" {
            return format!("{}.{}.", b64(header.to_string()), b64(claims.to_string()));
        }
        key.sign_as(&header, &claims)
    }
}

/// Puts the members of `change` over those of `honest`; null takes one away.
fn over(honest: &mut Value, change: &Value) {
    let honest = honest.as_object_mut().unwrap();
    for (name, value) in change.as_object().unwrap() {
        honest.insert(name.clone(), value.clone());
        if value.is_null() {
            honest.remove(name);
        }
    }
}

async fn discovery(script: web::Data<Script>) -> HttpResponse {
    if let Some(down) = script.down("discovery") {
        return down;
    }
    let url = script.url();
    let mut metadata = json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "RS256"],
        "authorization_response_iss_parameter_supported": true,
    });
    over(&mut metadata, &script.plan().metadata);
    HttpResponse::Ok().json(metadata)
}

async fn jwks(script: web::Data<Script>) -> HttpResponse {
    script.fetches.fetch_add(1, Ordering::SeqCst);
    if let Some(down) = script.down("jwks") {
        return down;
    }
    if let Some(jwks) = script.plan().jwks {
        return HttpResponse::Ok().json(jwks);
    }
    let keys = script.keys.lock().unwrap();
    let keys: Vec<_> = keys.iter().map(|key| key.jwk.clone()).collect();
    HttpResponse::Ok().json(json!({ "keys": keys }))
}

/// Sends the browser straight back.
async fn authorize(script: web::Data<Script>, asked: web::Query<Params>) -> HttpResponse {
    let asked = asked.into_inner();
    let mut answer = Params::from([
        ("code".to_owned(), format!("code-of-{}", asked["nonce"])),
        ("state".to_owned(), asked["state"].clone()),
        ("iss".to_owned(), script.url()),
    ]);
    answer.extend(script.plan().answer);
    answer.retain(|_, value| !value.is_empty());
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(&answer).finish();
    let back = format!("{}?{query}", asked["redirect_uri"]);
    script.asked.lock().unwrap().authorize = asked;
    HttpResponse::SeeOther()
        .insert_header(("location", back))
        .finish()
}

async fn token(
    script: web::Data<Script>,
    request: HttpRequest,
    form: web::Form<Params>,
) -> HttpResponse {
    let form = form.into_inner();
    let authorization = request.headers().get("authorization");
    let authorization = authorization.map(|value| value.to_str().unwrap().to_owned());
    let asked = {
        let mut asked = script.asked.lock().unwrap();
        asked.token = form.clone();
        asked.authorization = authorization;
        asked.authorize.clone()
    };
    script.exchanges.fetch_add(1, Ordering::SeqCst);
    let _held = script.gate.read().await;
    if let Some(down) = script.down("token") {
        return down;
    }
    if let Some(token) = script.plan().token {
        return HttpResponse::Ok().json(token);
    }
    let challenge = b64(sha256(form["code_verifier"].as_bytes()));
    let code = format!("code-of-{}", asked["nonce"]);
    let is_same = form["code"] == code
        && challenge == asked["code_challenge"]
        && form["redirect_uri"] == asked["redirect_uri"];
    if !is_same {
        return HttpResponse::BadRequest().json(json!({ "error": "invalid_grant" }));
    }
    let mut token = json!({
        "access_token": TOKENS[0], "refresh_token": TOKENS[1], "token_type": "Bearer",
        "expires_in": 300, "id_token": script.id_token(&asked["nonce"]),
    });
    if let Some(scope) = script.plan().scope {
        token["scope"] = json!(scope);
    }
    HttpResponse::Ok().json(token)
}
