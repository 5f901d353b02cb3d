//! Which engine serves a model.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use crate::config::{EngineConfig, EngineKind};

/// One engine and its places.
#[derive(Debug)]
pub struct Engine {
    config: EngineConfig,
    base: String,
    places: Option<Arc<Semaphore>>,
    /// What `auto` found out: 0 nothing yet, 1 openai, 2 ollama.
    found: AtomicU8,
}

/// A place at an engine, free again when dropped. `None` at an engine without
/// a bound of its own.
pub type EnginePlace = Option<OwnedSemaphorePermit>;

impl Engine {
    fn new(config: EngineConfig) -> Self {
        Self {
            base: config.url.as_str().trim_end_matches('/').to_owned(),
            places: config.concurrency.map(|n| Arc::new(Semaphore::new(n))),
            found: AtomicU8::new(0),
            config,
        }
    }

    /// What logs and usage call it.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// Its URL without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Its URL.
    pub fn url(&self) -> &Url {
        &self.config.url
    }

    /// Its host and port.
    pub fn place(&self) -> Option<(&str, u16)> {
        let url = &self.config.url;
        Some((url.host_str()?, url.port_or_known_default()?))
    }

    /// Its key.
    pub fn api_key(&self) -> Option<&str> {
        self.config.api_key.as_deref()
    }

    /// What it speaks on `/api/*`; `Auto` until [`found`](Self::found) is told.
    pub fn kind(&self) -> EngineKind {
        match (self.config.kind, self.found.load(Ordering::Relaxed)) {
            (EngineKind::Auto, 1) => EngineKind::OpenAi,
            (EngineKind::Auto, 2) => EngineKind::Ollama,
            (kind, _) => kind,
        }
    }

    /// Remembers what an engine of kind `auto` turned out to speak.
    pub fn found(&self, is_ollama: bool) {
        self.found.store(1 + u8::from(is_ollama), Ordering::Relaxed);
    }

    /// A place at this engine, if there is one.
    pub fn enter(&self) -> Option<EnginePlace> {
        match &self.places {
            None => Some(None),
            Some(places) => places.clone().try_acquire_owned().ok().map(Some),
        }
    }

    fn serves(&self, model: &str) -> Fit {
        let fits = self
            .config
            .models
            .iter()
            .map(|pattern| match pattern.strip_suffix('*') {
                Some(start) if model.starts_with(start) => Fit::Prefix,
                None if pattern == model => Fit::Exact,
                _ => Fit::No,
            });
        fits.max().unwrap_or(Fit::No)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    Prefix,
    Exact,
}

/// Every engine, the default one first.
#[derive(Clone, Debug)]
pub struct Engines(Arc<[Arc<Engine>]>);

impl Engines {
    /// The engines of a configuration, which names at least one.
    pub fn new(configs: Vec<EngineConfig>) -> Self {
        Self(
            configs
                .into_iter()
                .map(|c| Arc::new(Engine::new(c)))
                .collect(),
        )
    }

    /// All of them.
    pub fn all(&self) -> &[Arc<Engine>] {
        &self.0
    }

    /// Those that may answer for `model`, best first: the ones that name it,
    /// then those with a fitting prefix; nobody's model goes to the first.
    pub fn for_model(&self, model: Option<&str>) -> Vec<Arc<Engine>> {
        let model = model.unwrap_or_default();
        let mut fitting: Vec<_> = self
            .0
            .iter()
            .map(|engine| (engine.serves(model), engine))
            .filter(|(fit, _)| *fit != Fit::No)
            .collect();
        fitting.sort_by_key(|(fit, _)| std::cmp::Reverse(*fit));
        if fitting.is_empty() {
            return self.0.first().cloned().into_iter().collect();
        }
        fitting
            .into_iter()
            .map(|(_, engine)| engine.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(name: &str, models: &[&str]) -> EngineConfig {
        EngineConfig {
            name: name.into(),
            url: url::Url::parse("http://127.0.0.1:1/").unwrap(),
            kind: EngineKind::OpenAi,
            api_key: None,
            models: models.iter().map(|m| (*m).to_owned()).collect(),
            concurrency: Some(1),
        }
    }

    #[test]
    fn a_model_picks_its_engine_and_the_first_takes_the_rest() {
        let engines = Engines::new(vec![
            engine("first", &[]),
            engine("family", &["qwen*"]),
            engine("exact", &["qwen3"]),
        ]);
        let names = |model: Option<&str>| -> Vec<String> {
            let engines = engines.for_model(model);
            engines.iter().map(|e| e.name().to_owned()).collect()
        };
        assert_eq!(names(Some("qwen3")), ["exact", "family"]);
        assert_eq!(names(Some("qwen2")), ["family"]);
        assert_eq!(names(Some("llama")), ["first"]);
        assert_eq!(names(None), ["first"]);
    }

    #[test]
    fn a_place_is_free_again_when_it_is_dropped() {
        let engines = Engines::new(vec![engine("one", &[])]);
        let one = &engines.all()[0];
        let place = one.enter();
        assert!(place.is_some() && one.enter().is_none());
        drop(place);
        assert!(one.enter().is_some());
    }
}
