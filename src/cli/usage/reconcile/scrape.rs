//! A `/metrics`, read once.

use std::{io::Read, path::Path, time::Duration};

use reqwest::{Client, redirect::Policy};
use url::Url;

/// How long it may take, to its last byte.
const PATIENCE: Duration = Duration::from_secs(20);
/// How much of it is read, in bytes.
const MOST: usize = 64 << 20;

/// Where it is, and what opens it.
pub(super) struct Source {
    pub(super) url: Url,
    pub(super) token: Option<String>,
}

impl Source {
    /// The one at `url`; `token_file` holds a token, `-` is stdin.
    ///
    /// # Errors
    ///
    /// In words: the file cannot be read.
    pub(super) fn new(url: Url, token_file: Option<&Path>) -> Result<Self, String> {
        let token = token_file.map(token).transpose()?;
        Ok(Self { url, token })
    }

    /// Its text.
    ///
    /// # Errors
    ///
    /// In words: nothing answered, or something else did.
    pub(super) async fn read(&self) -> Result<String, String> {
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .build();
        let mut request = client.map_err(|e| e.to_string())?.get(self.url.clone());
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let broken = |_| format!("{} does not answer; is the gateway running?", self.url);
        let mut answer = request.send().await.map_err(broken)?;
        match answer.status().as_u16() {
            200 => {}
            401 | 403 => return Err(format!("{} wants a token; name a --token-file", self.url)),
            status => return Err(format!("{} answered {status}", self.url)),
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > MOST {
                return Err(format!("{} is longer than {MOST} bytes", self.url));
            }
            body.extend_from_slice(&chunk);
        }
        String::from_utf8(body).map_err(|_| format!("{} is no text", self.url))
    }
}

fn token(file: &Path) -> Result<String, String> {
    let mut text = String::new();
    let read = match file.to_str() {
        Some("-") => std::io::stdin().read_to_string(&mut text).map(drop),
        _ => std::fs::read_to_string(file).map(|found| text = found),
    };
    read.map_err(|error| format!("{}: {error}", file.display()))?;
    let token = text.trim();
    match token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Err(format!("{} holds no token", file.display())),
        false => Ok(token.to_owned()),
    }
}
