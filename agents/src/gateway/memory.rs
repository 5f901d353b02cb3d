//! Documents in memory.

use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Delegate, parsed, read_within, send, send_for};
use crate::{error::Error, id::Id, stream::LIMIT_BYTES};

/// The most of a request that stands in a title, in characters.
const TITLE_CHARS: usize = 60;
const WRITE: &str = "write to memory";
/// The event that a document is.
pub(super) const DOCUMENT: &str = "document";

/// A document to write.
#[derive(Debug, Serialize)]
pub(crate) struct Document<'a> {
    event: &'static str,
    agent: &'static str,
    title: String,
    text: &'a str,
    metadata: Value,
}

impl<'a> Document<'a> {
    /// A document of a `kind` by `agent`, titled by the request it answers.
    pub(crate) fn new(
        agent: &'static str,
        kind: &str,
        request: &str,
        text: &'a str,
        metadata: Value,
    ) -> Self {
        let request: String = request.chars().take(TITLE_CHARS).collect();
        Self {
            event: DOCUMENT,
            agent,
            title: format!("{kind}: {request}"),
            text,
            metadata,
        }
    }
}

/// The document that stands under a key.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Its id.
    pub(crate) id: Id,
    /// Whether it is the one that was written now, and no earlier one.
    pub(crate) is_new: bool,
}

/// A document as it stands.
#[derive(Debug, Deserialize)]
pub(crate) struct Standing {
    /// Its text, without secrets.
    pub(crate) text: String,
    /// What its writer added.
    #[serde(default)]
    pub(crate) metadata: Value,
}

#[derive(Deserialize)]
struct Written {
    id: Id,
}

impl Delegate<'_> {
    /// Writes `document` unless a document was written under `key` before, and
    /// gives the id of the one that stands under it.
    ///
    /// # Errors
    ///
    /// The gateway's refusal.
    pub(crate) async fn remember(&self, document: &Document<'_>, key: &str) -> Result<Kept, Error> {
        let request = self.post("/mem/events", document);
        let request = request.header("idempotency-key", key);
        let response = send(WRITE, request).await?;
        let is_new = response.status() == StatusCode::CREATED;
        let body = read_within(LIMIT_BYTES, WRITE, response).await?;
        let Written { id } = parsed(WRITE, &body)?;
        Ok(Kept { id, is_new })
    }

    /// A document of this person as it stands.
    ///
    /// # Errors
    ///
    /// The gateway's refusal; 404 if there is none with this id.
    pub(crate) async fn standing(&self, id: &Id) -> Result<Standing, Error> {
        let request = self.get(&format!("/mem/events/{id}"));
        send_for("read from memory", request).await
    }

    /// The text of a document of this person.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if there is none with this id, or the gateway's
    /// refusal.
    pub(crate) async fn recall(&self, id: &Id) -> Result<String, Error> {
        match self.standing(id).await {
            Err(Error::Refused { status: 404, .. }) => Err(Error::Invalid {
                field: "mem_id".to_owned(),
                problem: format!("this person's memory holds no document {id}"),
            }),
            read => Ok(read?.text),
        }
    }
}
