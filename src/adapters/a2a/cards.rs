//! The cards of agents that speak A2A, as they publish them.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use a2a::AgentCard;
use arc_swap::ArcSwapOption;
use reqwest::{
    Response, StatusCode,
    header::{CACHE_CONTROL, ETAG, HeaderMap, IF_NONE_MATCH},
};
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};

use super::{directory::Agent, interface::NoInterface};
use crate::{
    adapters::clients::{Clients, cause},
    config::{AgentConfig, AgentKind},
    domain::target::{Destination, NamedAgent},
};

/// The largest card that is taken, in bytes.
const MAX_CARD: usize = 1 << 20;
/// How long a fetch may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a card is good that does not say so itself, at the least and at the
/// most.
const FRESH: Duration = Duration::from_secs(60);
const FRESH_AT_LEAST: Duration = Duration::from_secs(5);
const FRESH_AT_MOST: Duration = Duration::from_secs(3600);
/// How long nobody asks again after a fetch that failed.
const COOL_DOWN: Duration = Duration::from_secs(2);

/// Why there is no card.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// The agent is away or answered badly, and was never seen: it may pass.
    #[error("the agent's card could not be fetched: {0}")]
    Away(String),
    /// What it publishes is no card of A2A 1.0.
    #[error("{0}")]
    Unusable(String),
    /// No agent of this name speaks A2A.
    #[error("no agent of this name speaks A2A; configure it with kind a2a")]
    Unknown,
}

/// Every agent's card: fetched when wanted, by one at a time, and kept. A clone
/// is cheap.
#[derive(Clone, Debug)]
pub struct AgentCards(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    clients: Clients,
    agents: HashMap<String, Shelf>,
}

/// What is known of one agent.
#[derive(Debug)]
struct Shelf {
    agent: NamedAgent,
    card: ArcSwapOption<Kept>,
    /// Held while it is fetched; the last failure, and when.
    fetching: Mutex<Option<(Instant, CardError)>>,
}

#[derive(Debug)]
struct Kept {
    card: Arc<AgentCard>,
    etag: Option<String>,
    fresh_until: Instant,
}

impl AgentCards {
    /// The cards of those `agents` that speak A2A; none is fetched yet.
    pub fn new(agents: &[AgentConfig], clients: Clients) -> Self {
        let speaking = agents.iter().filter(|one| one.kind == AgentKind::A2a);
        let shelf = |one: &AgentConfig| Shelf {
            agent: one.agent.clone(),
            card: ArcSwapOption::empty(),
            fetching: Mutex::new(None),
        };
        let agents = speaking.map(|one| (one.agent.name.clone(), shelf(one)));
        Self(Arc::new(Parts {
            clients,
            agents: agents.collect(),
        }))
    }

    /// The last card of the agent of this name that was seen, however old.
    pub fn known(&self, name: &str) -> Option<Arc<AgentCard>> {
        let kept = self.0.agents.get(name)?.card.load();
        kept.as_ref().map(|kept| kept.card.clone())
    }

    /// The card of `agent`. Where it is no longer fresh it is the last one, and
    /// asked for again beside: nobody waits for an agent whose card is known.
    ///
    /// # Errors
    ///
    /// No card was ever seen, and none can be fetched within ten seconds.
    pub async fn fresh(&self, agent: &Agent) -> Result<Arc<AgentCard>, CardError> {
        self.named(&agent.name).await
    }

