//! Agents' cards as they are served: signed once for each content, and kept.

mod content;
mod extended;
mod serve;

use std::sync::Arc;

use a2a::{AgentCard, AgentCardSignature};
use actix_web::web::Bytes;
use quick_cache::sync::Cache;
use serde_json::{Value, json};

use crate::{
    adapters::{
        a2a::directory::Agent,
        identity::mint::Minter,
        secret::{hex, sha256},
    },
    config::AgentKind,
    domain::{
        a2a::{
            card::{Place, legacy::with_legacy},
            signature::canonical,
        },
        time::UnixMillis,
    },
    http::{State, error::ApiError},
};
pub use serve::{Privacy, routes};

/// Cards that are kept signed: one an agent, and some for callers who may see
/// more of it.
const KEPT: usize = 1024;

/// Makes cards out of what is known of agents.
pub struct Cards {
    place: Place,
    minter: Arc<Minter>,
    signed: Cache<[u8; 32], Arc<Signed>>,
}

/// A card, signed, and as it goes out.
pub struct Signed {
    /// The card.
    pub card: AgentCard,
    plain: Body,
    /// With the fields of 0.3, where that is spoken.
    legacy: Body,
    made_at: UnixMillis,
}

struct Body {
    json: Bytes,
    /// A hash of it.
    tag: String,
}

impl Cards {
    /// The cards of a gateway at `place`, signed with the key of `minter`.
    pub fn new(place: Place, minter: Arc<Minter>) -> Self {
        Self {
            place,
            minter,
            signed: Cache::new(KEPT),
        }
    }

    /// Where agents are reached.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The card that everyone may see. `theirs` is the agent's own, of one that
    /// speaks A2A itself.
    ///
    /// # Errors
    ///
    /// The system has no randomness to sign with.
    pub fn public(
        &self,
        agent: &Agent,
        theirs: Option<&AgentCard>,
    ) -> Result<Arc<Signed>, ApiError> {
        self.signed(content::card(&self.place, agent, theirs, |_| false))
    }

    /// The card for someone who `holds` some scopes.
    ///
    /// # Errors
    ///
    /// As [`public`](Self::public).
    pub fn extended(
        &self,
        agent: &Agent,
        theirs: Option<&AgentCard>,
        holds: impl Fn(&str) -> bool,
    ) -> Result<Arc<Signed>, ApiError> {
        self.signed(content::card(&self.place, agent, theirs, holds))
    }

    fn signed(&self, card: AgentCard) -> Result<Arc<Signed>, ApiError> {
        let payload = canonical(&card).map_err(ApiError::internal)?;
        let made = || self.sign(card, &payload).map(Arc::new);
        self.signed.get_or_insert_with(&sha256(&payload), made)
    }

    fn sign(&self, mut card: AgentCard, payload: &[u8]) -> Result<Signed, ApiError> {
        let legacy = with_legacy(&card).map_err(ApiError::internal)?;
        let own = self.signature(payload)?;
        card.signatures = Some(vec![own.clone()]);
        let plain = serde_json::to_value(&card).map_err(ApiError::internal)?;
        let legacy = match self.place.v03 {
            true => self.sign_whole(legacy, own)?,
            false => plain.clone(),
        };
        Ok(Signed {
            plain: Body::new(&plain),
            legacy: Body::new(&legacy),
            card,
            made_at: UnixMillis::now(),
        })
    }
}

impl Cards {
    /// Clients of 1.0 check what they know of a card, which is what the first
    /// signature covers; the second is over all that is there.
    fn sign_whole(&self, mut json: Value, own: AgentCardSignature) -> Result<Value, ApiError> {
        let payload = serde_json_canonicalizer::to_vec(&json).map_err(ApiError::internal)?;
        json["signatures"] = json!([own, self.signature(&payload)?]);
        Ok(json)
    }

    fn signature(&self, payload: &[u8]) -> Result<AgentCardSignature, ApiError> {
        let jku = format!("{}/.well-known/jwks.json", self.place.base);
        let signed = self.minter.key().sign_detached(&jku, payload);
        let (protected, signature) = signed.map_err(ApiError::internal)?;
        Ok(AgentCardSignature {
            protected,
            signature,
            header: None,
        })
    }
}

impl Signed {
    /// As clients of 0.3 read it.
    ///
    /// # Errors
    ///
    /// None: it was written here.
    pub fn legacy(&self) -> Result<Value, ApiError> {
        serde_json::from_slice(&self.legacy.json).map_err(ApiError::internal)
    }
}

impl Body {
    fn new(json: &serde_json::Value) -> Self {
        let json = json.to_string();
        Self {
            tag: hex(&sha256(json.as_bytes())[..16]),
            json: json.into(),
        }
    }
}

/// The card that everyone may see of `agent`.
///
/// # Errors
///
/// As [`Cards::public`].
pub async fn public(state: &State, agent: &Agent) -> Result<Arc<Signed>, ApiError> {
    let theirs = theirs(state, agent).await;
    state.cards.public(agent, theirs.as_deref())
}

/// The same without asking an agent that speaks A2A itself: what it said last.
///
/// # Errors
///
/// As [`Cards::public`].
pub fn last_known(state: &State, agent: &Agent) -> Result<Arc<Signed>, ApiError> {
    let theirs = state.agent_cards.known(&agent.name);
    state.cards.public(agent, theirs.as_deref())
}

/// The agent's own card, of one that speaks A2A itself; while it is away the
/// last one that was seen.
async fn theirs(state: &State, agent: &Agent) -> Option<Arc<AgentCard>> {
    match agent.kind {
        AgentKind::Chat => None,
        AgentKind::A2a => state.agent_cards.fresh(agent).await.ok(),
    }
}
