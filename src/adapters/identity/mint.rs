//! The delegation tokens that the gateway signs for agents.

use std::io;

use serde_json::{Value, json};

use crate::{
    adapters::identity::signing::SigningKey,
    domain::{
        id::{Owner, SessionId, TaskId},
        identity::Scopes,
        time::UnixMillis,
    },
};

/// What an agent is given instead of the person's own token.
#[derive(Clone, Debug)]
pub struct Delegated<'a> {
    /// The person.
    pub owner: &'a Owner,
    /// The task it is for, and with which it dies; none for a token that a
    /// caller exchanged for their own.
    pub task: Option<TaskId>,
    /// The session of the hand-off.
    pub session: &'a SessionId,
    /// What the agent may do.
    pub scopes: Scopes,
    /// The agents that act, nearest first.
    pub actors: &'a [String],
    /// The API key it is exchanged for, and with which it dies.
    pub key: Option<&'a str>,
    /// When it ends at the latest.
    pub expires_at: UnixMillis,
}

/// Signs delegation tokens.
pub struct Minter {
    key: SigningKey,
    public_url: String,
}

impl Minter {
    /// A minter whose tokens say `public_url` in `iss` and `aud`.
    pub fn new(key: SigningKey, public_url: String) -> Self {
        Self { key, public_url }
    }

    /// The key.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// What delegation tokens carry in `iss` and `aud`.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// A token for `delegated` (RFC 8693 `act`, one level a hop).
    ///
    /// # Errors
    ///
    /// The system has no randomness to give.
    pub fn mint(&self, delegated: &Delegated<'_>, now: UnixMillis) -> io::Result<String> {
        let act = delegated
            .actors
            .iter()
            .rev()
            .fold(Value::Null, |inner, name| {
                if inner.is_null() {
                    json!({ "sub": name })
                } else {
                    json!({ "sub": name, "act": inner })
                }
            });
        let mut claims = json!({
            "iss": self.public_url,
            "aud": self.public_url,
            "sub": delegated.owner.user,
            "idp": delegated.owner.issuer,
            "session": delegated.session,
            "scope": delegated.scopes.to_text(),
            "iat": now.secs(),
            "exp": (delegated.expires_at.0 + 999) / 1000,
        });
        if let Some(task) = delegated.task {
            claims["task_id"] = json!(task);
        }
        if let Some(key) = delegated.key {
            claims["api_key"] = json!(key);
        }
        if !act.is_null() {
            claims["act"] = act;
        }
        self.key.sign("JWT", &claims)
    }
}
