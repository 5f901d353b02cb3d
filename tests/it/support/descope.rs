//! A Descope that does as it is told: keys of a project, and a token endpoint.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use attach_gateway::domain::time::UnixMillis;
use serde_json::{Value, json};

use super::{issuer::AUDIENCE, key::Key, peer::Peer, scripted::Gate};

pub const PROJECT: &str = "P2abc";
pub const CLIENT: &str = "inbound-app";
pub const CLIENT_SECRET: &str = "s3cr3t+of/the&app=";

/// How the token endpoint answers.
#[derive(Clone, Debug)]
pub enum Play {
    /// 200 with this as `access_token`.
    Token(String),
    /// This status and this body.
    Answer(u16, String),
    /// Somewhere else.
    Redirect(String),
}

/// One call of the token endpoint.
#[derive(Clone, Debug)]
pub struct Posted {
    pub content_type: String,
    pub authorization: Option<String>,
    pub form: BTreeMap<String, String>,
}

pub struct Descope {
    peer: Peer,
    script: Arc<Script>,
    pub key: Key,
}

struct Script {
    jwks: Value,
    fetches: AtomicUsize,
    posted: Mutex<Vec<Posted>>,
    play: Mutex<Play>,
    gate: Gate,
}

impl Descope {
    /// One whose token endpoint answers at once: that it is down.
    pub fn start() -> Self {
        let descope = Self::closed();
        descope.script.gate.open();
        descope
    }

    /// One whose token endpoint answers nobody before it is opened.
    pub fn closed() -> Self {
        let key = Key::p256("descope");
        let script = Arc::new(Script {
            jwks: json!({ "keys": [key.jwk] }),
            fetches: AtomicUsize::new(0),
            posted: Mutex::default(),
            play: Mutex::new(Play::Answer(503, String::new())),
            gate: Gate::closed(),
        });
        let shared = web::Data::from(script.clone());
        let peer = Peer::start(move |config| {
            let keys = format!("/{PROJECT}/.well-known/jwks.json");
            config
                .app_data(shared.clone())
                .route(&keys, web::get().to(jwks))
                .route("/elsewhere/keys", web::get().to(jwks))
                .route("/oauth2/v1/apps/token", web::post().to(exchange));
        });
        Self { peer, script, key }
    }

    pub fn open(&self) {
        self.script.gate.open();
    }

    pub fn url(&self) -> &str {
        &self.peer.url
    }

    pub fn app_issuer(&self) -> String {
        format!("{}/v1/apps/{PROJECT}", self.peer.url)
    }

    pub fn play(&self, play: Play) {
        *self.script.play.lock().unwrap() = play;
    }

    /// How often its keys were fetched.
    pub fn fetches(&self) -> usize {
        self.script.fetches.load(Ordering::SeqCst)
    }

    /// What was sent to the token endpoint.
    pub fn posted(&self) -> Vec<Posted> {
        self.script.posted.lock().unwrap().clone()
    }

    /// The claims of a token of the project for `sub`.
    pub fn claims(&self, sub: &str) -> Value {
        let now = UnixMillis::now().secs();
        json!({
            "iss": self.app_issuer(), "aud": AUDIENCE, "sub": sub,
            "iat": now, "exp": now + 600,
        })
    }

    pub fn token(&self, sub: &str) -> String {
        self.key.sign(&self.claims(sub))
    }

    /// The variables of a gateway that exchanges tokens of `issuers` here.
    pub fn exchanging<'a>(&'a self, issuers: &'a str) -> [(&'a str, &'a str); 6] {
        [
            ("ENABLE_DESCOPE_EXCHANGE", "true"),
            ("EXCHANGE_ISSUERS", issuers),
            ("DESCOPE_PROJECT_ID", PROJECT),
            ("DESCOPE_BASE_URL", self.url()),
            ("DESCOPE_CLIENT_ID", CLIENT),
            ("DESCOPE_CLIENT_SECRET", CLIENT_SECRET),
        ]
    }
}

async fn jwks(script: web::Data<Script>) -> HttpResponse {
    script.fetches.fetch_add(1, Ordering::SeqCst);
    HttpResponse::Ok().json(&script.jwks)
}

async fn exchange(
    script: web::Data<Script>,
    request: HttpRequest,
    body: web::Bytes,
) -> HttpResponse {
    let header = |name: &str| {
        let value = request.headers().get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    let form = url::form_urlencoded::parse(&body).into_owned().collect();
    script.posted.lock().unwrap().push(Posted {
        content_type: header("content-type").unwrap_or_default(),
        authorization: header("authorization"),
        form,
    });
    script.gate.pass().await;
    let play = script.play.lock().unwrap().clone();
    match play {
        Play::Token(token) => {
            HttpResponse::Ok().json(json!({ "access_token": token, "token_type": "Bearer" }))
        }
        Play::Answer(status, body) => {
            HttpResponse::build(StatusCode::from_u16(status).unwrap()).body(body)
        }
        Play::Redirect(to) => HttpResponse::TemporaryRedirect()
            .insert_header(("location", to))
            .finish(),
    }
}
