//! Cards over HTTP, with what caches want to know.

use std::time::Duration;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::header::{
        self, CacheControl, CacheDirective, ETag, EntityTag, HttpDate, IfModifiedSince,
        IfNoneMatch, LastModified,
    },
    web::{self, ServiceConfig},
};

use super::{Body, Signed, public};
use crate::{
    domain::a2a::version::Version,
    http::{State, a2a::asked::version, error::ApiError},
};

/// How long a card may be used without asking again.
const MAX_AGE: u32 = 60;
const CARD: &str = "/.well-known/agent-card.json";

/// Who may keep an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// Anyone on the way.
    Public,
    /// The caller alone.
    Private,
}

impl Privacy {
    fn words(self) -> (CacheDirective, &'static str) {
        match self {
            Self::Public => (CacheDirective::Public, "A2A-Version"),
            Self::Private => (CacheDirective::Private, "A2A-Version, Authorization"),
        }
    }
}

/// Cards of all agents, and the default one's at the root.
pub fn routes(config: &mut ServiceConfig) {
    for path in [CARD.to_owned(), format!("/agents/{{name}}{CARD}")] {
        let card = web::resource(path)
            .route(web::get().to(card))
            .route(web::head().to(card));
        config.service(card);
    }
}

/// `GET /agents/{name}/.well-known/agent-card.json`, and at the root the default
/// agent's. For everyone.
async fn card(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let name = request.match_info().get("name").unwrap_or_default();
    let agent = state.directory.find(name);
    let agent = agent.ok_or(ApiError::NotFound("no agent has this name; see /agents"))?;
    Ok(public(&state, agent)
        .await?
        .answer(&request, Privacy::Public))
}

impl Signed {
    /// The card as an answer to `request`; 304 where the client has it.
    pub fn answer(&self, request: &HttpRequest, privacy: Privacy) -> HttpResponse {
        let body = self.body(request);
        let is_known = self.is_known(request, body);
        let mut answer = match is_known {
            true => HttpResponse::NotModified(),
            false => HttpResponse::Ok(),
        };
        let (reach, vary) = privacy.words();
        answer
            .insert_header(CacheControl(vec![reach, CacheDirective::MaxAge(MAX_AGE)]))
            .insert_header(ETag(EntityTag::new_strong(body.tag.clone())))
            .insert_header(LastModified(self.modified()))
            .insert_header((header::VARY, vary));
        if is_known {
            return answer.finish();
        }
        answer.content_type("application/json");
        answer.body(body.json.clone())
    }

    /// Who says that they speak 1.0 has no use for the fields of 0.3.
    fn body(&self, request: &HttpRequest) -> &Body {
        match Version::read(version(request).as_deref()) {
            Ok(Version::V10) => &self.plain,
            _ => &self.legacy,
        }
    }

    fn is_known(&self, request: &HttpRequest, body: &Body) -> bool {
        if request.headers().contains_key(header::IF_NONE_MATCH) {
            return match request.get_header::<IfNoneMatch>() {
                Some(IfNoneMatch::Any) => true,
                Some(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.tag() == body.tag),
                None => false,
            };
        }
        let since = request.get_header::<IfModifiedSince>();
        since.is_some_and(|IfModifiedSince(since)| since >= self.modified())
    }

    /// When it was made, in whole seconds.
    fn modified(&self) -> HttpDate {
        let secs = u64::try_from(self.made_at.secs()).unwrap_or(0);
        (std::time::UNIX_EPOCH + Duration::from_secs(secs)).into()
    }
}
