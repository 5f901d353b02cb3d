//! Which engine a request goes to, and on which path.

use std::sync::Arc;

use actix_web::{
    HttpRequest,
    http::{Method, StatusCode, header::HeaderMap},
};

use crate::{
    adapters::{
        engine::{Engine, EngineAnswer, EngineClient, EngineError, EnginePlace, EngineRequest},
        trace::Span,
    },
    config::EngineKind,
    domain::chat::{Ask, Kind},
    http::{State, chat::witness::Witness, error::ApiError},
};

/// Where a request goes.
pub(super) struct Route {
    /// Path and query at the engine.
    pub(super) path: String,
    /// What it asks, if it is a POST that carries a prompt.
    pub(super) ask: Option<(Kind, Ask)>,
    engines: Vec<Arc<Engine>>,
}

/// An answer, and who gives it.
pub(super) struct Opened {
    pub(super) answer: EngineAnswer,
    pub(super) engine: Arc<Engine>,
    pub(super) place: EnginePlace,
    pub(super) span: Span,
}

impl Route {
    /// Reads what must be known of the request. `/api/chat` leads to an engine
    /// of kind `openai` on `/v1/chat/completions`.
    pub(super) async fn of(
        request: &HttpRequest,
        body: &[u8],
        state: &State,
        client: &EngineClient,
    ) -> Result<Self, ApiError> {
        let path = request.path();
        let own = match (Kind::of_path(path), *request.method() == Method::POST) {
            (Some(kind), true) => Some((kind, Ask::peek(kind, body)?)),
            _ => None,
        };
        let model = own.as_ref().and_then(|(_, ask)| ask.model.as_deref());
        let engines = state.engines.for_model(model);
        let first = engines.first().ok_or(ApiError::EngineUnreachable)?;
        let is_native = path.starts_with("/api/");
        if !is_native || kind_of(first, client).await == EngineKind::Ollama {
            let whole = request.uri().path_and_query();
            let path = whole.map_or(path, |both| both.as_str()).to_owned();
            return Ok(Self {
                path,
                ask: own,
                engines,
            });
        }
        if path != "/api/chat" {
            return Err(ApiError::NotFound(
                "the engine speaks OpenAI's dialect: use /v1/*, or set ENGINE_KIND=ollama",
            ));
        }
        Self::translated(request, body, own.is_some(), engines)
    }

    /// `/api/chat` on its way to an engine that speaks OpenAI's dialect.
    fn translated(
        request: &HttpRequest,
        body: &[u8],
        has_prompt: bool,
        engines: Vec<Arc<Engine>>,
    ) -> Result<Self, ApiError> {
        let ask = match has_prompt {
            true => Some((Kind::Chat, Ask::peek(Kind::Chat, body)?)),
            false => None,
        };
        let query = request.uri().query().map(|query| format!("?{query}"));
        let path = format!("/v1/chat/completions{}", query.unwrap_or_default());
        Ok(Self { path, ask, engines })
    }

    /// Asks the engines in turn: the next one only before the first byte, and
    /// only when one is unreachable or says that it cannot now.
    pub(super) async fn open(
        &self,
        client: &EngineClient,
        mut call: EngineRequest,
        witness: &Witness<'_>,
    ) -> Result<Opened, ApiError> {
        let mut last = ApiError::Busy;
        for (index, engine) in self.engines.iter().enumerate() {
            let is_last = index + 1 == self.engines.len();
            let Some(place) = engine.enter() else {
                continue;
            };
            let seen = witness.asks(engine, &mut call.headers);
            let answer = client.open(engine, call.clone()).await;
            let span = match &answer {
                Ok(answer) => seen.answered(answer.status()),
                Err(error) => {
                    seen.failed(error);
                    Span::default()
                }
            };
            match answer {
                Ok(answer) if is_last || !may_ask_another(answer.status()) => {
                    return opened(answer, (engine.clone(), place), span);
                }
                Ok(answer) => tracing::info!(
                    engine = engine.name(),
                    status = answer.status().as_u16(),
                    "asking another engine",
                ),
                // It may be at work on it: two would do the same work.
                Err(error @ EngineError::TooSlow { .. }) => return Err(error.into()),
                Err(error) => last = error.into(),
            }
        }
        Err(last)
    }
}

fn opened(
    answer: EngineAnswer,
    (engine, place): (Arc<Engine>, EnginePlace),
    span: Span,
) -> Result<Opened, ApiError> {
    // It is our key that was refused: the caller's credentials are fine.
    if matches!(
        answer.status(),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
    ) {
        tracing::error!(
            engine = engine.name(),
            status = answer.status().as_u16(),
            "the engine refused the gateway"
        );
        return Err(ApiError::EngineRefused);
    }
    Ok(Opened {
        answer,
        engine,
        place,
        span,
    })
}

fn may_ask_another(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503)
}

/// What an engine speaks; one of kind `auto` is asked once.
async fn kind_of(engine: &Engine, client: &EngineClient) -> EngineKind {
    if engine.kind() != EngineKind::Auto {
        return engine.kind();
    }
    let call = EngineRequest {
        method: Method::GET,
        path: "/api/version".to_owned(),
        headers: HeaderMap::new(),
        body: Default::default(),
    };
    match client.open(engine, call).await {
        Ok(answer) if answer.status() == StatusCode::OK => engine.found(true),
        Ok(answer) if answer.status() == StatusCode::NOT_FOUND => engine.found(false),
        // That says nothing: asked again by the next request.
        Ok(_) | Err(_) => return EngineKind::OpenAi,
    }
    engine.kind()
}