    /// [`fresh`](Self::fresh) for the agent of this name.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn named(&self, name: &str) -> Result<Arc<AgentCard>, CardError> {
        let shelf = self.0.agents.get(name).ok_or(CardError::Unknown)?;
        if let Some(card) = shelf.fresh() {
            return Ok(card);
        }
        if let Some(last) = self.known(name) {
            self.refresh_beside(name);
            return Ok(last);
        }
        let failed = shelf.fetching.lock().await;
        self.refresh(shelf, failed).await
    }

    /// Asks the agent of this name for its card now, however fresh the last one is.
    ///
    /// # Errors
    ///
    /// It has none that can be used, or is away; what was known stays known.
    pub async fn ask_now(&self, name: &str) -> Result<(), CardError> {
        let shelf = self.0.agents.get(name).ok_or(CardError::Unknown)?;
        let last = shelf.card.load_full();
        let kept = self.ask(&shelf.agent, last.as_deref()).await?;
        shelf.card.store(Some(Arc::new(kept)));
        Ok(())
    }

    /// Asks again, unless somebody does.
    fn refresh_beside(&self, name: &str) {
        let (cards, name) = (self.clone(), name.to_owned());
        tokio::spawn(async move {
            let Some(shelf) = cards.0.agents.get(&name) else {
                return;
            };
            if let Ok(failed) = shelf.fetching.try_lock() {
                // An error is in the log, and kept for a moment.
                let _ = cards.refresh(shelf, failed).await;
            }
        });
    }

    async fn refresh(
        &self,
        shelf: &Shelf,
        mut failed: MutexGuard<'_, Option<(Instant, CardError)>>,
    ) -> Result<Arc<AgentCard>, CardError> {
        // Somebody else may have fetched it in the meantime.
        if let Some(card) = shelf.fresh() {
            return Ok(card);
        }
        let last = shelf.card.load_full();
        let kept = self.try_fetch(shelf, &mut failed, last.as_deref()).await?;
        let card = kept.card.clone();
        shelf.card.store(Some(Arc::new(kept)));
        Ok(card)
    }

    /// Fetches, unless that failed just now.
    async fn try_fetch(
        &self,
        shelf: &Shelf,
        failed: &mut Option<(Instant, CardError)>,
        last: Option<&Kept>,
    ) -> Result<Kept, CardError> {
        if let Some((at, error)) = failed.take_if(|(at, _)| at.elapsed() < COOL_DOWN) {
            *failed = Some((at, error.clone()));
            return Err(error);
        }
        let fetched = self.fetch(&shelf.agent, last).await;
        if let Err(error) = &fetched {
            tracing::warn!(agent = shelf.agent.name, %error, "a card could not be refreshed");
        }
        *failed = fetched
            .as_ref()
            .err()
            .map(|error| (Instant::now(), error.clone()));
        fetched
    }

    async fn fetch(&self, agent: &NamedAgent, last: Option<&Kept>) -> Result<Kept, CardError> {
        let fetch = self.ask(agent, last);
        let late = |_| CardError::Away("no answer within 10 s".to_owned());
        tokio::time::timeout(PATIENCE, fetch).await.map_err(late)?
    }

    async fn ask(&self, agent: &NamedAgent, last: Option<&Kept>) -> Result<Kept, CardError> {
        let to = place(agent);
        let client = self.0.clients.to(&to);
        let client = client.map_err(|error| CardError::Unusable(error.to_string()))?;
        let mut request = client.get(to.url).header("A2A-Version", a2a::VERSION);
        let etag = last.and_then(|kept| kept.etag.as_deref());
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let response = request.send().await;
        let response = response.map_err(|e| CardError::Away(cause(&e)))?;
        let fresh_until = Instant::now() + max_age(response.headers());
        match (response.status(), last) {
            (StatusCode::NOT_MODIFIED, Some(last)) => Ok(Kept {
                card: last.card.clone(),
                etag: last.etag.clone(),
                fresh_until,
            }),
            (status, _) if !status.is_success() => {
                let text = format!("agent answered {}", status.as_u16());
                Err(CardError::Away(text))
            }
            _ => take(response, fresh_until).await,
        }
    }
}

async fn take(response: Response, fresh_until: Instant) -> Result<Kept, CardError> {
    let etag = response.headers().get(ETAG);
    let etag = etag.and_then(|v| v.to_str().ok()).map(str::to_owned);
    let card = Arc::new(parse(&read(response).await?)?);
    Ok(Kept {
        card,
        etag,
        fresh_until,
    })
}

impl Shelf {
    fn fresh(&self) -> Option<Arc<AgentCard>> {
        let kept = self.card.load();
        let kept = kept.as_ref()?;
        (Instant::now() < kept.fresh_until).then(|| kept.card.clone())
    }
}

