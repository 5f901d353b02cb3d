//! Which engine `dev` uses.

use std::{io, time::Duration};

use actix_web::dev::ServerHandle;
use serde_json::Value;

use super::{ports::Port, stand_in};
use crate::app::StartError;

/// Where engines usually listen: Ollama, vLLM, llama.cpp.
const USUAL: [(u16, &str); 3] = [(11434, "Ollama"), (8000, "vLLM"), (8081, "llama.cpp")];
const PATIENCE: Duration = Duration::from_millis(300);

/// An engine that was named, found, or put in.
pub(super) struct Engine {
    pub(super) url: String,
    /// How it was come by, in words.
    pub(super) story: String,
    /// Its first model.
    pub(super) model: String,
    /// The stand-in's server, if it is that.
    pub(super) handle: Option<ServerHandle>,
}

impl Engine {
    /// `ENGINE_URL`, else a usual place that answers, else the stand-in.
    pub(super) async fn find(
        url: Option<&String>,
        key: Option<&String>,
    ) -> Result<Self, StartError> {
        let client = reqwest::Client::builder().no_proxy().build();
        let client = client.map_err(|e| StartError::Other(e.into()))?;
        let key = key.map(String::as_str);
        if let Some(url) = url.map(|url| url.trim()).filter(|url| !url.is_empty()) {
            let model = first_model(&client, url, key).await;
            let story = match &model {
                Some(_) => "from ENGINE_URL",
                None => "from ENGINE_URL; it does not answer now (unset it to have one looked for)",
            };
            return Ok(Self::there(url.to_owned(), story.to_owned(), model));
        }
        let looks = USUAL.map(|(port, name)| {
            let client = client.clone();
            async move {
                let url = format!("http://127.0.0.1:{port}");
                let model = first_model(&client, &url, key).await?;
                Some(Self::there(
                    url,
                    format!("found; {name} usually listens there"),
                    Some(model),
                ))
            }
        });
        let found = futures_util::future::join_all(looks).await;
        match found.into_iter().flatten().next() {
            Some(engine) => Ok(engine),
            None => Self::stand_in(),
        }
    }

    fn there(url: String, story: String, model: Option<String>) -> Self {
        Self {
            url,
            story,
            model: model.unwrap_or_else(|| "default".to_owned()),
            handle: None,
        }
    }

    fn stand_in() -> Result<Self, StartError> {
        let port = Port::near(8120)?;
        let url = port.url();
        let server =
            stand_in::server(port.listener).map_err(|e: io::Error| StartError::Other(e.into()))?;
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Ok(Self {
            url,
            story: "STAND-IN, no model: none answered on 11434, 8000 or 8081".to_owned(),
            model: stand_in::MODEL.to_owned(),
            handle: Some(handle),
        })
    }
}

/// The first model an engine lists; `None` if it does not answer with a list.
async fn first_model(client: &reqwest::Client, url: &str, key: Option<&str>) -> Option<String> {
    let mut request = client
        .get(format!("{}/v1/models", url.trim_end_matches('/')))
        .timeout(PATIENCE);
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    let answer = request.send().await.ok()?;
    if answer.status() != 200 {
        return None;
    }
    let list: Value = answer.json().await.ok()?;
    let models = list.get("data")?.as_array()?;
    Some(
        models
            .first()
            .and_then(|m| m["id"].as_str())
            .unwrap_or("default")
            .to_owned(),
    )
}
