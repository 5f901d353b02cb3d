//! What an agent says of itself.

use std::{collections::HashMap, sync::Arc};

use a2a::{
    A2AError, AgentCapabilities, AgentCard, AgentExtension, AgentInterface, AgentSkill,
    HttpAuthSecurityScheme, SecurityScheme, TRANSPORT_PROTOCOL_HTTP_JSON,
    TRANSPORT_PROTOCOL_JSONRPC, error_code,
};
use a2a_server::{ServiceParams, WELL_KNOWN_AGENT_CARD_PATH};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header, uri::Authority},
    response::{IntoResponse, Response},
    routing::get,
};

/// What a card says, but for where the agent is.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it is for.
    pub(crate) description: &'static str,
    /// Its one skill, for people.
    pub(crate) skill: &'static str,
    /// Words to find it by.
    pub(crate) tags: &'static [&'static str],
    /// Media types it takes; none: all.
    pub(crate) input_modes: &'static [&'static str],
    /// Media types it gives.
    pub(crate) output_modes: &'static [&'static str],
    /// Whether it asks for a delegation token.
    pub(crate) is_guarded: bool,
    /// An extension that callers must know.
    pub(crate) required_extension: Option<String>,
    /// Whether callers whom the gateway vouches for get a card of their own.
    pub(crate) knows_callers: bool,
}

/// Serves the card to everyone.
pub(super) fn router(profile: &Profile) -> Router {
    let profile = Arc::new(profile.clone());
    Router::new()
        .route(WELL_KNOWN_AGENT_CARD_PATH, get(card))
        .with_state(profile)
}

/// The agent is wherever this caller reached it: only they know the name under
/// which it can be reached.
async fn card(State(profile): State<Arc<Profile>>, headers: HeaderMap) -> Response {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let Some(host) = host.and_then(|host| host.parse::<Authority>().ok()) else {
        return (
            StatusCode::BAD_REQUEST,
            "no host header, or not a host's name",
        )
            .into_response();
    };
    let tag = format!("\"{}-{host}\"", env!("CARGO_PKG_VERSION"));
    let kept = [
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, "public, max-age=300".to_owned()),
        (header::VARY, "host".to_owned()),
    ];
    let known = headers.get(header::IF_NONE_MATCH);
    if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    (kept, Json(profile.card(&format!("http://{host}")))).into_response()
}

impl Profile {
    fn card(&self, base: &str) -> AgentCard {
        let owned = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect::<Vec<_>>();
        AgentCard {
            name: self.name.to_owned(),
            description: self.description.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            supported_interfaces: vec![
                AgentInterface::new(format!("{base}/"), TRANSPORT_PROTOCOL_JSONRPC),
                AgentInterface::new(base, TRANSPORT_PROTOCOL_HTTP_JSON),
            ],
            capabilities: self.capabilities(),
            default_input_modes: owned(self.input_modes),
            default_output_modes: owned(self.output_modes),
            skills: vec![self.skill()],
            provider: None,
            documentation_url: None,
            icon_url: None,
            security_schemes: self.is_guarded.then(bearer),
            security_requirements: self
                .is_guarded
                .then(|| vec![HashMap::from([("bearer".to_owned(), Vec::new())])]),
            signatures: None,
        }
    }

    /// What it can do of what the protocol leaves open.
    pub(super) fn capabilities(&self) -> AgentCapabilities {
        let extension = |uri: &String| AgentExtension {
            uri: uri.clone(),
            description: Some("Asked for on the command line.".to_owned()),
            required: Some(true),
            params: None,
        };
        let extensions = self.required_extension.as_ref().map(extension);
        AgentCapabilities {
            streaming: Some(true),
            push_notifications: Some(false),
            extensions: extensions.map(|one| vec![one]),
            extended_agent_card: Some(self.knows_callers),
        }
    }

    /// The card for one caller: with a skill that names them.
    ///
    /// # Errors
    ///
    /// Nobody says who they are.
    pub(super) fn extended(&self, params: &ServiceParams) -> Result<AgentCard, A2AError> {
        let header = |name: &str| params.get(name).and_then(|values| values.first());
        let (Some(user), Some(host)) = (header("x-attach-user"), header("host")) else {
            let text = "this card is for callers of the gateway, which says who they are";
            return Err(A2AError::new(error_code::INVALID_REQUEST, text));
        };
        let mut card = self.card(&format!("http://{host}"));
        card.skills.push(AgentSkill {
            id: "known-caller".to_owned(),
            name: "Know the caller".to_owned(),
            description: format!("Shown to {user} alone."),
            ..self.skill()
        });
        Ok(card)
    }

    fn skill(&self) -> AgentSkill {
        AgentSkill {
            id: self.name.to_owned(),
            name: self.skill.to_owned(),
            description: self.description.to_owned(),
            tags: self.tags.iter().map(|&tag| tag.to_owned()).collect(),
            examples: None,
            input_modes: None,
            output_modes: None,
            security_requirements: None,
        }
    }
}

fn bearer() -> HashMap<String, SecurityScheme> {
    let scheme = HttpAuthSecurityScheme {
        scheme: "Bearer".to_owned(),
        description: Some("A delegation token of the gateway.".to_owned()),
        bearer_format: Some("JWT".to_owned()),
    };
    HashMap::from([("bearer".to_owned(), SecurityScheme::HttpAuth(scheme))])
}