/// Where an agent's card is.
fn place(agent: &NamedAgent) -> Destination {
    let mut url = agent.url.clone();
    let base = url.path().trim_end_matches('/');
    let path = format!("{base}/.well-known/agent-card.json");
    url.set_path(&path);
    url.set_query(None);
    url.set_fragment(None);
    Destination {
        url,
        internal: agent.internal,
    }
}

fn max_age(headers: &HeaderMap) -> Duration {
    let value = headers.get(CACHE_CONTROL).and_then(|v| v.to_str().ok());
    let mut directives = value.unwrap_or_default().split(',').map(str::trim);
    let secs = directives.find_map(|one| match one.split_once('=') {
        Some((name, secs)) if name.eq_ignore_ascii_case("max-age") => secs.parse().ok(),
        None if one.eq_ignore_ascii_case("no-cache") || one.eq_ignore_ascii_case("no-store") => {
            Some(0)
        }
        _ => None,
    });
    let age = secs.map_or(FRESH, Duration::from_secs);
    age.clamp(FRESH_AT_LEAST, FRESH_AT_MOST)
}

async fn read(mut response: Response) -> Result<Vec<u8>, CardError> {
    let mut body = Vec::new();
    let away = |e: reqwest::Error| CardError::Away(cause(&e));
    while let Some(chunk) = response.chunk().await.map_err(away)? {
        if body.len() + chunk.len() > MAX_CARD {
            let text = format!("the agent's card has more than {MAX_CARD} bytes");
            return Err(CardError::Unusable(text));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A card of 1.0; one of an older version is told apart from what is no card.
fn parse(body: &[u8]) -> Result<AgentCard, CardError> {
    let unusable = |text: String| Err(CardError::Unusable(text));
    let Ok(json) = serde_json::from_slice::<Value>(body) else {
        return unusable("the agent's card is not JSON".to_owned());
    };
    let old = json["protocolVersion"].as_str().map(str::to_owned);
    let is_old = json.get("supportedInterfaces").is_none();
    if let Some(version) = old.filter(|_| is_old) {
        let version = version.chars().take(16).collect();
        return unusable(NoInterface::Version(version).to_string());
    }
    match serde_json::from_value(json) {
        Ok(card) => Ok(card),
        Err(error) => unusable(format!("the agent's card cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_good_for_as_long_as_it_says() {
        let age = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CACHE_CONTROL, value.parse().unwrap());
            max_age(&headers).as_secs()
        };
        assert_eq!(age("public, max-age=300"), 300);
        assert_eq!(age("Max-Age=0"), 5);
        assert_eq!(age("no-cache"), 5);
        assert_eq!(age("max-age=99999999"), 3600);
        assert_eq!(age("max-age=x"), 60);
        assert_eq!(max_age(&HeaderMap::new()), FRESH);
    }

    #[test]
    fn an_older_card_says_so_and_anything_else_is_no_card() {
        let refused = |text: &str| parse(text.as_bytes()).unwrap_err().to_string();
        let old = refused(r#"{"name":"a","url":"http://a/","protocolVersion":"0.3.0"}"#);
        assert!(old.starts_with("the agent speaks A2A 0.3.0 alone"), "{old}");
        assert_eq!(refused("<html>"), "the agent's card is not JSON");
        for odd in ["[]", "{}", "null", r#"{"supportedInterfaces":1}"#] {
            let why = refused(odd);
            assert!(why.starts_with("the agent's card cannot be read"), "{why}");
        }
    }

    #[test]
    fn a_card_lies_below_the_address_of_its_agent() {
        let at = |url: &str| {
            let agent = NamedAgent {
                name: "a".to_owned(),
                url: url.parse().unwrap(),
                internal: true,
            };
            place(&agent).url.to_string()
        };
        let end = "/.well-known/agent-card.json";
        assert_eq!(at("http://a:1"), format!("http://a:1{end}"));
        assert_eq!(at("http://a:1/x/?q#f"), format!("http://a:1/x{end}"));
    }
}
