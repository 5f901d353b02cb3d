//! Documents in memory.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Delegate, send_for};
use crate::{error::Error, id::Id};

/// The most of a request that stands in a title, in characters.
const TITLE_CHARS: usize = 60;

/// A document to write.
#[derive(Debug, Serialize)]
pub(crate) struct Document<'a> {
    event: &'static str,
    title: String,
    text: &'a str,
    metadata: Value,
}

impl<'a> Document<'a> {
    /// A document of a `kind`, titled by the request it answers.
    pub(crate) fn new(kind: &str, request: &str, text: &'a str, metadata: Value) -> Self {
        let request: String = request.chars().take(TITLE_CHARS).collect();
        Self {
            event: "document",
            title: format!("{kind}: {request}"),
            text,
            metadata,
        }
    }
}

#[derive(Deserialize)]
struct Written {
    id: Id,
}

#[derive(Deserialize)]
struct Read {
    text: String,
}

impl Delegate<'_> {
    /// Writes `document` unless a document was written under `key` before, and
    /// gives the id of the one that stands under it.
    ///
    /// # Errors
    ///
    /// The gateway's refusal.
    pub(crate) async fn remember(&self, document: &Document<'_>, key: &str) -> Result<Id, Error> {
        let request = self.post("/mem/events", document);
        let request = request.header("idempotency-key", key);
        let written: Written = send_for("write to memory", request).await?;
        Ok(written.id)
    }

    /// The text of a document of this person.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if there is none with this id, or the gateway's
    /// refusal.
    pub(crate) async fn recall(&self, id: &Id) -> Result<String, Error> {
        let request = self.get(&format!("/mem/events/{id}"));
        let read: Result<Read, Error> = send_for("read from memory", request).await;
        match read {
            Err(Error::Refused { status: 404, .. }) => Err(Error::Invalid {
                field: "mem_id".to_owned(),
                problem: format!("this person's memory holds no document {id}"),
            }),
            read => Ok(read?.text),
        }
    }
}
